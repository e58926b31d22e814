// Single steps of a tape: functions by exponentials and roots, constants by what they are, each step once.
#include <algorithm>
#include <bit>
#include <numbers>
#include <numeric>

#include "error.h"
#include "exact/tape.h"

namespace invar::exact {
namespace {

std::size_t at(std::int32_t index) {
  return static_cast<std::size_t>(index);
}

}  // namespace

std::int32_t TapeBuilder::apply(Function function, std::int32_t x) {
  const auto plus_one = [&](std::int32_t y) { return add(y, known(1.0)); };
  const auto minus_one = [&](std::int32_t y) { return add(y, known(-1.0)); };
  const auto twice = [&](std::int32_t y) { return scaled(y, 2.0); };
  switch (function) {
    case Function::exp:
      return exponential(x);
    case Function::log:
      return append(Step::log, x, inverse(x));
    case Function::reciprocal:
      return inverse(x);
    case Function::sqrt:
    case Function::rsqrt: {
      const auto known_root = shared_.find({Step::root, x, 0});
      std::int32_t root = 0;
      if (known_root != shared_.end()) {
        root = known_root->second;
      } else {
        root = append(Step::root, x);
        const std::int32_t reciprocal = inverse(root);
        tape_.operations[at(root)].b = reciprocal;
      }
      return function == Function::sqrt ? root : tape_.operations[at(root)].b;
    }
    case Function::tanh: {
      const std::int32_t e = exponential(twice(x));
      return multiply(minus_one(e), inverse(plus_one(e)));
    }
    case Function::sigmoid: {
      const std::int32_t e = exponential(x);
      return multiply(e, inverse(plus_one(e)));
    }
    case Function::softplus: {
      const std::int32_t sum = plus_one(exponential(x));
      return append(Step::log, sum, inverse(sum));
    }
    case Function::relu:
      return multiply(above_zero(x), x);
    case Function::step:
      return above_zero(x);
    case Function::abs:
      return multiply(minus_one(twice(above_zero(x))), x);
    case Function::sign:
      return minus_one(twice(above_zero(x)));
    case Function::erfc: {
      const std::int32_t bell =
          multiply(free("2/sqrt(pi)", 2.0 * std::numbers::inv_sqrtpi), exponential(scaled(multiply(x, x), -1.0)));
      return plus_one(scaled(append(Step::erf, x, bell), -1.0));
    }
    case Function::sin:
    case Function::cos: {
      if (const auto found = shared_.find({Step::cosine, x, 0}); found == shared_.end()) {
        const std::int32_t cosine = append(Step::cosine, x), sine = append(Step::sine, x);
        tape_.operations[at(cosine)].b = sine;
        tape_.operations[at(sine)].b = cosine;
      }
      return shared_.at({function == Function::sin ? Step::sine : Step::cosine, x, 0});
    }
  }
  throw InputError("a function without an exact form");
}

std::int32_t TapeBuilder::append(Step step, std::int32_t a, std::int32_t b) {
  const auto [found, fresh] = shared_.emplace(std::tuple{step, a, b}, tape_.size());
  if (fresh) tape_.operations.push_back({step, a, b});
  return found->second;
}

std::int32_t TapeBuilder::known(const Number& number) {
  if (!number.exact()) return free("number " + std::to_string(std::bit_cast<std::uint64_t>(double{number})), number);
  const std::string name = std::to_string(number.numerator()) + "/" + std::to_string(number.denominator()) + " " +
                           std::to_string(number.radicand());
  const auto [found, fresh] = constants_.emplace(name, static_cast<std::int32_t>(tape_.constants.size()));
  if (fresh) tape_.constants.push_back({.value = number, .number = number});
  return append(Step::constant, found->second);
}

std::int32_t TapeBuilder::free(const std::string& name, double value) {
  const auto [found, fresh] = constants_.emplace(name, static_cast<std::int32_t>(tape_.constants.size()));
  if (fresh) tape_.constants.push_back({.value = value, .free = name});
  return append(Step::constant, found->second);
}

std::int32_t TapeBuilder::rotation(const Rotation& rotation, double value) {
  if (rotation.multiple == 0) return known(rotation.sine ? 0.0 : static_cast<double>(rotation.sign));
  const Index divisor = std::gcd(rotation.numerator, rotation.denominator);
  const std::string name =
      (rotation.sine ? "sin " : "cos ") + std::to_string(rotation.sign) + " " + std::to_string(rotation.multiple) +
      " " + std::to_string(std::bit_cast<std::uint64_t>(double{rotation.base})) + " " +
      std::to_string(rotation.numerator / divisor) + "/" + std::to_string(rotation.denominator / divisor);
  const auto [found, fresh] = constants_.emplace(name, static_cast<std::int32_t>(tape_.constants.size()));
  if (fresh) tape_.constants.push_back({.value = value, .rotates = true, .rotation = rotation});
  return append(Step::constant, found->second);
}

bool TapeBuilder::is(std::int32_t step, int value) const {
  const Operation& operation = tape_.operations[at(step)];
  if (operation.step != Step::constant) return false;
  const Constant& constant = tape_.constants[at(operation.a)];
  return !constant.rotates && constant.free.empty() && constant.number.radicand() == 1 &&
         constant.number.denominator() == 1 && constant.number.numerator() == value;
}

std::int32_t TapeBuilder::add(std::int32_t a, std::int32_t b) {
  if (is(a, 0)) return b;
  if (is(b, 0)) return a;
  return append(Step::add, std::min(a, b), std::max(a, b));
}

std::int32_t TapeBuilder::multiply(std::int32_t a, std::int32_t b) {
  if (is(a, 1) || is(b, 0)) return b;
  if (is(b, 1) || is(a, 0)) return a;
  return append(Step::multiply, std::min(a, b), std::max(a, b));
}

std::int32_t TapeBuilder::scaled(std::int32_t a, const Number& factor) {
  return multiply(a, known(factor));
}

std::int32_t TapeBuilder::inverse(std::int32_t a) {
  return is(a, 1) ? a : append(Step::inverse, a);
}

std::int32_t TapeBuilder::exponential(std::int32_t a) {
  return is(a, 0) ? known(1.0) : append(Step::exp, a);
}

std::int32_t TapeBuilder::above_zero(std::int32_t a) {
  for (std::size_t i = 0; i < tape_.choices.size(); ++i)
    if (tape_.choices[i].scores == Entries{a}) return append(Step::outcome, static_cast<std::int32_t>(i), 0);
  tape_.choices.push_back({.scores = {a}, .k = 0});
  return append(Step::outcome, static_cast<std::int32_t>(tape_.choices.size() - 1), 0);
}

}  // namespace invar::exact
