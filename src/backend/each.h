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
  if (const Index left = count - i; left > 0)
    store_first<S>(out + i, map(load_first<S>(a + i, left), load_first<S>(b + i, left)), left);
}

/// out[i] = map(a[i])
template <class S, class Map>
inline void each(const S* a, S* out, Index count, const Map& map) {
  constexpr Index width = kPackWidth<S>;
  Index i = 0;
  for (; i + width <= count; i += width) store<S>(out + i, map(load<S>(a + i)));
  if (const Index left = count - i; left > 0) store_first<S>(out + i, map(load_first<S>(a + i, left)), left);
}

}  // namespace invar
