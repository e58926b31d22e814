// exp and expm1 of packs of numbers at most 0, for the functions that saturate (sigmoid, tanh, softmax, softplus). Only
// there are few operations possible: no overflow, no case apart. u = n ln 2 + r with |r| <= (ln 2)/2 (Cody and Waite's
// two-part ln 2), expm1(r) = r + r² q(r), q from Chebyshev's interpolation (relative error below 1e-18, float 5e-10),
// 2ⁿ by its bits. About 1 ulp; SLEEF's exp, which takes any argument, needs twice the instructions.
#pragma once

#include <quadmath.h>

#include <bit>
#include <cstdint>

#include "backend/pack.h"

namespace invar {

template <class S>
struct ExponentialConstants;
template <>
struct ExponentialConstants<double> {
  using Bits = std::int64_t;
  static constexpr int mantissa = 52;
  static constexpr double smallest = -707.0;  // below, exp is taken for 0: 2ⁿ is no normal number any more
  static constexpr double round = 0x1.8p52;   // adding it leaves the nearest integer in the last bits
  static constexpr double ln2_high = 0.69314718036912382, ln2_low = 1.9082149292705877e-10;
  static constexpr double q[] = {2.0914686968086876e-09,
                                 2.5105217004720745e-08,
                                 2.7557273643110297e-07,
                                 2.7557255400206422e-06,
                                 2.4801587325547743e-05,
                                 0.00019841269874820627,
                                 0.0013888888888883748,
                                 0.0083333333333261358,
                                 0.041666666666666671,
                                 0.16666666666666671,
                                 0.5};
};
template <>
struct ExponentialConstants<float> {
  using Bits = std::int32_t;
  static constexpr int mantissa = 23;
  static constexpr float smallest = -87.0F;
  static constexpr float round = 0x1.8p23F;
  static constexpr float ln2_high = 0.693115234F, ln2_low = 3.19461849e-05F;
  static constexpr float q[] = {0.00019890990824673654F, 0.0013933649996309251F, 0.0083333109254809003F,
                                0.041666464925285904F,   0.16666666681623232F,   0.50000000134658096F};
};

/// exp(u) = power · (1 + fraction).
template <class S>
struct SplitExponential {
  typename Pack<S>::type power, fraction;
};

/// For smallest <= u <= 0; NaN stays NaN.
template <class S>
inline SplitExponential<S> split_exponential(typename Pack<S>::type u) {
  using P = typename Pack<S>::type;
  using C = ExponentialConstants<S>;
  typedef typename C::Bits Integers __attribute__((vector_size(kRegisterBytes)));
  const P rounded = u * S(1.4426950408889634) + C::round, n = rounded - C::round;
  const P r = (u - n * C::ln2_high) - n * C::ln2_low, square = r * r;
  // Even and odd powers apart: half as long a chain of dependent operations.
  constexpr int terms = sizeof(C::q) / sizeof(S);
  P part[2] = {broadcast<S>(C::q[0]), broadcast<S>(C::q[1])};
  for (int i = 2; i < terms; ++i) part[i % 2] = part[i % 2] * square + C::q[i];
  const P even = part[(terms - 1) % 2], odd = part[terms % 2];
  const Integers bits = (std::bit_cast<Integers>(rounded) << C::mantissa) + std::bit_cast<Integers>(broadcast<S>(1));
  return {std::bit_cast<P>(bits), r + square * (even + r * odd)};
}

/// For u <= 0, down to −∞.
template <class S>
inline typename Pack<S>::type exp_of_negative(typename Pack<S>::type u) {
  using P = typename Pack<S>::type;
  const P smallest = broadcast<S>(ExponentialConstants<S>::smallest);
  const SplitExponential<S> e = split_exponential<S>(P(u < smallest ? smallest : u));
  return u < smallest ? broadcast<S>(0) : P(e.power + e.power * e.fraction);
}

/// For u <= 0, down to −∞: −1 within rounding from −40 on.
template <class S>
inline typename Pack<S>::type expm1_of_negative(typename Pack<S>::type u) {
  using P = typename Pack<S>::type;
  const P saturated = broadcast<S>(S(-40));
  const SplitExponential<S> e = split_exponential<S>(P(u < saturated ? saturated : u));
  return e.power * e.fraction + (e.power - S(1));
}

template <>
inline Quad exp_of_negative<Quad>(Quad u) {
  return Quad(expq(u.backend().value()));
}
template <>
inline Quad expm1_of_negative<Quad>(Quad u) {
  return Quad(expm1q(u.backend().value()));
}

}  // namespace invar
