// A number that moves along two directions, the sample's and the parameters': its value and both derivatives.
#pragma once

#include "exact/evaluation.h"

namespace invar::exact {

template <class F>
struct Path {
  F real{}, along_sample{}, along_parameters{};

  Path() = default;
  Path(int value) : real(value) {}  // NOLINT: 0 and 1 stand for themselves
  explicit Path(const F& value) : real(value) {}
  Path(const F& value, const F& sample, const F& parameters)
      : real(value), along_sample(sample), along_parameters(parameters) {}
  /// f(x) from its value and derivative.
  Path moved(const F& value, const F& derivative) const {
    return {value, derivative * along_sample, derivative * along_parameters};
  }
  friend Path operator+(const Path& a, const Path& b) {
    return {a.real + b.real, a.along_sample + b.along_sample, a.along_parameters + b.along_parameters};
  }
  friend Path operator*(const Path& a, const Path& b) {
    return {a.real * b.real, a.along_sample * b.real + a.real * b.along_sample,
            a.along_parameters * b.real + a.real * b.along_parameters};
  }
};

template <class F>
struct Lift<Path<F>, F> {
  static Path<F> of(const F& number) { return Path<F>(number); }
};

template <class F>
Path<F> known_inverse(const Path<F>& x, const F& known) {
  return x.moved(known, -(known * known));
}
template <class F>
Path<F> known_exp(const Path<F>& x, const F& known) {
  return x.moved(known, known);
}
template <class F>
Path<F> known_root(const Path<F>& x, const F& known, const F& reciprocal, const F& half) {
  return x.moved(known, half * reciprocal);
}
template <class F>
Path<F> known_log(const Path<F>& x, const F& known, const F& reciprocal) {
  return x.moved(known, reciprocal);
}
template <class F>
Path<F> known_primitive(const Path<F>& x, const F& known, const Path<F>& derivative) {
  return x.moved(known, derivative.real);
}
template <class F>
std::pair<Path<F>, Path<F>> known_circle(const Path<F>& x, const F& known_sine, const F& known_cosine) {
  return {x.moved(known_sine, known_cosine), x.moved(known_cosine, -known_sine)};
}

}  // namespace invar::exact
