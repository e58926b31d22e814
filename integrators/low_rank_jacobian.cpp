#include "integrators/low_rank_jacobian.h"

#include <algorithm>
#include <cmath>

namespace invar {
namespace {

// Fewer than kMostKept eigenvectors where they would not fit a core's second cache: from memory, two passes over 32
// cost a third of a gradient of 12,288 parameters and 512 samples.
constexpr Eigen::Index kLeastKept = 8, kMostNumbers = Eigen::Index{1} << 18;

}  // namespace

void LowRankJacobian::resize(Eigen::Index size) {
  const Eigen::Index affordable = std::max(kLeastKept, kMostNumbers / std::max<Eigen::Index>(1, size));
  const Eigen::Index room = std::min<Eigen::Index>(kMostKept, affordable), pairs = room / 2;
  const Eigen::Index kept = std::min(size, room), all = std::min(size, kept + pairs);
  basis_.resize(size, all);
  rotated_.resize(size, kept);
  for (Eigen::MatrixXd* matrix : {&s_, &z_, &rest_}) matrix->resize(size, pairs);
  for (Small* matrix : {&s_inside_, &z_inside_}) matrix->resize(all, pairs);
  h_.resize(all, all);
  values_.resize(kept);
  for (Eigen::VectorXd* vector : {&small_, &error_}) vector->resize(all);
  clear();
}

// Directions outside V are no stiffer than the least stiff in it, and are taken to be as stiff: to leave them alone
// instead took up to twice as many gradients, because corrections then overshoot in those that are.
void LowRankJacobian::precondition(double gamma, const Eigen::VectorXd& r, Eigen::VectorXd& out) {
  out = r;
  if (kept_ == 0) return;
  const auto v = basis_.leftCols(kept_);
  const auto values = values_.head(kept_).array();
  const double outside = 1.0 / (1.0 - gamma * values(kept_ - 1));
  auto c = small_.head(kept_);
  c.noalias() = v.transpose() * r;
  c.array() *= 1.0 / (1.0 - gamma * values) - outside;
  out *= outside;
  out.noalias() += v * c;
}

void LowRankJacobian::learn(const Eigen::VectorXd& s, const Eigen::VectorXd& z) {
  const double norm = s.norm();
  if (!(norm > 0.0)) return;
  const Eigen::Index place = seen_++ % s_.cols();
  s_.col(place) = s / norm;
  z_.col(place) = z / norm;
}

void LowRankJacobian::fold() {
  extend_basis();
  const auto basis = basis_.leftCols(known_);
  s_inside_.setZero();
  s_inside_.topRows(known_).noalias() = basis.transpose() * s_;
  h_.setZero();
  h_.diagonal().head(kept_) = values_.head(kept_);
  for (Eigen::Index i = 0; i < s_.cols(); ++i) {
    error_ = z_inside_.col(i);
    error_.noalias() -= h_ * s_inside_.col(i);
    const double slope = error_.dot(s_inside_.col(i));
    constexpr double kSlight = 1e-6;  // of ‖e‖ ‖s‖: the update would be out of proportion
    if (!(std::abs(slope) > kSlight * error_.norm())) continue;
    small_ = error_ / slope;
    h_.noalias() += error_ * small_.transpose();
  }
  seen_ = kept_ = 0;
  if (!h_.allFinite()) return;
  eigen_.compute(h_);
  while (kept_ < values_.size() && eigen_.eigenvalues()(kept_) < 0.0) ++kept_;
  values_.head(kept_) = eigen_.eigenvalues().head(kept_);
  rotated_.leftCols(kept_).noalias() = basis * eigen_.eigenvectors().topLeftCorner(known_, kept_);
  basis_.leftCols(kept_) = rotated_.leftCols(kept_);
}

// The images z suffice: e lies in the span of them and V. Two passes make V and the new vectors orthogonal to rounding.
void LowRankJacobian::extend_basis() {
  constexpr double kNothing = 1e-8;  // of a vector, is rounding
  const auto v = basis_.leftCols(kept_);
  rest_ = z_;
  z_inside_.setZero();
  for (int pass = 0; pass < 2 && kept_ > 0; ++pass) {
    auto inside = s_inside_.topRows(kept_);  // scratch here
    inside.noalias() = v.transpose() * rest_;
    rest_.noalias() -= v * inside;
    z_inside_.topRows(kept_) += inside;
  }
  known_ = kept_;
  for (Eigen::Index i = 0; i < rest_.cols(); ++i) {
    auto rest = rest_.col(i);
    const Eigen::Index found = known_ - kept_;
    const auto fresh = basis_.middleCols(kept_, found);
    auto c = small_.head(found);
    for (int pass = 0; pass < 2 && found > 0; ++pass) {
      c.noalias() = fresh.transpose() * rest;
      rest.noalias() -= fresh * c;
      z_inside_.col(i).segment(kept_, found) += c;
    }
    const double norm = rest.norm();
    if (known_ == basis_.cols() || !(norm > kNothing * z_.col(i).norm())) continue;
    basis_.col(known_) = rest / norm;
    z_inside_(known_++, i) = norm;
  }
}

}  // namespace invar
