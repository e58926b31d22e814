// Cash and Karp 1990, order 5 continued, 4 embedded, 6 stages: Boost.Odeint's
// runge_kutta_cash_karp54.
#include <boost/numeric/odeint/stepper/runge_kutta_cash_karp54.hpp>

#include "integrators/odeint_pair.h"

namespace invar {

template <class S>
MadeMethod<S> make_cash_karp54(const MethodOptions& options) {
  return std::make_unique<odeint_pair::OdeintPair<odeint_pair::odeint::runge_kutta_cash_karp54, S>>(
      options, cash_karp54_tableau<S>());
}

template MadeMethod<float> make_cash_karp54<float>(const MethodOptions&);
template MadeMethod<double> make_cash_karp54<double>(const MethodOptions&);

}  // namespace invar
