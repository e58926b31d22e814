// A tape over a field, or over dual numbers of it; gradients of combinations of its outputs by reverse mode.
//
// Sums, products and reciprocals are computed. What exponentials, logarithms, roots, error functions and points of the
// circle are at the point itself is given (`known`, one number a step): symbols of the field, in the relations that
// relations.h finds. Their derivatives follow.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "exact/dual.h"
#include "exact/tape.h"

namespace invar::exact {

template <class F>
F known_inverse(const F&, const F& known) {
  return known;
}
template <class T, class F>
Dual<T> known_inverse(const Dual<T>& x, const F& known) {
  const T y = known_inverse(x.real, known);
  return {y, -(y * y * x.slope)};
}
template <class F>
F known_exp(const F&, const F& known) {
  return known;
}
template <class T, class F>
Dual<T> known_exp(const Dual<T>& x, const F& known) {
  const T y = known_exp(x.real, known);
  return {y, y * x.slope};
}
template <class F>
F known_root(const F&, const F& known, const F&, const F&) {
  return known;
}
template <class T, class F>
Dual<T> known_root(const Dual<T>& x, const F& known, const F& reciprocal, const F& half) {
  const T y = known_root(x.real, known, reciprocal, half);
  return {y, known_inverse(y, reciprocal) * x.slope * lift<T>(half)};
}
template <class F>
F known_log(const F&, const F& known, const F&) {
  return known;
}
template <class T, class F>
Dual<T> known_log(const Dual<T>& x, const F& known, const F& reciprocal) {
  return {known_log(x.real, known, reciprocal), known_inverse(x.real, reciprocal) * x.slope};
}
template <class F>
F known_primitive(const F&, const F& known, const F&) {  // with the derivative given
  return known;
}
template <class T, class F>
Dual<T> known_primitive(const Dual<T>& x, const F& known, const Dual<T>& derivative) {
  return {known_primitive(x.real, known, derivative.real), derivative.real * x.slope};
}
/// (sin, cos)
template <class F>
std::pair<F, F> known_circle(const F&, const F& known_sine, const F& known_cosine) {
  return {known_sine, known_cosine};
}
template <class T, class F>
std::pair<Dual<T>, Dual<T>> known_circle(const Dual<T>& x, const F& known_sine, const F& known_cosine) {
  const auto [s, c] = known_circle(x.real, known_sine, known_cosine);
  return {{s, c * x.slope}, {c, -(s * x.slope)}};
}

/// Step n from the steps before it. `half` is 1/2 in the field.
template <class T, class F>
T value_of_step(const Tape& tape, std::int32_t n, std::span<const T> values, std::span<const F> known,
                std::span<const T> parameters, std::span<const T> inputs, const F& half) {
  const auto at = [](std::int32_t i) { return static_cast<std::size_t>(i); };
  const Operation& operation = tape.operations[at(n)];
  const F& own = known[at(n)];
  switch (operation.step) {
    case Step::constant:
    case Step::outcome:
      return lift<T>(own);
    case Step::parameter:
      return parameters[at(operation.a)];
    case Step::input:
      return inputs[at(operation.a)];
    case Step::add:
      return values[at(operation.a)] + values[at(operation.b)];
    case Step::multiply:
      return values[at(operation.a)] * values[at(operation.b)];
    case Step::inverse:
      return known_inverse(values[at(operation.a)], own);
    case Step::root:
      return known_root(values[at(operation.a)], own, known[at(operation.b)], half);
    case Step::exp:
      return known_exp(values[at(operation.a)], own);
    case Step::log:
      return known_log(values[at(operation.a)], own, known[at(operation.b)]);
    case Step::erf:
      return known_primitive(values[at(operation.a)], own, values[at(operation.b)]);
    case Step::sine:
      return known_circle(values[at(operation.a)], own, known[at(operation.b)]).first;
    case Step::cosine:
      return known_circle(values[at(operation.a)], known[at(operation.b)], own).second;
  }
  return T(0);
}

template <class T, class F>
void evaluate(const Tape& tape, std::span<const F> known, std::span<const T> parameters, std::span<const T> inputs,
              std::vector<T>& values) {
  const F half = F(2).inverse();
  values.resize(tape.operations.size());
  for (std::int32_t n = 0; n < tape.size(); ++n)
    values[static_cast<std::size_t>(n)] = value_of_step<T, F>(tape, n, values, known, parameters, inputs, half);
}

/// The gradient with respect to θ of Σ weight_i · value of step outputs_i, over values that `evaluate` left.
template <class T, class F>
std::vector<T> gradient(const Tape& tape, std::span<const T> values, std::span<const std::int32_t> outputs,
                        std::span<const F> weights) {
  const auto at = [](std::int32_t i) { return static_cast<std::size_t>(i); };
  const T half = lift<T>(F(2).inverse());
  std::vector<T> result(at(tape.parameters), T(0)), adjoint(tape.operations.size(), T(0));
  for (std::size_t i = 0; i < outputs.size(); ++i) adjoint[at(outputs[i])] += lift<T>(weights[i]);
  for (std::int32_t n = tape.size(); n-- > 0;) {
    const T& own = adjoint[at(n)];
    if (own.zero()) continue;
    const Operation& operation = tape.operations[at(n)];
    T* const a = &adjoint[at(operation.a)];  // of steps with operands
    switch (operation.step) {
      case Step::constant:
      case Step::input:
      case Step::outcome:
        break;
      case Step::parameter:
        result[at(operation.a)] += own;
        break;
      case Step::add:
        *a += own;
        adjoint[at(operation.b)] += own;
        break;
      case Step::multiply: {
        const T given = own;
        *a += given * values[at(operation.b)];
        adjoint[at(operation.b)] += given * values[at(operation.a)];
        break;
      }
      case Step::inverse:
        *a -= own * values[at(n)] * values[at(n)];
        break;
      case Step::root:
        *a += own * values[at(operation.b)] * half;
        break;
      case Step::exp:
        *a += own * values[at(n)];
        break;
      case Step::log:
      case Step::erf:
      case Step::sine:
        *a += own * values[at(operation.b)];
        break;
      case Step::cosine:
        *a -= own * values[at(operation.b)];
        break;
    }
  }
  return result;
}

}  // namespace invar::exact
