#include "exact/formula.h"

#include <algorithm>
#include <compare>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace invar::exact {
namespace {

constexpr Index kSummed = -1;  // in the place of an index: the whole axis

struct Coefficient {
  std::int64_t numerator = 0, denominator = 1;
  auto operator<=>(const Coefficient&) const = default;
};

/// Σ over the summed axes of T[first] T'[second]; a linear term has no second tensor.
struct Sum {
  Coefficient coefficient;
  std::size_t tensor = 0, other = 0;
  bool linear = false;
  std::vector<Index> first, second;
  auto operator<=>(const Sum&) const = default;
};

struct Entry {
  std::size_t tensor = 0;
  std::vector<Index> index;
};

Entry entry_of(const Layout& layout, std::int32_t number) {
  Entry entry;
  while (layout.tensors()[entry.tensor].offset + layout.tensors()[entry.tensor].size <= number) ++entry.tensor;
  const Tensor& tensor = layout.tensors()[entry.tensor];
  Index rest = number - tensor.offset;
  entry.index.assign(tensor.shape.size(), 0);
  for (std::size_t axis = tensor.shape.size(); axis-- > 0; rest /= tensor.shape[axis])
    entry.index[axis] = rest % tensor.shape[axis];
  return entry;
}

// One sum an entry; then axes are summed where all of their values stand with one coefficient.
std::vector<Sum> sums_of(const FoundLaw& law, const Layout& layout) {
  std::vector<Sum> sums;
  for (const FoundLaw::Part& part : law.parts) {
    Sum sum{.coefficient = {part.numerator, part.denominator}, .first = {}, .second = {}};
    const Entry first = entry_of(layout, part.monomial.first);
    sum.tensor = sum.other = first.tensor;
    sum.first = first.index;
    sum.linear = part.monomial.second < 0;
    if (!sum.linear) {
      const Entry second = entry_of(layout, part.monomial.second);
      sum.other = second.tensor;
      sum.second = second.index;
    }
    sums.push_back(std::move(sum));
  }
  for (std::size_t tensor = 0; tensor < layout.tensors().size(); ++tensor)
    for (std::size_t axis = 0; axis < layout.tensors()[tensor].shape.size(); ++axis) {
      // By what they are but for this axis, on which both factors must stand at one value.
      std::map<Sum, std::set<Index>> alike;
      std::vector<Sum> kept;
      for (Sum& sum : sums) {
        const bool same =
            sum.tensor == tensor && (sum.linear || (sum.other == tensor && sum.first[axis] == sum.second[axis]));
        if (!same) {
          kept.push_back(std::move(sum));
          continue;
        }
        Sum without = sum;
        without.first[axis] = kSummed;
        if (!sum.linear) without.second[axis] = kSummed;
        alike[without].insert(sum.first[axis]);
      }
      for (const auto& [without, values] : alike) {
        if (static_cast<Index>(values.size()) == layout.tensors()[tensor].shape[axis]) {
          kept.push_back(without);
          continue;
        }
        for (const Index value : values) {
          Sum one = without;
          one.first[axis] = value;
          if (!one.linear) one.second[axis] = value;
          kept.push_back(std::move(one));
        }
      }
      sums = std::move(kept);
    }
  std::ranges::sort(sums);
  return sums;
}

// The first coefficient positive, all of them whole numbers without a common divisor.
void normalise(std::vector<Sum>& sums) {
  std::int64_t common = 1, divisor = 0;
  for (const Sum& sum : sums) common = std::lcm(common, sum.coefficient.denominator);
  for (Sum& sum : sums) {
    sum.coefficient = {sum.coefficient.numerator * (common / sum.coefficient.denominator), 1};
    divisor = std::gcd(divisor, sum.coefficient.numerator);
  }
  std::ranges::sort(sums, {}, [](const Sum& sum) { return std::tie(sum.tensor, sum.first, sum.other, sum.second); });
  if (!sums.empty() && sums[0].coefficient.numerator < 0) divisor = -divisor;
  for (Sum& sum : sums) sum.coefficient.numerator /= divisor;
}

// Where the indices of a law are numbers, in the order of its sums: (sum, second factor?, axis).
struct Slot {
  std::size_t sum = 0;
  bool second = false;
  std::size_t axis = 0;
};

std::vector<Slot> slots_of(const std::vector<Sum>& sums) {
  std::vector<Slot> slots;
  for (std::size_t i = 0; i < sums.size(); ++i)
    for (const bool second : {false, true})
      for (std::size_t axis = 0; axis < (second ? sums[i].second : sums[i].first).size(); ++axis)
        if ((second ? sums[i].second : sums[i].first)[axis] != kSummed) slots.push_back({i, second, axis});
  return slots;
}

Index& at(std::vector<Sum>& sums, const Slot& slot) {
  return (slot.second ? sums[slot.sum].second : sums[slot.sum].first)[slot.axis];
}

class Writer {
 public:
  Writer(const Layout& layout, const std::map<std::string, std::vector<std::string>>& letters) : layout_(layout) {
    for (const Tensor& tensor : layout.tensors()) {
      const auto found = letters.find(tensor.name);
      std::vector<std::string> own;
      for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
        const bool given = found != letters.end() && axis < found->second.size() &&
                           found->second[axis].find(' ') == std::string::npos &&
                           found->second[axis].find('(') == std::string::npos;
        own.push_back(given ? found->second[axis] : "i" + std::to_string(axis));
      }
      letters_.push_back(std::move(own));
    }
  }

  const std::string& letter(std::size_t tensor, std::size_t axis) const { return letters_[tensor][axis]; }

  /// `named`: the letter of each slot that has one.
  std::string text(const std::vector<Sum>& sums,
                   const std::map<std::tuple<std::size_t, bool, std::size_t>, std::string>& named) const {
    std::string result;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Sum& sum = sums[i];
      const std::int64_t n = sum.coefficient.numerator, size = n < 0 ? -n : n;
      result += i == 0 ? (n < 0 ? "-" : "") : n < 0 ? " - " : " + ";
      if (size != 1) result += std::to_string(size) + " ";
      std::string factors = factor(i, sum, false, named);
      if (!sum.linear) factors += " " + factor(i, sum, true, named);
      std::string summed;
      for (std::size_t axis = 0; sum.linear && axis < sum.first.size(); ++axis)
        if (sum.first[axis] == kSummed) summed += (summed.empty() ? "" : " ") + letter(sum.tensor, axis);
      result += summed.empty() ? factors : "sum[" + summed + "](" + factors + ")";
    }
    return result;
  }

 private:
  std::string factor(std::size_t i, const Sum& sum, bool second,
                     const std::map<std::tuple<std::size_t, bool, std::size_t>, std::string>& named) const {
    const std::size_t tensor = second ? sum.other : sum.tensor;
    const std::vector<Index>& index = second ? sum.second : sum.first;
    std::string text;
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      const auto name = named.find({i, second, axis});
      text += (axis == 0 ? "" : " ") + (name != named.end()      ? name->second
                                        : index[axis] == kSummed ? letter(tensor, axis)
                                                                 : std::to_string(index[axis]));
    }
    return layout_.tensors()[tensor].name + (index.empty() ? "" : "[" + text + "]");
  }

  const Layout& layout_;
  std::vector<std::vector<std::string>> letters_;
};

// Laws of one form: the same sums, but for the numbers in their slots.
struct Family {
  std::vector<Sum> form;  // numbers taken out
  std::vector<std::vector<Index>> members;
  std::int64_t independent = 0;
};

// For each slot the first one with the same numbers in all members; `slots` where the number does not vary.
std::vector<std::size_t> columns_of(const Family& family) {
  const std::size_t slots = family.members[0].size();
  std::vector<std::size_t> column(slots, slots);
  const auto same = [&](std::size_t a, std::size_t b) {
    return std::ranges::all_of(family.members,
                               [&](const std::vector<Index>& member) { return member[a] == member[b]; });
  };
  for (std::size_t s = 0; s < slots; ++s) {
    if (std::ranges::all_of(family.members,
                            [&](const std::vector<Index>& member) { return member[s] == family.members[0][s]; }))
      continue;
    column[s] = s;
    for (std::size_t known = 0; known < s && column[s] == s; ++known)
      if (column[known] == known && same(s, known)) column[s] = known;
  }
  return column;
}

// Whether a family has a law for every value of its indices, or for every pair p ≤ q of two along one axis.
bool is_whole(std::int64_t members, std::vector<Index> extents) {
  if (members == extent_product(extents)) return true;
  for (std::size_t i = 0; i < extents.size(); ++i)
    for (std::size_t j = i + 1; j < extents.size(); ++j) {
      if (extents[i] != extents[j]) continue;
      std::vector<Index> others = extents;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(j));
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      if (members == extent_product(others) * extents[i] * (extents[i] + 1) / 2) return true;
    }
  return false;
}

// ", of (0, 2), (1, 3)": the values of the indices, where they are not all that there are.
std::string values_text(const Family& family, const std::vector<std::size_t>& columns) {
  constexpr std::size_t kMost = 8;
  std::string text = ", of ";
  for (std::size_t m = 0; m < std::min(kMost, family.members.size()); ++m) {
    std::string values;
    for (std::size_t s = 0; s < columns.size(); ++s)
      if (columns[s] == s) values += (values.empty() ? "" : ", ") + std::to_string(family.members[m][s]);
    text += (m == 0 ? "(" : ", (") + values + ")";
  }
  return text + (family.members.size() > kMost ? ", ..." : "");
}

}  // namespace

std::vector<LawFormula> formulas(const FoundLaws& found, const Layout& layout,
                                 const std::map<std::string, std::vector<std::string>>& letters) {
  const Writer writer(layout, letters);
  std::map<std::vector<Sum>, Family> families;
  for (const FoundLaw& law : found.laws) {
    std::vector<Sum> sums = sums_of(law, layout);
    normalise(sums);
    std::vector<Sum> form = sums;
    std::vector<Index> numbers;
    for (const Slot& slot : slots_of(sums)) {
      numbers.push_back(at(sums, slot));
      at(form, slot) = 0;
    }
    Family& family = families[form];
    family.form = form;
    family.members.push_back(std::move(numbers));
    if (law.independent) ++family.independent;
  }
  std::vector<LawFormula> result;
  for (auto& [form, family] : families) {
    if (family.independent == 0) continue;
    std::vector<Sum> sums = family.form;
    const std::vector<Slot> slots = slots_of(sums);
    const std::vector<std::size_t> columns = columns_of(family);
    LawFormula formula{.text = {},
                       .indices = {},
                       .components = static_cast<std::int64_t>(family.members.size()),
                       .independent = family.independent};
    std::map<std::tuple<std::size_t, bool, std::size_t>, std::string> named;
    std::map<std::size_t, std::string> letter_of;
    std::vector<Index> extents;
    for (std::size_t s = 0; s < slots.size(); ++s) {
      const Sum& sum = sums[slots[s].sum];
      const std::size_t tensor = slots[s].second ? sum.other : sum.tensor, axis = slots[s].axis;
      at(sums, slots[s]) = family.members[0][s];
      if (columns[s] == slots.size()) continue;
      if (columns[s] == s) {
        std::string letter = writer.letter(tensor, axis);
        while (std::ranges::find(formula.indices, letter) != formula.indices.end()) letter += "'";
        letter_of[s] = letter;
        formula.indices.push_back(letter);
        extents.push_back(layout.tensors()[tensor].shape[axis]);
      }
      named[{slots[s].sum, slots[s].second, axis}] = letter_of[columns[s]];
    }
    formula.text = writer.text(sums, named);
    if (!is_whole(formula.components, extents)) formula.text += values_text(family, columns);
    result.push_back(std::move(formula));
  }
  return result;
}

}  // namespace invar::exact
