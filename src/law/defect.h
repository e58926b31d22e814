// The defect of a candidate law at θ (Eq. 2 of "Conservation Laws for Modern Neural Architectures"):
//   max_i |∇h·g_i| / (‖∇h‖ · max_i ‖g_i‖)
// over gradients g_i of single samples, the norms restricted to the parameters that h reads. It is zero for a law,
// whatever the samples; at rounding, not at zero, in floating point. Where ∇h or all g_i are 0 nothing was measured:
// NaN. Where only the rounding of the whole gradient reaches the parameters that h reads, it has no direction: 0.
#pragma once

#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "law/bound.h"
#include "law/evaluate.h"

namespace invar {

/// The definition above from its parts: max_i |∇h·g_i|, ‖∇h‖, max_i ‖g_i‖ over the parameters read, and max_i ‖g_i‖ over
/// all of them.
template <typename Real>
Real defect_ratio(const Real& product, const Real& slope_norm, const Real& sample_norm, const Real& whole_norm) {
  const Real rounding = 64 * std::numeric_limits<Real>::epsilon() * whole_norm;
  if (!(slope_norm > 0 && sample_norm > 0)) return std::numeric_limits<Real>::quiet_NaN();
  return sample_norm > rounding ? Real(product / (slope_norm * sample_norm)) : Real(0);
}

/// ∇h_c(θ): (element of θ, derivative), sorted by element, each element once.
std::vector<std::pair<Index, double>> component_gradient(const LawForm& form, std::int64_t c, const double* theta);

/// For laws with a form: all components at once. Nothing is allocated by `measure`.
class DefectMeter {
 public:
  DefectMeter(const LawForm& form, Index parameters);

  /// One defect a component. `gradients`: flat vectors with θ's layout.
  void measure(const double* theta, std::span<const double* const> gradients, double* defects);

 private:
  void gradient_norms(const double* theta);

  Evaluator evaluator_;
  RestrictedNorms norms_;
  std::vector<double> dense_;  // one component's gradient, zero between uses
  std::vector<double> slice_norms_, gradient_norm_, product_, product_low_, norm_, largest_product_, largest_norm_;
};

/// For a law of any kind, from its gradient as a flat vector; the parameters read are those where it is not 0.
double defect_of_gradient(std::span<const double> law_gradient, std::span<const double* const> gradients);

}  // namespace invar
