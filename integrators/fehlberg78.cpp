// Fehlberg 1968, order 8 continued, 7 embedded, 13 stages: Boost.Odeint's
// runge_kutta_fehlberg78.
#include <boost/numeric/odeint/stepper/runge_kutta_fehlberg78.hpp>

#include "integrators/odeint_pair.h"

namespace invar {

template <class S>
MadeMethod<S> make_fehlberg78(const MethodOptions& options) {
  return std::make_unique<odeint_pair::OdeintPair<odeint_pair::odeint::runge_kutta_fehlberg78, S>>(
      options, fehlberg78_tableau<S>());
}

template MadeMethod<float> make_fehlberg78<float>(const MethodOptions&);
template MadeMethod<double> make_fehlberg78<double>(const MethodOptions&);

}  // namespace invar
