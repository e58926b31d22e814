#include "law/overlap.h"

#include <algorithm>
#include <utility>

namespace invar::form_detail {

std::uint64_t Overlap::key(std::int32_t p, std::int32_t q) {
  const auto [low, high] = std::minmax({p, q});
  return (static_cast<std::uint64_t>(low) << 32) | static_cast<std::uint64_t>(high);
}

Overlap::Overlap(const LawForm& form) {
  if (form.elements.empty()) return;
  // Nearly all elements are in one slice, as a rule: only the others are sorted.
  const auto [low, high] = std::ranges::minmax(form.elements);
  std::vector<std::uint8_t> times(static_cast<std::size_t>(high - low) + 1, 0);
  for (const LawForm::Element element : form.elements) {
    std::uint8_t& count = times[static_cast<std::size_t>(element - low)];
    count = std::min<std::uint8_t>(2, count + 1);
  }
  std::vector<std::pair<LawForm::Element, std::int32_t>> uses;
  for (std::int32_t s = 0; s < form.slices(); ++s)
    for (const LawForm::Element element : form.slice(s))
      if (times[static_cast<std::size_t>(element - low)] > 1) uses.emplace_back(element, s);
  std::sort(uses.begin(), uses.end());
  for (std::size_t first = 0; first < uses.size();) {
    std::size_t last = first + 1;
    for (; last < uses.size() && uses[last].first == uses[first].first; ++last)
      for (std::size_t other = first; other < last; ++other) pairs_.insert(key(uses[other].second, uses[last].second));
    first = last;
  }
}

bool Overlap::among(std::span<const std::int32_t> slices) const {
  if (pairs_.empty()) return false;
  for (std::size_t i = 0; i < slices.size(); ++i)
    for (std::size_t j = i; j < slices.size(); ++j)
      if (pairs_.contains(key(slices[i], slices[j]))) return true;
  return false;
}

std::vector<std::int32_t> slices_read(const LawForm& form, std::int64_t c) {
  std::vector<std::int32_t> read;
  for (const LawForm::Product& product : form.products_of(c)) {
    read.push_back(product.p);
    read.push_back(product.q);
  }
  for (const LawForm::Sum& sum : form.sums_of(c)) read.push_back(sum.p);
  std::sort(read.begin(), read.end());
  read.erase(std::unique(read.begin(), read.end()), read.end());
  return read;
}

}  // namespace invar::form_detail
