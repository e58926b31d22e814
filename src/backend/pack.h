// A pack: as many scalars as one vector register holds, with elementwise + − · /. float and double use the compiler's
// vector types for the widest instruction set of the build; any other scalar (quad) is a pack of one.
#pragma once

#include <boost/multiprecision/float128.hpp>
#include <cstring>

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

template <class S>
inline typename Pack<S>::type broadcast(S value) {
  if constexpr (kPackWidth<S> == 1) {
    return value;
  } else {
    return value - typename Pack<S>::type{};
  }
}

/// Sum of a pack's scalars as a balanced tree: the order does not depend on the compiler.
template <class S>
inline S horizontal_sum(typename Pack<S>::type pack) {
  if constexpr (kPackWidth<S> == 1) {
    return pack;
  } else {
    S lanes[kPackWidth<S>];
    std::memcpy(lanes, &pack, sizeof(pack));
    for (int half = kPackWidth<S> / 2; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    return lanes[0];
  }
}

}  // namespace invar
