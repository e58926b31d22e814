#include "law/joined_form.h"

#include <algorithm>
#include <map>

namespace invar::form_detail {
namespace {

struct Less {
  bool operator()(std::span<const LawForm::Element> a, std::span<const LawForm::Element> b) const {
    return std::ranges::lexicographical_compare(a, b);
  }
};

}  // namespace

JoinedForm joined(const std::vector<const LawForm*>& forms) {
  JoinedForm result;
  LawForm& all = result.form;
  all.slice_begin = {0};
  all.product_begin = {0};
  all.sum_begin = {0};
  // Elements are as many as parameters, or more: they are told apart where they lie, and copied once, into their room.
  std::map<std::span<const LawForm::Element>, std::int32_t, Less> known;
  std::vector<std::span<const LawForm::Element>> slices;
  for (const LawForm* form : forms) {
    std::vector<std::int32_t>& number = result.slice.emplace_back();
    for (std::int32_t s = 0; s < form->slices(); ++s) {
      const std::span<const LawForm::Element> elements = form->slice(s);
      const auto [entry, fresh] = known.try_emplace(elements, static_cast<std::int32_t>(slices.size()));
      if (fresh) {
        slices.push_back(elements);
        all.slice_begin.push_back(all.slice_begin.back() + static_cast<Index>(elements.size()));
      }
      number.push_back(entry->second);
    }
  }
  all.elements.reserve(static_cast<std::size_t>(all.slice_begin.back()));
  for (const std::span<const LawForm::Element> elements : slices)
    all.elements.insert(all.elements.end(), elements.begin(), elements.end());
  for (std::size_t f = 0; f < forms.size(); ++f) {
    const LawForm* form = forms[f];
    const std::vector<std::int32_t>& number = result.slice[f];
    const auto at = [&](std::int32_t s) { return number[static_cast<std::size_t>(s)]; };
    for (std::int64_t c = 0; c < form->components(); ++c) {
      for (const LawForm::Product& product : form->products_of(c)) {
        const auto [p, q] = std::minmax({at(product.p), at(product.q)});
        all.products.push_back({product.coefficient, p, q});
      }
      for (const LawForm::Sum& sum : form->sums_of(c)) all.sums.push_back({sum.coefficient, at(sum.p)});
      all.product_begin.push_back(static_cast<std::int64_t>(all.products.size()));
      all.sum_begin.push_back(static_cast<std::int64_t>(all.sums.size()));
      all.constant.push_back(form->constant[static_cast<std::size_t>(c)]);
    }
  }
  return result;
}

}  // namespace invar::form_detail
