#include "tensor/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

namespace invar {
namespace {

__extension__ using Wide = __int128;
constexpr std::int64_t kMost = std::int64_t{1} << 62;

struct Parts {
  std::int64_t numerator, denominator, radicand;
};

Wide common_divisor(Wide a, Wide b) {
  while (b != 0) a = std::exchange(b, a % b);
  return a < 0 ? -a : a;
}

// In lowest terms; none where a part is too large.
std::optional<Parts> reduced(Wide numerator, Wide denominator, std::int64_t radicand) {
  if (numerator == 0) return Parts{0, 1, 1};
  const Wide divisor = common_divisor(numerator, denominator);
  numerator /= divisor;
  denominator /= divisor;
  if (denominator < 0) numerator = -numerator, denominator = -denominator;
  if (numerator >= kMost || -numerator >= kMost || denominator >= kMost) return std::nullopt;
  return Parts{static_cast<std::int64_t>(numerator), static_cast<std::int64_t>(denominator), radicand};
}

// n = square² · free; none where n has a factor that trial division does not find.
std::optional<std::pair<std::int64_t, std::int64_t>> square_part(std::int64_t n) {
  std::int64_t square = 1, free = 1;
  for (std::int64_t p = 2; p * p <= n; ++p) {
    if (p > 1'000'000) return std::nullopt;
    for (; n % (p * p) == 0; n /= p * p) square *= p;
    if (n % p == 0) n /= p, free *= p;
  }
  return std::pair{square, free * n};
}

}  // namespace

Number::Number(double value) : value_(value) {
  constexpr double kPower = 1 << 20;
  const double scaled = value * kPower;
  if (!(std::abs(scaled) < 0x1p53) || scaled != std::floor(scaled)) return;
  const auto parts = reduced(static_cast<Wide>(scaled), static_cast<Wide>(kPower), 1);
  if (parts) *this = Number(value, parts->numerator, parts->denominator, 1);
}

Number Number::fraction(std::int64_t numerator, std::int64_t denominator) {
  Number result(static_cast<double>(numerator) / static_cast<double>(denominator));
  if (const auto parts = reduced(numerator, denominator, 1))
    result = Number(result.value_, parts->numerator, parts->denominator, 1);
  return result;
}

Number Number::rounded(double value, const Number& exact) {
  return {value, exact.numerator_, exact.denominator_, exact.radicand_};
}

Number Number::decimal(double typed) {
  Number result(typed);
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), std::abs(typed), std::chars_format::scientific);
  const std::string_view all(text.data(), static_cast<std::size_t>(end.ptr - text.data()));
  const std::size_t e = all.find('e');
  if (e == std::string_view::npos) return result;  // infinite, or no number
  Wide digits = 0;
  int exponent = 0, places = 0;
  for (const char c : all.substr(0, e)) {
    if (c == '.') continue;
    digits = 10 * digits + (c - '0');
    ++places;
  }
  const std::string_view power = all.substr(all[e + 1] == '+' ? e + 2 : e + 1);
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  exponent -= places - 1;
  if (std::abs(exponent) > 18) return result;
  Wide ten = 1;
  for (int i = 0; i < std::abs(exponent); ++i) ten *= 10;
  const Wide sign = std::signbit(typed) ? -1 : 1;
  const auto parts = exponent < 0 ? reduced(sign * digits, ten, 1) : reduced(sign * digits * ten, 1, 1);
  return parts ? Number(typed, parts->numerator, parts->denominator, 1) : result;
}

Number& Number::operator*=(const Number& other) {
  const double value = value_ * other.value_;
  std::optional<Parts> parts;
  if (exact() && other.exact()) {
    // √(g a) √(g b) = g √(a b)
    const std::int64_t shared = std::gcd(radicand_, other.radicand_);
    const Wide radicand = Wide{radicand_ / shared} * (other.radicand_ / shared);
    const Wide numerator = Wide{numerator_} * other.numerator_;
    if (radicand < kMost && (numerator < 0 ? -numerator : numerator) < (Wide{1} << 124) / shared)
      parts = reduced(numerator * shared, Wide{denominator_} * other.denominator_, static_cast<std::int64_t>(radicand));
  }
  *this = parts ? Number(value, parts->numerator, parts->denominator, parts->radicand) : Number(value, 0, 0, 1);
  return *this;
}

Number& Number::operator+=(const Number& other) {
  const double value = value_ + other.value_;
  std::optional<Parts> parts;
  if (exact() && other.exact() && (radicand_ == other.radicand_ || numerator_ == 0 || other.numerator_ == 0)) {
    const Wide numerator = Wide{numerator_} * other.denominator_ + Wide{other.numerator_} * denominator_;
    parts = reduced(numerator, Wide{denominator_} * other.denominator_, numerator_ == 0 ? other.radicand_ : radicand_);
  }
  *this = parts ? Number(value, parts->numerator, parts->denominator, parts->radicand) : Number(value, 0, 0, 1);
  return *this;
}

// 1/(n/d √r) = d/(n r) √r
Number Number::inverse() const {
  const double value = 1.0 / value_;
  if (!exact() || numerator_ == 0) return {value, 0, 0, 1};
  const auto parts = reduced(denominator_, Wide{numerator_} * radicand_, radicand_);
  return parts ? Number(value, parts->numerator, parts->denominator, parts->radicand) : Number(value, 0, 0, 1);
}

Number Number::power(int exponent) const {
  const double value = exponent == 1 ? value_ : exponent == -1 ? 1.0 / value_ : std::pow(value_, exponent);
  Number result(1.0);
  for (int i = 0; i < std::abs(exponent) && result.exact(); ++i) result *= *this;
  if (exponent < 0) result = result.inverse();
  result.value_ = value;
  return result;
}

// √(n/d) = √(n d)/d
Number Number::root() const {
  const double value = std::sqrt(value_);
  if (!exact() || radicand_ != 1 || numerator_ < 0) return {value, 0, 0, 1};
  if (numerator_ == 0) return {value, 0, 1, 1};
  const auto above = square_part(numerator_), below = square_part(denominator_);
  if (!above || !below) return {value, 0, 0, 1};
  const Wide radicand = Wide{above->second} * below->second;
  const auto parts = reduced(above->first, Wide{below->first} * below->second, 1);
  if (!parts || radicand >= kMost) return {value, 0, 0, 1};
  return {value, parts->numerator, parts->denominator, static_cast<std::int64_t>(radicand)};
}

}  // namespace invar
