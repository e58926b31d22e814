// A Runge–Kutta–Chebyshev method of order 4 with stages of order 2, stable for real eigenvalues down to −0.33 s². Its
// polynomials are those of Abdulle's ROCK4 (SIAM J. Sci. Comput. 23, 2002); its realisation is rkc4.h's.
#include "integrators/rkc4.h"

#include "integrators/chain_scheme.h"

namespace invar {
namespace stabilised {

template <class S>
class Rkc4Scheme : public ChainScheme<Rkc4, S> {};

}  // namespace stabilised

template <class S>
MadeMethod<S> make_rkc4(const MethodOptions& options) {
  return std::make_unique<stabilised::Stabilised<stabilised::Rkc4Scheme, S>>(options);
}

template MadeMethod<float> make_rkc4<float>(const MethodOptions&);
template MadeMethod<double> make_rkc4<double>(const MethodOptions&);

}  // namespace invar
