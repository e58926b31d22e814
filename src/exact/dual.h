// Numbers with one infinitesimal, a + b ε with ε² = 0: f(a + b ε) = f(a) + f'(a) b ε. Nested they give derivatives of
// higher order. The transcendental functions of a number are not computed but given (see evaluation.h).
#pragma once

namespace invar::exact {

template <class T>
struct Dual {
  T real{}, slope{};

  Dual() = default;
  Dual(int value) : real(value) {}  // NOLINT: 0 and 1 stand for themselves
  explicit Dual(T value) : real(value) {}
  Dual(T value, T change) : real(value), slope(change) {}

  bool zero() const { return real.zero() && slope.zero(); }
  Dual operator-() const { return {-real, -slope}; }
  Dual& operator+=(const Dual& other) {
    real += other.real;
    slope += other.slope;
    return *this;
  }
  Dual& operator-=(const Dual& other) {
    real -= other.real;
    slope -= other.slope;
    return *this;
  }
  Dual& operator*=(const Dual& other) {
    slope = slope * other.real + real * other.slope;
    real *= other.real;
    return *this;
  }
  friend Dual operator+(Dual a, const Dual& b) { return a += b; }
  friend Dual operator-(Dual a, const Dual& b) { return a -= b; }
  friend Dual operator*(Dual a, const Dual& b) { return a *= b; }
};

/// A number of the field as one without infinitesimals: lift<Dual<F>>(x).
template <class T, class F>
struct Lift {
  static T of(const F& number) { return T(Lift<decltype(T::real), F>::of(number)); }
};
template <class F>
struct Lift<F, F> {
  static const F& of(const F& number) { return number; }
};
template <class T, class F>
T lift(const F& number) {
  return Lift<T, F>::of(number);
}

}  // namespace invar::exact
