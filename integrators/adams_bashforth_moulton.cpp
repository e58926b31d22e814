// Adams–Bashforth predictor and Adams–Moulton corrector of order 5, evaluated twice a step (PECE; Hairer, Nørsett &
// Wanner, Solving ODEs I, III.1), with prescribed steps of one size: Boost.Odeint's adams_bashforth_moulton. Its first
// four steps are Runge–Kutta steps of order 4, whose local errors go with τ⁵ as the method's global one does: a method
// of more values would be held back by them. No Runge–Kutta method, so no tableau.
#include <boost/numeric/odeint/stepper/adams_bashforth_moulton.hpp>

#include "error.h"
#include "integrators/odeint_fixed.h"

namespace invar {
namespace {

namespace odeint = boost::numeric::odeint;

constexpr std::size_t kOrder = 5;

template <class S>
using Stepper = odeint::adams_bashforth_moulton<kOrder, State<S>, S, State<S>, S, odeint::vector_space_algebra,
                                                odeint::default_operations, odeint::initially_resizer>;

void check_constant(const Schedule& schedule) {
  const double first = schedule[0], last = schedule[schedule.steps() - 1];
  if (first == last) return;
  throw InputError("adams-bashforth-moulton with step sizes from " + number_text(first) + " to " + number_text(last) +
                   ": its coefficients are those of equal steps; use a constant schedule, or another method");
}

}  // namespace

template <class S>
MadeMethod<S> make_adams_bashforth_moulton(const MethodOptions& options) {
  if (options.schedule != nullptr) check_constant(*options.schedule);
  return std::make_unique<OdeintFixed<Stepper<S>, S, 0, kOrder - 1>>(options, nullptr);
}

template MadeMethod<float> make_adams_bashforth_moulton<float>(const MethodOptions&);
template MadeMethod<double> make_adams_bashforth_moulton<double>(const MethodOptions&);

}  // namespace invar
