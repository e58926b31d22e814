// Dormand and Prince 1980, order 5 continued, 4 embedded, 7 stages, first same as last: Boost.Odeint's
// runge_kutta_dopri5.
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>

#include "integrators/odeint_pair.h"

namespace invar {

template <class S>
MadeMethod<S> make_dopri5(const MethodOptions& options) {
  return std::make_unique<odeint_pair::OdeintPair<odeint_pair::odeint::runge_kutta_dopri5, S>>(options,
                                                                                               dopri5_tableau<S>());
}

template MadeMethod<float> make_dopri5<float>(const MethodOptions&);
template MadeMethod<double> make_dopri5<double>(const MethodOptions&);

}  // namespace invar
