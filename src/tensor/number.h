// A number of a block's text with its exact origin: n/d · √r. Graphs compute with the double; what counts laws in exact
// arithmetic (src/exact) needs the number that the double stands for, since 1/3 in double is no third.
#pragma once

#include <cstdint>

namespace invar {

class Number {
 public:
  /// The double itself where it is a short one (an integer below 2^53 over a power of two up to 2^20), as 0.5 and -1
  /// are; else it is of unknown origin.
  Number(double value);  // NOLINT: it stands wherever a double may
  static Number fraction(std::int64_t numerator, std::int64_t denominator);
  /// A double that stands for this number, perhaps not the nearest one.
  static Number rounded(double value, const Number& exact);
  /// As a person types it: the shortest decimal number that reads as this double.
  static Number decimal(double typed);

  operator double() const { return value_; }  // NOLINT

  /// Whether it is numerator/denominator · √radicand: the radicand positive and without square factors, 1 of a
  /// rational.
  bool exact() const { return denominator_ != 0; }
  std::int64_t numerator() const { return numerator_; }
  std::int64_t denominator() const { return denominator_; }
  std::int64_t radicand() const { return radicand_; }

  // Exact where both are and the result is of this form, and its parts below 2^62.
  Number& operator*=(const Number& other);
  Number& operator+=(const Number& other);
  Number inverse() const;
  Number power(int exponent) const;
  /// Of one from 0 on.
  Number root() const;

 private:
  Number(double value, std::int64_t numerator, std::int64_t denominator, std::int64_t radicand)
      : value_(value), numerator_(numerator), denominator_(denominator), radicand_(radicand) {}

  double value_ = 0.0;
  std::int64_t numerator_ = 0, denominator_ = 0, radicand_ = 1;
};

}  // namespace invar
