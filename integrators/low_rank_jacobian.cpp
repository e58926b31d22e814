#include "integrators/low_rank_jacobian.h"

#include <algorithm>
#include <cmath>

namespace invar {
namespace {

// Eigenvectors kept: half as many cost a tenth more gradients on a net of 1,312 parameters, twice as many save a
// tenth and cost half of the time again. No more numbers than 2²⁵ in all of them, if these give 8.
constexpr Eigen::Index kMostKept = 32, kLeastKept = 8, kMostNumbers = Eigen::Index{1} << 25;

}  // namespace

void LowRankJacobian::resize(Eigen::Index size) {
  const Eigen::Index affordable = std::max(kLeastKept, kMostNumbers / std::max<Eigen::Index>(1, size));
  const Eigen::Index room = std::min(kMostKept, affordable), pairs = room / 2;
  const Eigen::Index kept = std::min(size, room), all = std::min(size, kept + pairs);
  basis_.resize(size, all);
  rotated_.resize(size, kept);
  for (Eigen::MatrixXd* matrix : {&s_, &z_, &rest_}) matrix->resize(size, pairs);
  for (Eigen::MatrixXd* matrix : {&s_inside_, &z_inside_}) matrix->resize(all, pairs);
  h_.resize(all, all);
  values_.resize(kept);
  for (Eigen::VectorXd* vector : {&small_, &error_}) vector->resize(all);
  eigen_ = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(all);
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
  if (pairs_ == s_.cols() || !(norm > 0.0)) return;
  s_.col(pairs_) = s / norm;
  z_.col(pairs_) = z / norm;
  ++pairs_;
}

void LowRankJacobian::fold() {
  extend_basis();
  const auto basis = basis_.leftCols(known_);
  s_inside_.setZero();
  z_inside_.setZero();
  s_inside_.topRows(known_).noalias() = basis.transpose() * s_;
  z_inside_.topRows(known_).noalias() = basis.transpose() * z_;
  h_.setZero();
  h_.diagonal().head(kept_) = values_.head(kept_);
  for (Eigen::Index i = 0; i < pairs_; ++i) {
    error_ = z_inside_.col(i);
    error_.noalias() -= h_ * s_inside_.col(i);
    const double slope = error_.dot(s_inside_.col(i));
    constexpr double kSlight = 1e-6;  // of ‖e‖ ‖s‖: the update would be out of proportion
    if (!(std::abs(slope) > kSlight * error_.norm())) continue;
    small_ = error_ / slope;
    h_.noalias() += error_ * small_.transpose();
  }
  eigen_.compute(h_);
  pairs_ = kept_ = 0;
  while (kept_ < values_.size() && eigen_.eigenvalues()(kept_) < 0.0) ++kept_;
  values_.head(kept_) = eigen_.eigenvalues().head(kept_);
  rotated_.leftCols(kept_).noalias() = basis * eigen_.eigenvectors().topLeftCorner(known_, kept_);
  basis_.leftCols(kept_) = rotated_.leftCols(kept_);
}

// The images z suffice: e lies in the span of them and V. Twice is enough, for V and for each other.
void LowRankJacobian::extend_basis() {
  constexpr double kNothing = 1e-8;  // of a vector, is rounding
  const auto v = basis_.leftCols(kept_);
  auto inside = z_inside_.topRows(kept_);
  rest_ = z_;
  for (int pass = 0; pass < 2 && kept_ > 0; ++pass) {
    inside.noalias() = v.transpose() * rest_;
    rest_.noalias() -= v * inside;
  }
  known_ = kept_;
  for (Eigen::Index i = 0; i < pairs_ && known_ < basis_.cols(); ++i) {
    auto rest = rest_.col(i);
    const auto fresh = basis_.middleCols(kept_, known_ - kept_);
    auto c = small_.head(known_ - kept_);
    for (int pass = 0; pass < 2; ++pass) {
      c.noalias() = fresh.transpose() * rest;
      rest.noalias() -= fresh * c;
    }
    const double norm = rest.norm();
    if (norm > kNothing * z_.col(i).norm()) basis_.col(known_++) = rest / norm;
  }
}

}  // namespace invar
