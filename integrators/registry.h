// The methods by name. A new one is one file that defines its factory, and one entry here.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "integrators/error_norm.h"
#include "integrators/method.h"
#include "integrators/schedule.h"

namespace invar {

struct MethodOptions {
  // Adaptive methods.
  double rtol = 1e-6;
  double atol = 1e-9;
  NormKind norm = NormKind::rms;
  std::vector<Eigen::Index> tensor_begin;  // offsets of the tensors, for NormKind::tensors
  double first_step = 0.0;                 // 0: chosen from the field
  // Methods with prescribed step sizes; must outlive the method.
  const Schedule* schedule = nullptr;
};

template <class S>
using MadeMethod = std::unique_ptr<Method<S>>;

template <class S>
MadeMethod<S> make_gradient_descent(const MethodOptions& options);
template <class S>
MadeMethod<S> make_dopri5(const MethodOptions& options);
template <class S>
MadeMethod<S> make_cash_karp54(const MethodOptions& options);
template <class S>
MadeMethod<S> make_fehlberg78(const MethodOptions& options);
template <class S>
MadeMethod<S> make_implicit_midpoint(const MethodOptions& options);
template <class S>
MadeMethod<S> make_gauss4(const MethodOptions& options);
template <class S>
MadeMethod<S> make_gauss6(const MethodOptions& options);

struct MethodEntry {
  std::string_view name;
  std::string_view description;
  int order;      // of the solution that is continued
  bool adaptive;  // follows the flow under tolerances; else takes a schedule's step sizes
  MadeMethod<float> (*make_float)(const MethodOptions&);
  MadeMethod<double> (*make_double)(const MethodOptions&);

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
    MethodEntry{"gradient-descent", "explicit Euler with a schedule: GD, and SGD on mini-batches", 1, false,
                make_gradient_descent<float>, make_gradient_descent<double>},
    MethodEntry{"dopri5", "Dormand-Prince 5(4), 6 gradients a step; the usual choice", 5, true, make_dopri5<float>,
                make_dopri5<double>},
    MethodEntry{"cash-karp54", "Cash-Karp 5(4), 6 gradients a step", 5, true, make_cash_karp54<float>,
                make_cash_karp54<double>},
    MethodEntry{
        "fehlberg78",
        "Fehlberg 8(7), 13 gradients a step; tight tolerances, smooth fields: its error estimate can miss a jump", 8,
        true, make_fehlberg78<float>, make_fehlberg78<double>},
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
