// A law that is no form: of a degree above 2, or no polynomial. It has a value and, by the graph's derivative, a
// gradient, so a defect; the drift budget and the bound need degree 2.
#pragma once

#include <string>
#include <vector>

#include "backend/host_executor.h"
#include "tensor/block.h"

namespace invar {

class GeneralLaw {
 public:
  GeneralLaw(const Block& block, const Law& law);

  Index components() const { return components_; }

  /// Every component at θ, row-major in the law's indices.
  void value(const double* theta, double* out);
  /// ∇h_c, a flat vector. Nothing is allocated.
  void gradient(Index c, const double* theta, double* out);

 private:
  Index components_;
  std::vector<double> chosen_;  // the unit vector of a component
  HostExecutor<double> value_, gradient_;
};

/// Index values of the components of a law's node, row-major: "0,1,2".
std::vector<std::string> component_names(const Block& block, const Law& law);

}  // namespace invar
