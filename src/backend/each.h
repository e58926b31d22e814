// out[i] = map(a[i], b[i]) pack by pack, in place or not: left to itself the compiler takes half the register's width.
#pragma once

#include "backend/pack.h"
#include "tensor/layout.h"

namespace invar {

template <class S, class Map>
inline void each(const S* a, const S* b, S* out, Index count, const Map& map) {
  constexpr Index width = kPackWidth<S>;
  Index i = 0;
  for (; i + width <= count; i += width) store<S>(out + i, map(load<S>(a + i), load<S>(b + i)));
  for (; i < count; ++i) out[i] = first<S>(map(broadcast<S>(a[i]), broadcast<S>(b[i])));
}

/// out[i] = map(a[i])
template <class S, class Map>
inline void each(const S* a, S* out, Index count, const Map& map) {
  constexpr Index width = kPackWidth<S>;
  Index i = 0;
  for (; i + width <= count; i += width) store<S>(out + i, map(load<S>(a + i)));
  for (; i < count; ++i) out[i] = first<S>(map(broadcast<S>(a[i])));
}

}  // namespace invar
