// The defect of a candidate law at θ (Eq. 2 of "Conservation Laws for Modern Neural Architectures"):
//   max_i |∇h·g_i| / (‖∇h‖ · max_i ‖g_i‖)
// over gradients g_i of single samples, the norms restricted to the parameters that h reads. It is zero for a law,
// whatever the samples; at rounding, not at zero, in floating point. Where ∇h or all g_i vanish there is nothing to
// see: 0.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "law/bound.h"
#include "law/evaluate.h"

namespace invar {

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
