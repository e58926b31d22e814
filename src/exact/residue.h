// Integers modulo a prime below 2^62, in Montgomery's form: a stands for a · 2^64.
#pragma once

#include <cstdint>
#include <optional>

namespace invar::exact {

/// p ≡ −1 mod 8·3·5·7·…·31: all integers to 32 are squares, and roots of odd order to 31 are unique.
inline constexpr std::uint64_t kFirstPrime = 2305841548298728439, kSecondPrime = 2305840746056767919;

template <std::uint64_t P>
class Residue {
  static_assert(P % 4 == 3 && P < (std::uint64_t{1} << 62));
  __extension__ using Wide = unsigned __int128;

 public:
  static constexpr std::uint64_t modulus = P;

  constexpr Residue() = default;
  constexpr Residue(int value) : Residue(static_cast<std::int64_t>(value)) {}  // NOLINT: 0 and 1 stand for themselves
  constexpr explicit Residue(std::int64_t value) {
    const std::uint64_t size =
        value < 0 ? static_cast<std::uint64_t>(-(value + 1)) + 1 : static_cast<std::uint64_t>(value);
    form_ = reduce(Wide{size % P} * kSquare);
    if (value < 0) *this = -*this;
  }
  /// The residue of a number of 64 random bits: nearly uniform.
  static constexpr Residue of_bits(std::uint64_t bits) {
    Residue result;
    result.form_ = bits % P;
    return result;
  }

  /// 0 … P − 1.
  constexpr std::uint64_t value() const { return reduce(form_); }
  constexpr bool zero() const { return form_ == 0; }

  friend constexpr bool operator==(Residue a, Residue b) = default;
  constexpr Residue operator-() const {
    Residue result;
    result.form_ = form_ == 0 ? 0 : P - form_;
    return result;
  }
  constexpr Residue& operator+=(Residue other) {
    form_ += other.form_;
    if (form_ >= P) form_ -= P;
    return *this;
  }
  constexpr Residue& operator-=(Residue other) {
    form_ = form_ >= other.form_ ? form_ - other.form_ : form_ + P - other.form_;
    return *this;
  }
  constexpr Residue& operator*=(Residue other) {
    form_ = reduce(Wide{form_} * other.form_);
    return *this;
  }
  friend constexpr Residue operator+(Residue a, Residue b) { return a += b; }
  friend constexpr Residue operator-(Residue a, Residue b) { return a -= b; }
  friend constexpr Residue operator*(Residue a, Residue b) { return a *= b; }

  constexpr Residue power(std::uint64_t exponent) const {
    Residue result(1), square = *this;
    for (; exponent != 0; exponent >>= 1, square *= square)
      if (exponent & 1) result *= square;
    return result;
  }
  /// Of one that is not 0.
  constexpr Residue inverse() const { return power(P - 2); }
  constexpr Residue signed_power(std::int64_t exponent) const {
    return exponent < 0 ? inverse().power(static_cast<std::uint64_t>(-exponent))
                        : power(static_cast<std::uint64_t>(exponent));
  }
  /// The root that is a square itself, so that √a √b = √(ab) as for positive numbers; none of a number without roots.
  constexpr std::optional<Residue> root() const {
    const Residue root = power((P + 1) / 4);
    if (root * root != *this) return std::nullopt;
    return root;
  }

 private:
  static constexpr std::uint64_t negative_inverse() {  // −1/P mod 2^64
    std::uint64_t x = P;                               // right to 3 bits
    for (int i = 0; i < 5; ++i) x *= 2 - P * x;
    return 0 - x;
  }
  static constexpr std::uint64_t kInverse = negative_inverse();
  static constexpr std::uint64_t kSquare = [] {  // 2^128 mod P
    Wide power = (Wide{1} << 64) % P;
    return static_cast<std::uint64_t>(power * power % P);
  }();
  static constexpr std::uint64_t reduce(Wide t) {
    const std::uint64_t m = static_cast<std::uint64_t>(t) * kInverse;
    const auto u = static_cast<std::uint64_t>((t + Wide{m} * P) >> 64);
    return u >= P ? u - P : u;
  }

  std::uint64_t form_ = 0;
};

/// n/d with |n| and d at most `most`, if there is one that the residue stands for; d ≥ 1.
struct Fraction {
  std::int64_t numerator = 0, denominator = 1;
};
template <std::uint64_t P>
std::optional<Fraction> small_fraction(Residue<P> residue, std::int64_t most) {
  for (std::int64_t d = 1; d <= most; ++d) {
    const std::uint64_t n = (residue * Residue<P>(d)).value();
    if (n <= static_cast<std::uint64_t>(most)) return Fraction{static_cast<std::int64_t>(n), d};
    if (P - n <= static_cast<std::uint64_t>(most)) return Fraction{-static_cast<std::int64_t>(P - n), d};
  }
  return std::nullopt;
}

}  // namespace invar::exact
