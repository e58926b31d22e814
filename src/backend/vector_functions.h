// The vector functions of one scalar type under one name: SLEEF's for the build's register width (1.0 to 1.5 ulp),
// libquadmath's for quad.
#pragma once

#include <quadmath.h>
#include <sleef.h>

#include "backend/pack.h"

namespace invar {

template <class S>
struct Functions;

template <>
struct Functions<double> {
  using P = Pack<double>::type;
#if defined(__AVX512F__)
  static P exp(P x) {
    return Sleef_expd8_u10(x);
  }
  static P log(P x) {
    return Sleef_logd8_u10(x);
  }
  static P log1p(P x) {
    return Sleef_log1pd8_u10(x);
  }
  static P erfc(P x) {
    return Sleef_erfcd8_u15(x);
  }
  static P sin(P x) {
    return Sleef_sind8_u10(x);
  }
  static P cos(P x) {
    return Sleef_cosd8_u10(x);
  }
  static P sqrt(P x) {
    return Sleef_sqrtd8_u05(x);
  }
#elif defined(__AVX__)
  static P exp(P x) {
    return Sleef_expd4_u10(x);
  }
  static P log(P x) {
    return Sleef_logd4_u10(x);
  }
  static P log1p(P x) {
    return Sleef_log1pd4_u10(x);
  }
  static P erfc(P x) {
    return Sleef_erfcd4_u15(x);
  }
  static P sin(P x) {
    return Sleef_sind4_u10(x);
  }
  static P cos(P x) {
    return Sleef_cosd4_u10(x);
  }
  static P sqrt(P x) {
    return Sleef_sqrtd4_u05(x);
  }
#else
  static P exp(P x) {
    return Sleef_expd2_u10(x);
  }
  static P log(P x) {
    return Sleef_logd2_u10(x);
  }
  static P log1p(P x) {
    return Sleef_log1pd2_u10(x);
  }
  static P erfc(P x) {
    return Sleef_erfcd2_u15(x);
  }
  static P sin(P x) {
    return Sleef_sind2_u10(x);
  }
  static P cos(P x) {
    return Sleef_cosd2_u10(x);
  }
  static P sqrt(P x) {
    return Sleef_sqrtd2_u05(x);
  }
#endif
};

template <>
struct Functions<float> {
  using P = Pack<float>::type;
#if defined(__AVX512F__)
  static P exp(P x) {
    return Sleef_expf16_u10(x);
  }
  static P log(P x) {
    return Sleef_logf16_u10(x);
  }
  static P log1p(P x) {
    return Sleef_log1pf16_u10(x);
  }
  static P erfc(P x) {
    return Sleef_erfcf16_u15(x);
  }
  static P sin(P x) {
    return Sleef_sinf16_u10(x);
  }
  static P cos(P x) {
    return Sleef_cosf16_u10(x);
  }
  static P sqrt(P x) {
    return Sleef_sqrtf16_u05(x);
  }
#elif defined(__AVX__)
  static P exp(P x) {
    return Sleef_expf8_u10(x);
  }
  static P log(P x) {
    return Sleef_logf8_u10(x);
  }
  static P log1p(P x) {
    return Sleef_log1pf8_u10(x);
  }
  static P erfc(P x) {
    return Sleef_erfcf8_u15(x);
  }
  static P sin(P x) {
    return Sleef_sinf8_u10(x);
  }
  static P cos(P x) {
    return Sleef_cosf8_u10(x);
  }
  static P sqrt(P x) {
    return Sleef_sqrtf8_u05(x);
  }
#else
  static P exp(P x) {
    return Sleef_expf4_u10(x);
  }
  static P log(P x) {
    return Sleef_logf4_u10(x);
  }
  static P log1p(P x) {
    return Sleef_log1pf4_u10(x);
  }
  static P erfc(P x) {
    return Sleef_erfcf4_u15(x);
  }
  static P sin(P x) {
    return Sleef_sinf4_u10(x);
  }
  static P cos(P x) {
    return Sleef_cosf4_u10(x);
  }
  static P sqrt(P x) {
    return Sleef_sqrtf4_u05(x);
  }
#endif
};

inline Quad in_quad(__float128 (*function)(__float128), const Quad& x) {
  return Quad(function(x.backend().value()));
}

template <>
struct Functions<Quad> {
  static Quad exp(const Quad& x) { return in_quad(expq, x); }
  static Quad log(const Quad& x) { return in_quad(logq, x); }
  static Quad log1p(const Quad& x) { return in_quad(log1pq, x); }
  static Quad erfc(const Quad& x) { return in_quad(erfcq, x); }
  static Quad sin(const Quad& x) { return in_quad(sinq, x); }
  static Quad cos(const Quad& x) { return in_quad(cosq, x); }
  static Quad sqrt(const Quad& x) { return in_quad(sqrtq, x); }
};

}  // namespace invar
