// Which slices of a form share elements of θ.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_set>

#include "law/form.h"

namespace invar::form_detail {

class Overlap {
 public:
  explicit Overlap(const LawForm& form);

  /// True if a slice holds an element twice or two of the slices share one. The slices are distinct.
  bool among(std::span<const std::int32_t> slices) const;

 private:
  static std::uint64_t key(std::int32_t p, std::int32_t q);
  std::unordered_set<std::uint64_t> pairs_;  // {p, p}: p repeats an element
};

/// The distinct slices that component c reads.
std::vector<std::int32_t> slices_read(const LawForm& form, std::int64_t c);

}  // namespace invar::form_detail
