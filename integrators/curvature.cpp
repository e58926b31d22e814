// Orthogonality is kept by two passes of Gram–Schmidt against all directions; these are few, and the process is begun
// anew from the best of their combinations where they do not suffice.
#include "integrators/curvature.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

namespace invar {
namespace {

// Share of the gradient in a warm start: a direction whose curvature overtakes the old one's shows up in it, or, where
// the gradient has no part in it (a branch that begins at zero), in a share of all directions alike.
constexpr double kFresh = 0.1, kScattered = 0.03;

/// In [−1, 1), the same everywhere: the mixer of SplitMix64 (Steele, Lea & Flood 2014).
double scattered(std::uint64_t i) {
  std::uint64_t x = (i + 1) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return static_cast<double>((x ^ (x >> 31)) >> 11) * 0x1p-52 - 1.0;
}

}  // namespace

template <class S>
void CurvatureProbe<S>::start(Eigen::Index size) {
  basis_.resize(size, std::min<Eigen::Index>(kDirections, size));
  for (State<S>* vector : {&top_, &trial_, &product_, &scattered_}) vector->resize(size);
  for (Eigen::Index i = 0; i < size; ++i) scattered_(i) = static_cast<S>(scattered(static_cast<std::uint64_t>(i)));
  if (size > 0) scattered_ /= scattered_.norm();
  warm_ = false;
  last_ = {};
}

template <class S>
void CurvatureProbe<S>::set_start(const State<S>& derivative) {
  const S slope = derivative.norm();
  auto first = basis_.col(0);
  if (warm_) {
    first = top_;
    first += static_cast<S>(kScattered) * scattered_;
    if (slope > S(0)) first += static_cast<S>(kFresh) / slope * derivative;
  } else {
    first = scattered_;
    if (slope > S(0)) first = static_cast<S>(kFresh) * first + derivative / slope;
  }
  first /= first.norm();
}

template <class S>
bool CurvatureProbe<S>::measure(VectorField<S>& field, const State<S>& theta, double t, const State<S>& derivative,
                                double tolerance, std::int64_t step) {
  const double rounding = field.rounding();
  const double size = static_cast<double>(theta.norm());
  const S delta = static_cast<S>(std::sqrt(rounding) * (size > 0.0 ? size : 1.0));
  const auto most = static_cast<int>(basis_.cols());
  if (most == 0) return true;
  set_start(derivative);
  Small t_matrix = Small::Zero(most, most);
  Eigen::SelfAdjointEigenSolver<Small> solver(most);
  SmallVector overlap;
  Curvature found;
  found.step = step;
  for (int restart = 0;; ++restart) {
    for (int m = 1;; ++m) {
      const auto q = basis_.col(m - 1);
      trial_ = theta + delta * q;
      field.evaluate(trial_, t, product_);
      ++found.products;
      product_ = (derivative - product_) / delta;
      if (!product_.allFinite()) return false;
      const double scale = static_cast<double>(product_.norm());
      t_matrix(m - 1, m - 1) = static_cast<double>(q.dot(product_));
      for (int pass = 0; pass < 2; ++pass) {
        for (int i = 0; i < m; ++i) product_ -= basis_.col(i).dot(product_) * basis_.col(i);
      }
      double beta = static_cast<double>(product_.norm());
      const bool invariant = beta <= std::sqrt(rounding) * scale;
      if (invariant) beta = 0.0;
      solver.compute(t_matrix.topLeftCorner(m, m));
      const auto& values = solver.eigenvalues();
      const auto& vectors = solver.eigenvectors();
      found.largest = values(m - 1);
      found.smallest = restart == 0 ? values(0) : std::min(found.smallest, values(0));
      found.residual_largest = beta * std::abs(vectors(m - 1, m - 1));
      found.residual_smallest = beta * std::abs(vectors(m - 1, 0));
      const double modulus = std::max(std::abs(found.largest), std::abs(found.smallest));
      const bool good = found.residual_largest <= tolerance * modulus;
      if (!good && !invariant && m < most) {
        basis_.col(m) = product_ / static_cast<S>(beta);
        t_matrix(m, m - 1) = t_matrix(m - 1, m) = beta;
        continue;
      }
      overlap = vectors.col(m - 1);
      top_.setZero();
      for (int i = 0; i < m; ++i) top_ += static_cast<S>(overlap(i)) * basis_.col(i);
      warm_ = true;
      if (good || invariant || restart + 1 == kRestarts) {
        last_ = found;
        return true;
      }
      break;
    }
    basis_.col(0) = top_ / top_.norm();
    t_matrix.setZero();
  }
}

template <class S>
void CurvatureProbe<S>::archive(Archive& archive) {
  archive("warm", warm_);
  if (warm_) archive("direction", top_);
  archive("largest", last_.largest);
  archive("smallest", last_.smallest);
  archive("residual_largest", last_.residual_largest);
  archive("residual_smallest", last_.residual_smallest);
  archive("step", last_.step);
  archive("products", last_.products);
}

template class CurvatureProbe<float>;
template class CurvatureProbe<double>;

}  // namespace invar
