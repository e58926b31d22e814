// Double-double arithmetic: a number as an unevaluated sum hi + lo with |lo| ≤ ulp(hi)/2, about 106 bits.
//
// Error-free transformations: Knuth's two_sum, Dekker's fast_two_sum, and the product by FMA. Sums and products of two
// double-doubles: Joldes, Muller, Popescu, "Tight and rigorous error bounds for basic building blocks of double-word
// arithmetic" (ACM TOMS 2017), algorithms 6, 4, 12 and 9 (errors below 3u², 2u², 5u² and 2u² with u = 2^-53).
// The compiler must not reorder this (no -ffast-math). Contraction has nothing to fuse here: no sum has a product as a
// term but those written as FMA.
#pragma once

#include <cmath>

namespace invar {

struct DoubleDouble {
  double hi = 0.0;
  double lo = 0.0;

  DoubleDouble() = default;
  DoubleDouble(double value) : hi(value) {}  // NOLINT: every double is one
  DoubleDouble(double high, double low) : hi(high), lo(low) {}
};

/// a + b exactly.
inline DoubleDouble two_sum(double a, double b) {
  const double sum = a + b;
  const double shadow = sum - a;
  return {sum, (a - (sum - shadow)) + (b - shadow)};
}

/// a + b exactly, for |a| ≥ |b|.
inline DoubleDouble fast_two_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

/// a · b exactly.
inline DoubleDouble two_product(double a, double b) {
  const double product = a * b;
  return {product, std::fma(a, b, -product)};
}

inline DoubleDouble operator-(DoubleDouble a) {
  return {-a.hi, -a.lo};
}

inline DoubleDouble operator+(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble high = two_sum(a.hi, b.hi);
  const DoubleDouble low = two_sum(a.lo, b.lo);
  const DoubleDouble partial = fast_two_sum(high.hi, high.lo + low.hi);
  return fast_two_sum(partial.hi, low.lo + partial.lo);
}
inline DoubleDouble operator+(DoubleDouble a, double b) {
  const DoubleDouble high = two_sum(a.hi, b);
  return fast_two_sum(high.hi, a.lo + high.lo);
}
inline DoubleDouble operator+(double a, DoubleDouble b) {
  return b + a;
}
inline DoubleDouble operator-(DoubleDouble a, DoubleDouble b) {
  return a + (-b);
}
inline DoubleDouble operator-(DoubleDouble a, double b) {
  return a + (-b);
}
inline DoubleDouble operator-(double a, DoubleDouble b) {
  return (-b) + a;
}

inline DoubleDouble operator*(DoubleDouble a, double b) {
  const DoubleDouble high = two_product(a.hi, b);
  return fast_two_sum(high.hi, std::fma(a.lo, b, high.lo));
}
inline DoubleDouble operator*(double a, DoubleDouble b) {
  return b * a;
}
inline DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble high = two_product(a.hi, b.hi);
  const double cross = std::fma(a.hi, b.lo, a.lo * b.hi);
  return fast_two_sum(high.hi, high.lo + cross);
}

inline DoubleDouble& operator+=(DoubleDouble& a, DoubleDouble b) {
  return a = a + b;
}
inline DoubleDouble& operator+=(DoubleDouble& a, double b) {
  return a = a + b;
}

/// A vector of numbers as the caller has it: hi + lo where lo is given, hi alone where lo is null.
struct Wide {
  const double* hi = nullptr;
  const double* lo = nullptr;

  Wide(const double* high, const double* low = nullptr) : hi(high), lo(low) {}  // NOLINT: an array of doubles is one
};

}  // namespace invar
