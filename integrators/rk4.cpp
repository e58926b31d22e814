// Kutta 1901, the classical method of order 4 with prescribed steps: Boost.Odeint's runge_kutta4.
#include <boost/numeric/odeint/stepper/runge_kutta4.hpp>

#include "integrators/odeint_fixed.h"

namespace invar {
namespace {

namespace odeint = boost::numeric::odeint;

/// Odeint's own numbers.
template <class S>
const Tableau& rk4_tableau() {
  static const Tableau tableau = [] {
    const odeint::rk4_coefficients_a1<S> a1;
    const odeint::rk4_coefficients_a2<S> a2;
    const odeint::rk4_coefficients_a3<S> a3;
    const odeint::rk4_coefficients_b<S> b;
    const odeint::rk4_coefficients_c<S> c;
    Tableau made{4, std::vector<double>(16), {b.begin(), b.end()}, {c.begin(), c.end()}};
    std::copy(a1.begin(), a1.end(), made.a.begin() + 4);
    std::copy(a2.begin(), a2.end(), made.a.begin() + 8);
    std::copy(a3.begin(), a3.end(), made.a.begin() + 12);
    return made;
  }();
  return tableau;
}

template <class S>
using Stepper = odeint::runge_kutta4<State<S>, S, State<S>, S, odeint::vector_space_algebra, odeint::default_operations,
                                     odeint::initially_resizer>;

}  // namespace

template <class S>
MadeMethod<S> make_rk4(const MethodOptions& options) {
  return std::make_unique<OdeintFixed<Stepper<S>, S, 4>>(options, &rk4_tableau<S>());
}

template MadeMethod<float> make_rk4<float>(const MethodOptions&);
template MadeMethod<double> make_rk4<double>(const MethodOptions&);

}  // namespace invar
