// The elementwise functions over arrays: y = f(x), in place or not. float and double go through SLEEF's vector
// functions (1.0 to 1.5 ulp; sigmoid and softplus, composed of them, stay below 3), quad through libquadmath.
#pragma once

#include "backend/pack.h"
#include "tensor/graph.h"

namespace invar {

template <class S>
void apply_function(Function function, const S* x, S* y, Index count);

extern template void apply_function<float>(Function, const float*, float*, Index);
extern template void apply_function<double>(Function, const double*, double*, Index);
extern template void apply_function<Quad>(Function, const Quad*, Quad*, Index);

}  // namespace invar
