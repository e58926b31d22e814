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

/// Ritz values of the tridiagonal matrix (diagonal, off-diagonal) and their residuals β |last component|; the largest's
/// vector in the basis.
Sharpness ends(const std::vector<double>& diagonal, const std::vector<double>& beta, State<double>& vector) {
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
  vector = solver.eigenvectors().col(m - 1);
  return result;
}

// Of a random direction in one that is followed: what has overtaken the old one shows up in it.
constexpr double kFresh = 0.03;

State<double> first_direction(Eigen::Index size, const LanczosOptions& options) {
  State<double> first = random_direction(size, options.seed);
  if (options.follows && options.follows->size() == size) first = *options.follows + kFresh * first;
  return first / first.norm();
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
  basis.col(0) = first_direction(size, options);
  State<double> w(size), overlap, vector;
  State<S> direction(size), product(size);
  std::vector<double> diagonal, beta;
  double scale = 0.0;  // of the numbers that cancel: what is below its rounding is zero
  for (Eigen::Index m = 1;; ++m) {
    direction = basis.col(m - 1).template cast<S>();
    field.hessian_product(theta, direction, product);
    if (!product.allFinite()) {
      constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
      return {.largest = kUnknown,
              .smallest = kUnknown,
              .residual_largest = kUnknown,
              .residual_smallest = kUnknown,
              .products = m,
              .finite = false};
    }
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
      Sharpness result = ends(diagonal, beta, vector);
      const double bound = tolerance * std::max(std::abs(result.largest), std::abs(result.smallest));
      result.converged =
          result.residual_largest <= bound && (options.largest_only || result.residual_smallest <= bound);
      if (m == most || invariant || result.converged) {
        if (options.follows) *options.follows = basis.leftCols(m) * vector;
        return result;
      }
    }
    if (m == basis.cols()) basis.conservativeResize(Eigen::NoChange, std::min<Eigen::Index>(most, 2 * m));
    basis.col(m) = w / beta.back();
  }
}

template Sharpness sharpness(VectorField<float>&, const State<float>&, const LanczosOptions&);
template Sharpness sharpness(VectorField<double>&, const State<double>&, const LanczosOptions&);

}  // namespace invar
