#include "exact/frequencies.h"

#include <map>
#include <numeric>
#include <optional>
#include <string>

#include "error.h"

namespace invar::exact {
namespace {

constexpr std::int64_t kMostFactor = 1'000'000;

// n = Π prime^exponent
std::map<std::int64_t, std::int64_t> primes_of(std::int64_t n, std::int64_t sign) {
  std::map<std::int64_t, std::int64_t> result;
  for (std::int64_t p = 2; n > 1; ++p) {
    if (p * p > n)
      p = n;
    else if (p > kMostFactor)
      throw InputError("a number that is too large to be split into prime numbers");
    for (; n % p == 0; n /= p) result[p] += sign;
  }
  return result;
}

struct Frequency {
  std::int64_t numerator, denominator;  // base^(−numerator/denominator)
};

// base^(−a) over base^(−b), where that is a fraction.
std::optional<Fraction> ratio(const Number& base, const Frequency& a, const Frequency& b) {
  const std::int64_t denominator = std::lcm(a.denominator, b.denominator);
  const std::int64_t exponent =
      b.numerator * (denominator / b.denominator) - a.numerator * (denominator / a.denominator);  // over denominator
  std::map<std::int64_t, std::int64_t> primes = primes_of(base.numerator(), 1);
  for (const auto& [p, power] : primes_of(base.denominator(), -1)) primes[p] += power;
  std::int64_t above = 1, below = 1;
  for (const auto& [p, power] : primes) {
    if (power * exponent % denominator != 0) return std::nullopt;
    const std::int64_t whole = power * exponent / denominator;
    for (std::int64_t i = 0; i < std::abs(whole); ++i) {
      std::int64_t& side = whole > 0 ? above : below;
      if (side > (std::int64_t{1} << 40) / p) throw InputError("frequencies with a ratio too large to be followed");
      side *= p;
    }
  }
  return Fraction{above, below};
}

template <class F>
F number_value(const Number& number) {
  F value = F(number.numerator()) * F(number.denominator()).inverse();
  if (number.radicand() == 1) return value;
  // By its prime factors, each of which, or its negative, is a square: roots of 2 to 32 are those of the integers.
  for (const auto& [p, power] : primes_of(number.radicand(), 1)) {
    const auto root = F(p).root();
    if (!root) throw InputError("the square root of " + std::to_string(p) + " is none in the field of the exact check");
    value *= *root;
  }
  return value;
}

}  // namespace

template <class F>
std::pair<F, F> turned(const std::pair<F, F>& a, const std::pair<F, F>& b) {
  return {a.first * b.second + a.second * b.first, a.second * b.second - a.first * b.first};
}

template <class F>
std::pair<F, F> circle_point(const F& u, std::int64_t multiple) {
  const F square = u * u, scale = (F(1) + square).inverse();
  std::pair<F, F> point{(u + u) * scale, (F(1) - square) * scale}, result{F(0), F(1)};
  if (multiple < 0) point.first = -point.first;
  for (std::uint64_t rest = static_cast<std::uint64_t>(multiple < 0 ? -multiple : multiple); rest != 0; rest >>= 1) {
    if (rest & 1) result = turned(result, point);
    point = turned(point, point);
  }
  return result;
}

template <class F>
std::vector<F> constant_values(const Tape& tape, Random& random) {
  struct Class {
    Number base;
    Frequency first;
    F point;
    std::vector<std::pair<std::size_t, Fraction>> constants;  // (which, its frequency over the first)
  };
  std::vector<F> values(tape.constants.size());
  std::vector<Class> classes;
  for (std::size_t i = 0; i < tape.constants.size(); ++i) {
    const Constant& constant = tape.constants[i];
    if (!constant.free.empty()) {
      values[i] = random.residue<F>();
    } else if (!constant.rotates) {
      values[i] = number_value<F>(constant.number);
    } else {
      const Frequency own{constant.rotation.numerator, constant.rotation.denominator};
      if (!constant.rotation.base.exact() || constant.rotation.base.radicand() != 1 || !(constant.rotation.base > 0.0))
        throw InputError("the base of a rotation is no fraction above 0 that can be read exactly");
      bool placed = false;
      for (Class& known : classes) {
        if (double{known.base} != double{constant.rotation.base}) continue;
        const auto over_first = ratio(constant.rotation.base, own, known.first);
        if (!over_first) continue;
        known.constants.emplace_back(i, *over_first);
        placed = true;
        break;
      }
      if (!placed) classes.push_back({constant.rotation.base, own, random.residue<F>(), {{i, Fraction{1, 1}}}});
    }
  }
  for (const Class& one : classes) {
    std::int64_t common = 1;
    for (const auto& [which, fraction] : one.constants) common = std::lcm(common, fraction.denominator);
    for (const auto& [which, fraction] : one.constants) {
      const Rotation& rotation = tape.constants[which].rotation;
      const auto point =
          circle_point(one.point, rotation.multiple * fraction.numerator * (common / fraction.denominator));
      values[which] = F(rotation.sign) * (rotation.sine ? point.first : point.second);
    }
  }
  return values;
}

template std::pair<Residue<kFirstPrime>, Residue<kFirstPrime>> turned(
    const std::pair<Residue<kFirstPrime>, Residue<kFirstPrime>>&,
    const std::pair<Residue<kFirstPrime>, Residue<kFirstPrime>>&);
template std::pair<Residue<kSecondPrime>, Residue<kSecondPrime>> turned(
    const std::pair<Residue<kSecondPrime>, Residue<kSecondPrime>>&,
    const std::pair<Residue<kSecondPrime>, Residue<kSecondPrime>>&);
template std::pair<Residue<kFirstPrime>, Residue<kFirstPrime>> circle_point(const Residue<kFirstPrime>&, std::int64_t);
template std::pair<Residue<kSecondPrime>, Residue<kSecondPrime>> circle_point(const Residue<kSecondPrime>&,
                                                                              std::int64_t);
template std::vector<Residue<kFirstPrime>> constant_values(const Tape&, Random&);
template std::vector<Residue<kSecondPrime>> constant_values(const Tape&, Random&);

}  // namespace invar::exact
