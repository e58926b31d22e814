// The sub-axes of a law's polynomial: their extents, and how lists of them split until two lists, or a list and a
// shape, have the same pieces. An index split or joined as in einops is such a regrouping; nothing else is.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "law/polynomial.h"

namespace invar::form_detail {

/// Sub-axis → the sub-axes that replace it, outermost first.
using Renaming = std::map<AxisId, std::vector<AxisId>>;

class SubAxes {
 public:
  explicit SubAxes(const std::string& law) : law_(law) {}

  /// InputError: the law is no polynomial that a form can hold.
  [[noreturn]] void fail(const std::string& reason) const;

  AxisId new_axis(Index extent);
  Index extent(AxisId axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  const std::vector<Index>& extents() const { return extents_; }

  /// Where a list can be cut: products of extents from the innermost side, {24, 12, 4} for extents 2, 3, 4.
  std::set<Index> cuts(const std::vector<AxisId>& list) const;
  /// Extents, outermost first, of the pieces between cuts.
  std::vector<Index> pieces(const std::set<Index>& at) const;
  /// Notes how each sub-axis of a list splits so that all of `at` are cuts.
  void split(const std::vector<AxisId>& list, const std::set<Index>& at, Renaming& renaming);

 private:
  const std::string& law_;
  std::vector<Index> extents_;
};

}  // namespace invar::form_detail
