// A pack: as many scalars as one vector register holds, with elementwise + − · /. float and double use the compiler's
// vector types for the widest instruction set of the build; any other scalar (quad) is a pack of one.
#pragma once

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include <boost/multiprecision/float128.hpp>
#include <cstddef>
#include <cstring>
#include <utility>

namespace invar {

using Quad = boost::multiprecision::float128;

#if defined(__AVX512F__)
inline constexpr int kRegisterBytes = 64;
#elif defined(__AVX__)
inline constexpr int kRegisterBytes = 32;
#else
inline constexpr int kRegisterBytes = 16;
#endif

template <class S>
struct Pack {
  using type = S;
  static constexpr int width = 1;
};
template <>
struct Pack<double> {
  typedef double type __attribute__((vector_size(kRegisterBytes)));
  static constexpr int width = kRegisterBytes / 8;
};
template <>
struct Pack<float> {
  typedef float type __attribute__((vector_size(kRegisterBytes)));
  static constexpr int width = kRegisterBytes / 4;
};

/// Sample counts are rounded up to a multiple of this.
template <class S>
inline constexpr int kPackWidth = Pack<S>::width;

template <class S>
inline typename Pack<S>::type load(const S* from) {
  if constexpr (kPackWidth<S> == 1) {
    return *from;
  } else {
    typename Pack<S>::type pack;
    std::memcpy(&pack, from, sizeof(pack));
    return pack;
  }
}

template <class S>
inline void store(S* to, typename Pack<S>::type pack) {
  if constexpr (kPackWidth<S> == 1) {
    *to = pack;
  } else {
    std::memcpy(to, &pack, sizeof(pack));
  }
}

/// The first `count` scalars, 0 < count < pack width; the others are 0 and their memory is not touched.
template <class S>
inline typename Pack<S>::type load_first(const S* from, std::ptrdiff_t count) {
  if constexpr (kPackWidth<S> == 1) {
    return *from;
  } else {
#if defined(__AVX512F__)
    if constexpr (sizeof(S) == 8)
      return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1U << count) - 1U), from);
    else
      return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << count) - 1U), from);
#else
    typename Pack<S>::type pack{};
    std::memcpy(&pack, from, static_cast<std::size_t>(count) * sizeof(S));
    return pack;
#endif
  }
}

template <class S>
inline void store_first(S* to, typename Pack<S>::type pack, std::ptrdiff_t count) {
  if constexpr (kPackWidth<S> == 1) {
    *to = pack;
  } else {
#if defined(__AVX512F__)
    if constexpr (sizeof(S) == 8)
      _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1U << count) - 1U), pack);
    else
      _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1U << count) - 1U), pack);
#else
    std::memcpy(to, &pack, static_cast<std::size_t>(count) * sizeof(S));
#endif
  }
}

template <class S>
inline typename Pack<S>::type broadcast(S value) {
  if constexpr (kPackWidth<S> == 1) {
    return value;
  } else {
    return value - typename Pack<S>::type{};
  }
}

/// One level of the tree of horizontal_sums. a and b each hold runs of Length scalars: the result holds the runs of a,
/// then those of b, each with its upper half added to its lower half.
template <class S, int Length, int... Lane>
[[gnu::always_inline]] inline typename Pack<S>::type fold_runs(typename Pack<S>::type a, typename Pack<S>::type b,
                                                               std::integer_sequence<int, Lane...> /*lanes*/) {
  constexpr int half = Length / 2;
  return __builtin_shufflevector(a, b, (Lane / half * Length + Lane % half)...) +
         __builtin_shufflevector(a, b, (Lane / half * Length + Lane % half + half)...);
}

/// The sum of each of pack-width packs, packs[First …], as one pack: a balanced tree, whose order does not depend on
/// the compiler, over all packs at once (two shuffles and an addition a pack, instead of a store and pack-width scalar
/// additions). `Count` is for the recursion.
template <class S, int First, int Count = kPackWidth<S>, std::size_t N>
[[gnu::always_inline]] inline typename Pack<S>::type horizontal_sums(const typename Pack<S>::type (&packs)[N]) {
  if constexpr (Count == 1) {
    return packs[First];
  } else {
    return fold_runs<S, 2 * kPackWidth<S> / Count>(horizontal_sums<S, First, Count / 2>(packs),
                                                   horizontal_sums<S, First + Count / 2, Count / 2>(packs),
                                                   std::make_integer_sequence<int, kPackWidth<S>>{});
  }
}

}  // namespace invar
