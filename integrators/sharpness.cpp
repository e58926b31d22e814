// The process runs in double whatever the field's scalar. Orthogonality is kept by two passes of classical Gram–Schmidt
// against all directions (Kahan's "twice is enough"): products with the basis, so cheap beside a Hessian-vector product
// until the directions are many.
#include "integrators/sharpness.h"

#include <Eigen/Dense>
#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace invar {
namespace {

constexpr double kMostBytes = 1024.0 * 1024.0 * 1024.0;

State<double> random_direction(Eigen::Index size, std::uint64_t seed) {
  boost::random::mt19937_64 engine(seed);
  boost::random::normal_distribution<double> normal;
  State<double> v(size);
  for (double& x : v) x = normal(engine);
  return v / v.norm();
}

/// Ritz values of the tridiagonal matrix (diagonal, off-diagonal) and their residuals β |last component|.
Sharpness ends(const std::vector<double>& diagonal, const std::vector<double>& beta) {
  const auto m = static_cast<Eigen::Index>(diagonal.size());
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(Eigen::Map<const State<double>>(diagonal.data(), m),
                                Eigen::Map<const State<double>>(beta.data(), m - 1), Eigen::ComputeEigenvectors);
  Sharpness result;
  result.smallest = solver.eigenvalues()(0);
  result.largest = solver.eigenvalues()(m - 1);
  result.residual_smallest = beta.back() * std::abs(solver.eigenvectors()(m - 1, 0));
  result.residual_largest = beta.back() * std::abs(solver.eigenvectors()(m - 1, m - 1));
  result.products = m;
  return result;
}

}  // namespace

template <class S>
Sharpness sharpness(VectorField<S>& field, const State<S>& theta, const LanczosOptions& options) {
  const Eigen::Index size = theta.size();
  if (size == 0) return {.converged = true};
  const double fitting = std::max(2.0, kMostBytes / (static_cast<double>(size) * sizeof(double)));
  Eigen::Index most = static_cast<Eigen::Index>(std::min(static_cast<double>(size), fitting));
  if (options.max_products > 0) most = std::min<Eigen::Index>(most, options.max_products);
  const double tolerance = std::max(options.tolerance, 10.0 * static_cast<double>(std::numeric_limits<S>::epsilon()));

  Eigen::MatrixXd basis(size, std::min<Eigen::Index>(most, 64));
  basis.col(0) = random_direction(size, options.seed);
  State<double> w(size), overlap;
  State<S> direction(size), product(size);
  std::vector<double> diagonal, beta;
  double scale = 0.0;  // of the numbers that cancel: what is below its rounding is zero
  for (Eigen::Index m = 1;; ++m) {
    direction = basis.col(m - 1).template cast<S>();
    field.hessian_product(theta, direction, product);
    if (!product.allFinite()) throw std::runtime_error("the Hessian-vector product is not finite");
    w = -product.template cast<double>();
    scale = std::max(scale, w.norm());
    diagonal.push_back(basis.col(m - 1).dot(w));
    for (int pass = 0; pass < 2; ++pass) {
      overlap.noalias() = basis.leftCols(m).transpose() * w;
      w.noalias() -= basis.leftCols(m) * overlap;
    }
    beta.push_back(w.norm());
    const bool invariant = beta.back() <= 10.0 * std::numeric_limits<double>::epsilon() * scale;
    if (invariant) beta.back() = 0.0;
    // The small eigenproblem costs m³: not after every product once there are many.
    if (m == most || invariant || m < 20 || m % 5 == 0) {
      Sharpness result = ends(diagonal, beta);
      const double bound = tolerance * std::max(std::abs(result.largest), std::abs(result.smallest));
      result.converged = result.residual_largest <= bound && result.residual_smallest <= bound;
      if (m == most || invariant || result.converged) return result;
    }
    if (m == basis.cols()) basis.conservativeResize(Eigen::NoChange, std::min<Eigen::Index>(most, 2 * m));
    basis.col(m) = w / beta.back();
  }
}

template Sharpness sharpness(VectorField<float>&, const State<float>&, const LanczosOptions&);
template Sharpness sharpness(VectorField<double>&, const State<double>&, const LanczosOptions&);

}  // namespace invar
