// SUNDIALS' vectors over Eigen's: compiled for the processor at hand and fused where CVODE passes over several vectors
// at once. (Debian's serial vector is compiled for any x86-64: two thirds of CVODE's time on a net of 1,312
// parameters.) Internal to cvode.cpp.
#pragma once

#include <sundials/sundials_nvector.h>

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "integrators/error_norm.h"

namespace invar::sundials {

/// Dropped with its last owner; `destroy` is SUNDIALS' own function for the type.
template <class T, auto destroy>
struct Free {
  void operator()(T* object) const { destroy(object); }
};

using Values = Eigen::VectorXd;

/// How CVODE's weighted norms are taken; outlives the vectors.
struct VectorNorm {
  NormKind kind = NormKind::rms;
  std::vector<Eigen::Index> tensor_begin;  // for NormKind::tensors, ascending from 0
};

using Vector = std::unique_ptr<_generic_N_Vector, Free<_generic_N_Vector, N_VDestroy>>;

/// A vector of `size` zeros. Clones have the same norm.
Vector make_vector(Eigen::Index size, const VectorNorm& norm, SUNContext context);

/// Its numbers.
Values& values(N_Vector vector);

}  // namespace invar::sundials
