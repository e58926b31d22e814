// The methods by name. A new one is one file that defines its factory, and one entry here.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "integrators/error_norm.h"
#include "integrators/method.h"
#include "integrators/schedule.h"
#include "integrators/step_control.h"

namespace invar {

struct MethodOptions {
  // Adaptive methods.
  double rtol = 1e-6;
  double atol = 1e-9;
  NormKind norm = NormKind::rms;
  std::vector<Eigen::Index> tensor_begin;  // offsets of the tensors, for NormKind::tensors
  double first_step = 0.0;                 // 0: chosen from the field
  ControlKind control = ControlKind::pi;   // of step sizes; methods with a control of their own have no use for it
  // Of explicit methods: steps between two looks at their stability, and looks in a row that call it the limit. A look
  // takes passes over memory.
  int stability_every = 4, stability_patience = 5;
  /// Of methods with many stages too: the step view then has tableau and stages, at the cost of a state for each stage.
  bool keep_stages = false;
  // Methods with prescribed step sizes; must outlive the method.
  const Schedule* schedule = nullptr;
};

template <class S>
using MadeMethod = std::unique_ptr<Method<S>>;

template <class S>
MadeMethod<S> make_gradient_descent(const MethodOptions& options);
template <class S>
MadeMethod<S> make_auto(const MethodOptions& options);
template <class S>
MadeMethod<S> make_dopri5(const MethodOptions& options);
template <class S>
MadeMethod<S> make_cash_karp54(const MethodOptions& options);
template <class S>
MadeMethod<S> make_fehlberg78(const MethodOptions& options);
template <class S>
MadeMethod<S> make_rkc2(const MethodOptions& options);
template <class S>
MadeMethod<S> make_rkc3(const MethodOptions& options);
template <class S>
MadeMethod<S> make_rkc4(const MethodOptions& options);
template <class S>
MadeMethod<S> make_tsit5(const MethodOptions& options);
template <class S>
MadeMethod<S> make_dop853(const MethodOptions& options);
template <class S>
MadeMethod<S> make_bulirsch_stoer(const MethodOptions& options);
template <class S>
MadeMethod<S> make_cvode(const MethodOptions& options);
template <class S>
MadeMethod<S> make_rk4(const MethodOptions& options);
/// Throws InputError for a schedule whose step sizes differ.
template <class S>
MadeMethod<S> make_adams_bashforth_moulton(const MethodOptions& options);
template <class S>
MadeMethod<S> make_implicit_midpoint(const MethodOptions& options);
template <class S>
MadeMethod<S> make_gauss4(const MethodOptions& options);
template <class S>
MadeMethod<S> make_gauss6(const MethodOptions& options);

struct MethodEntry {
  std::string_view name;
  std::string_view description;
  int order;      // of the solution that is continued; 0: it varies
  bool adaptive;  // follows the flow under tolerances; else takes a schedule's step sizes
  MadeMethod<float> (*make_float)(const MethodOptions&);
  MadeMethod<double> (*make_double)(const MethodOptions&);
  bool stiff = false;  // for stiff flows: stability does not limit its steps, or little

  template <class S>
  MadeMethod<S> make(const MethodOptions& options) const {
    if constexpr (std::is_same_v<S, float>) {
      return make_float(options);
    } else {
      static_assert(std::is_same_v<S, double>);
      return make_double(options);
    }
  }
};

inline constexpr std::array kMethods{
    MethodEntry{"gradient-descent", "Euler's explicit method, with a schedule: GD, and SGD on mini-batches", 1, false,
                make_gradient_descent<float>, make_gradient_descent<double>},
    MethodEntry{"auto", "an explicit pair, and cvode while stability would limit its steps", 0, true, make_auto<float>,
                make_auto<double>, true},
    MethodEntry{"dopri5", "Dormand-Prince 5(4), 6 gradients a step; the usual choice", 5, true, make_dopri5<float>,
                make_dopri5<double>},
    MethodEntry{"cash-karp54", "Cash-Karp 5(4), 6 gradients a step", 5, true, make_cash_karp54<float>,
                make_cash_karp54<double>},
    MethodEntry{
        "fehlberg78",
        "Fehlberg 8(7), 13 gradients a step; tight tolerances, smooth fields: its error estimate can miss a jump", 8,
        true, make_fehlberg78<float>, make_fehlberg78<double>},
    MethodEntry{"tsit5", "Tsitouras 5(4), 6 gradients a step", 5, true, make_tsit5<float>, make_tsit5<double>},
    MethodEntry{"dop853", "Dormand-Prince 8(5,3) by Hairer, 12 gradients a step; tight tolerances", 8, true,
                make_dop853<float>, make_dop853<double>},
    MethodEntry{
        "bulirsch-stoer",
        "Gragg-Bulirsch-Stoer extrapolation, order 4 to 16 by its own choice: its error estimate can miss a jump", 0,
        true, make_bulirsch_stoer<float>, make_bulirsch_stoer<double>},
    MethodEntry{"cvode", "SUNDIALS' CVODE: BDF of order 1 to 5 by its own choice, conjugate gradients; stiff flows", 0,
                true, make_cvode<float>, make_cvode<double>, true},
    MethodEntry{"rk4", "classical Runge-Kutta of order 4 with prescribed steps, 4 gradients a step", 4, false,
                make_rk4<float>, make_rk4<double>},
    MethodEntry{"adams-bashforth-moulton",
                "predictor-corrector of order 5 with equal prescribed steps, 2 gradients a step", 5, false,
                make_adams_bashforth_moulton<float>, make_adams_bashforth_moulton<double>},
    MethodEntry{"rkc2", "Runge-Kutta-Chebyshev of order 2: stiff flows to some percent", 2, true, make_rkc2<float>,
                make_rkc2<double>, true},
    MethodEntry{"rkc3", "Runge-Kutta-Chebyshev of order 3: the choice for stiff flows", 3, true, make_rkc3<float>,
                make_rkc3<double>, true},
    MethodEntry{"rkc4", "Runge-Kutta-Chebyshev of order 4: stiff flows below rtol 1e-5", 4, true, make_rkc4<float>,
                make_rkc4<double>, true},
    MethodEntry{"implicit-midpoint", "Gauss, 1 stage, order 2; keeps quadratic laws to rounding", 2, true,
                make_implicit_midpoint<float>, make_implicit_midpoint<double>},
    MethodEntry{"gauss4", "Gauss, 2 stages, order 4; keeps quadratic laws to rounding", 4, true, make_gauss4<float>,
                make_gauss4<double>},
    MethodEntry{"gauss6", "Gauss, 3 stages, order 6; keeps quadratic laws to rounding", 6, true, make_gauss6<float>,
                make_gauss6<double>},
};

/// Throws InputError, which lists the names.
const MethodEntry& find_method(std::string_view name);

}  // namespace invar
