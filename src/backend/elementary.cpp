#include "backend/elementary.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include <algorithm>

#include "backend/each.h"
#include "backend/exponential.h"
#include "backend/vector_functions.h"

namespace invar {
namespace {

#if defined(__AVX512F__)
// Division takes 16 cycles a pack of doubles; the processor's 14-bit reciprocal, a step of Newton's iteration (28 bits;
// float needs none) and a correction of the quotient by its remainder (twice the bits) take a quarter of it. For
// 1 <= d <= 2 and |n| <= 1.
// (The masked intrinsics: GCC 12 warns of the plain ones, its bug 105593.)
inline Pack<double>::type quotient(Pack<double>::type n, Pack<double>::type d) {
  const __m512d one = _mm512_set1_pd(1.0);
  __m512d r = _mm512_maskz_rcp14_pd(0xFF, d);
  r = _mm512_fmadd_pd(_mm512_fnmadd_pd(d, r, one), r, r);
  const __m512d q = _mm512_mul_pd(n, r);
  return _mm512_fmadd_pd(_mm512_fnmadd_pd(d, q, n), r, q);
}
inline Pack<float>::type quotient(Pack<float>::type n, Pack<float>::type d) {
  const __m512 r = _mm512_maskz_rcp14_ps(0xFFFF, d), q = _mm512_mul_ps(n, r);
  return _mm512_fmadd_ps(_mm512_fnmadd_ps(d, q, n), r, q);
}
#endif
template <class P>
P quotient(P n, P d) {
  return n / d;
}

// σ(v) = 1 / (1 + exp(−v)), written so that nothing overflows: with e = exp(−|v|), 1 or e over 1 + e.
template <class S>
typename Pack<S>::type sigmoid(typename Pack<S>::type v) {
  using P = typename Pack<S>::type;
  const P zero = broadcast<S>(S(0)), one = broadcast<S>(S(1));
  const P e = exp_of_negative<S>(P(v > zero ? P(-v) : v));
  return quotient(P(v > zero ? one : e), P(one + e));
}

// tanh |v| = −m / (2 + m) with m = exp(−2|v|) − 1: exact to a few roundings near 0 too.
template <class S>
typename Pack<S>::type tanh(typename Pack<S>::type v) {
  using P = typename Pack<S>::type;
  const P zero = broadcast<S>(S(0)), minus = v > zero ? P(-v) : v;
  const P m = expm1_of_negative<S>(P(minus + minus));
  return quotient(P(v > zero ? P(-m) : m), P(m + S(2)));
}

// max(v, 0) + log(1 + exp(−|v|))
template <class S>
typename Pack<S>::type softplus(typename Pack<S>::type v) {
  using P = typename Pack<S>::type;
  const P zero = broadcast<S>(S(0));
  return (v > zero ? v : zero) + Functions<S>::log1p(exp_of_negative<S>(P(v > zero ? P(-v) : v)));
}

}  // namespace

template <class S>
void apply_function(Function function, const S* x, S* y, Index count) {
  using P = typename Pack<S>::type;
  using F = Functions<S>;
  const P zero = broadcast<S>(S(0)), one = broadcast<S>(S(1));
  switch (function) {
    case Function::exp:
      return each<S>(x, y, count, [](P v) { return P(F::exp(v)); });
    case Function::log:
      return each<S>(x, y, count, [](P v) { return P(F::log(v)); });
    case Function::reciprocal:
      return each<S>(x, y, count, [&](P v) { return P(one / v); });
    case Function::sqrt:
      return each<S>(x, y, count, [](P v) { return P(F::sqrt(v)); });
    case Function::rsqrt:
      return each<S>(x, y, count, [&](P v) { return P(one / F::sqrt(v)); });
    case Function::tanh:
      return each<S>(x, y, count, [](P v) { return tanh<S>(v); });
    case Function::sigmoid:
      return each<S>(x, y, count, [](P v) { return sigmoid<S>(v); });
    case Function::relu:
      // NaN stays NaN: a broken run must not look healthy behind a kink.
      return each<S>(x, y, count, [&](P v) { return P(v < zero ? zero : v); });
    case Function::step:
      return each<S>(x, y, count, [&](P v) { return P(v > zero ? one : zero); });
    case Function::erfc:
      return each<S>(x, y, count, [](P v) { return P(F::erfc(v)); });
    case Function::sin:
      return each<S>(x, y, count, [](P v) { return P(F::sin(v)); });
    case Function::cos:
      return each<S>(x, y, count, [](P v) { return P(F::cos(v)); });
    case Function::abs:
      return each<S>(x, y, count, [&](P v) { return P(v < zero ? P(-v) : v); });
    case Function::sign:
      return each<S>(x, y, count, [&](P v) { return P(v > zero ? one : v < zero ? P(-one) : zero); });
    case Function::softplus:
      return each<S>(x, y, count, [](P v) { return softplus<S>(v); });
  }
}

template void apply_function<float>(Function, const float*, float*, Index);
template void apply_function<double>(Function, const double*, double*, Index);
template void apply_function<Quad>(Function, const Quad*, Quad*, Index);

}  // namespace invar
