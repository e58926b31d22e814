#include "backend/elementary.h"

#include <quadmath.h>
#include <sleef.h>

#include <algorithm>

namespace invar {
namespace {

// The vector functions of one scalar type, under SLEEF's names for the build's register width.
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
  static P tanh(P x) {
    return Sleef_tanhd8_u10(x);
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
  static P tanh(P x) {
    return Sleef_tanhd4_u10(x);
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
  static P tanh(P x) {
    return Sleef_tanhd2_u10(x);
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
  static P tanh(P x) {
    return Sleef_tanhf16_u10(x);
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
  static P tanh(P x) {
    return Sleef_tanhf8_u10(x);
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
  static P tanh(P x) {
    return Sleef_tanhf4_u10(x);
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

Quad in_quad(__float128 (*function)(__float128), const Quad& x) {
  return Quad(function(x.backend().value()));
}

template <>
struct Functions<Quad> {
  static Quad exp(const Quad& x) { return in_quad(expq, x); }
  static Quad log(const Quad& x) { return in_quad(logq, x); }
  static Quad log1p(const Quad& x) { return in_quad(log1pq, x); }
  static Quad tanh(const Quad& x) { return in_quad(tanhq, x); }
  static Quad erfc(const Quad& x) { return in_quad(erfcq, x); }
  static Quad sin(const Quad& x) { return in_quad(sinq, x); }
  static Quad cos(const Quad& x) { return in_quad(cosq, x); }
  static Quad sqrt(const Quad& x) { return in_quad(sqrtq, x); }
};

// A pack-wise map, with the last, incomplete pack padded by its first scalar.
template <class S, class Map>
void map_packs(const S* x, S* y, Index count, const Map& map) {
  constexpr Index width = kPackWidth<S>;
  Index i = 0;
  for (; i + width <= count; i += width) store<S>(y + i, map(load<S>(x + i)));
  if (i == count) return;
  S rest[width];
  std::fill_n(rest, width, x[i]);
  std::copy(x + i, x + count, rest);
  store<S>(rest, map(load<S>(rest)));
  std::copy_n(rest, count - i, y + i);
}

}  // namespace

template <class S>
void apply_function(Function function, const S* x, S* y, Index count) {
  using P = typename Pack<S>::type;
  using F = Functions<S>;
  const P zero = broadcast<S>(S(0)), one = broadcast<S>(S(1));
  switch (function) {
    case Function::exp:
      return map_packs<S>(x, y, count, [](P v) { return P(F::exp(v)); });
    case Function::log:
      return map_packs<S>(x, y, count, [](P v) { return P(F::log(v)); });
    case Function::reciprocal:
      return map_packs<S>(x, y, count, [&](P v) { return P(one / v); });
    case Function::sqrt:
      return map_packs<S>(x, y, count, [](P v) { return P(F::sqrt(v)); });
    case Function::rsqrt:
      return map_packs<S>(x, y, count, [&](P v) { return P(one / F::sqrt(v)); });
    case Function::tanh:
      return map_packs<S>(x, y, count, [](P v) { return P(F::tanh(v)); });
    case Function::sigmoid:
      return map_packs<S>(x, y, count, [&](P v) { return P(one / (one + F::exp(P(-v)))); });
    case Function::relu:
      // NaN stays NaN: a broken run must not look healthy behind a kink.
      return map_packs<S>(x, y, count, [&](P v) { return P(v < zero ? zero : v); });
    case Function::step:
      return map_packs<S>(x, y, count, [&](P v) { return P(v > zero ? one : zero); });
    case Function::erfc:
      return map_packs<S>(x, y, count, [](P v) { return P(F::erfc(v)); });
    case Function::sin:
      return map_packs<S>(x, y, count, [](P v) { return P(F::sin(v)); });
    case Function::cos:
      return map_packs<S>(x, y, count, [](P v) { return P(F::cos(v)); });
    case Function::abs:
      return map_packs<S>(x, y, count, [&](P v) { return P(v < zero ? P(-v) : v); });
    case Function::sign:
      return map_packs<S>(x, y, count, [&](P v) { return P(v > zero ? one : v < zero ? P(-one) : zero); });
    case Function::softplus:  // max(v, 0) + log(1 + exp(−|v|))
      return map_packs<S>(x, y, count, [&](P v) {
        const P positive = v > zero ? v : zero;
        return P(positive + F::log1p(P(F::exp(P(v - positive - positive)))));
      });
  }
}

template void apply_function<float>(Function, const float*, float*, Index);
template void apply_function<double>(Function, const double*, double*, Index);
template void apply_function<Quad>(Function, const Quad*, Quad*, Index);

}  // namespace invar
