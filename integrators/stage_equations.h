// The stage equations of a collocation step, Y_i = θ + τ Σ_j a_ij F(Y_j), solved to the rounding of θ, so that laws
// which the method keeps drift by rounding alone. Simplified Newton iteration (Hairer & Wanner, Solving ODEs II, IV.8):
// one J for all stages, A diagonalised, so that each iteration solves (I − τλJ) x = r for the eigenvalues λ of A.
//
// J acts by difference quotients, one gradient each: exact products leave the iterations as they are and took 1.1
// to 1.6 times as long. All stages, eigenvalues and iterations of a step share one Krylov space, hence products found
// for one serve all. The stages' F are those of the last iterate: what remains of the equations is the difference of
// Y_i and the point of evaluation.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "integrators/collocation.h"
#include "integrators/krylov_space.h"

namespace invar {

enum class Solved : std::uint8_t {
  yes,
  no,          // the iteration does not converge: the step is too long for one J
  not_finite,  // F is not, somewhere
  growing,     // J has an eigenvalue so positive that the method would not follow its growth
};

template <class S>
class StageEquations {
  static constexpr std::size_t kMostStages = 3;
  // Directions: 300 took as many gradients as 96, as J changes along a step; and no more numbers than 2²⁶, if these
  // give 24.
  static constexpr Eigen::Index kMostDirections = 96, kLeastDirections = 24, kMostNumbers = Eigen::Index{1} << 26;
  static constexpr int kMostIterations = 50, kMostSlow = 10;
  // What a correction leaves of the linear equations. From 0.03 to 0.001 the gradients differ by a tenth.
  static constexpr double kForcing = 0.01;

 public:
  explicit StageEquations(const Collocation& method)
      : method_(method), stages_(static_cast<std::size_t>(method.stages())) {
    for (std::size_t i = 0; i < stages_; ++i) pointers_[i] = &slopes_[i];
  }

  /// For states of `size` numbers; nothing is remembered.
  void start(Eigen::Index size) {
    for (std::size_t i = 0; i < stages_; ++i)
      for (auto* states : {&points_, &slopes_, &earlier_}) (*states)[i].resize(size);
    for (State<S>* state : {&residual_, &point_, &slope_, &trial_, &small_}) state->resize(size);
    const Eigen::Index affordable = std::max(kLeastDirections, kMostNumbers / std::max<Eigen::Index>(1, size));
    const Eigen::Index most = std::min({size, kMostDirections, affordable});
    space_.resize(size, most);
    for (Eigen::MatrixXd* matrix : {&right_, &left_, &turned_}) matrix->resize(most, method_.stages());
    complex_.resize(most);
    coordinates_.resize(most);
    earlier_tau_ = 0.0;
  }

  /// From θ at t, where F(θ) = `first`.
  Solved solve(VectorField<S>& field, const State<S>& theta, const State<S>& first, double t, double tau) {
    theta_ = &theta;
    tau_ = tau;
    // Without a step to extrapolate, and where its continuation is worse than θ itself, the stages start at θ: their
    // residuals are then multiples of one vector, which one Krylov sequence serves.
    bool extrapolated = earlier_tau_ > 0.0;
    if (extrapolated)
      extrapolate(first);
    else
      start_at_theta();
    rounding_ = field.rounding();
    bool linearise = true;
    int slow = 0;
    double before = std::numeric_limits<double>::infinity();
    for (int iteration = 0; iteration < kMostIterations; ++iteration) {
      bool finite = evaluate(field, t);
      if (finite && linearise) set_point(t);
      double left = finite ? residuals() : before;
      if (extrapolated && iteration == 0 && !(finite && left <= tau * static_cast<double>(first.norm()))) {
        extrapolated = false;
        start_at_theta();
        continue;
      }
      if (!finite) return Solved::not_finite;
      // In stiff directions the equations leave what F makes of the rounding of Y, τ‖J‖ times it, and mean little by
      // it: what counts is the correction.
      const double unit = rounding_ * points_norm();
      if (left <= 4.0 * unit || (left <= 4.0 * unit * (1.0 + tau * space_.largest()) && correction() <= 4.0 * unit))
        return follows();
      if (!(left < 0.5 * before)) {
        // Slow: at rounding, or because J has changed.
        if (left <= 64.0 * unit * (1.0 + tau * space_.largest()) && correction() <= 64.0 * unit) return follows();
        if (left > 2.0 * before || ++slow > kMostSlow) return Solved::no;
        if (!linearise) {
          set_point(t);
          residuals();
        }
      }
      linearise = !extrapolated && iteration == 1;  // from J at θ to one amid the stages
      before = left;
      if (!correct(field, std::max(kForcing * left, unit))) return Solved::not_finite;
      if (!space_.can_grow() && space_.multiplied() < space_.known()) linearise = true;
    }
    return Solved::no;
  }

  /// k_i = F at the last iterates.
  std::span<const State<S>* const> slopes() const { return {pointers_.data(), stages_}; }

  /// The step was accepted: the next one's stages start from its polynomial, and slopes() is free to change.
  void keep() {
    for (std::size_t i = 0; i < stages_; ++i) earlier_[i].swap(slopes_[i]);
    earlier_tau_ = tau_;
  }

  /// Between two steps, after keep().
  void archive(Archive& archive) {
    archive("step", earlier_tau_);
    for (std::size_t i = 0; i < stages_ && earlier_tau_ > 0.0; ++i) archive("stage" + std::to_string(i), earlier_[i]);
  }

  /// vector ← (I − shift J)^(−1) vector on the directions that the last solution multiplied; the rest of it stays.
  void filter(double shift, State<S>& vector) {
    space_.project(vector, coordinates_);
    space_.solve(shift, coordinates_);
    add(coordinates_, space_.known(), vector);
  }

 private:
  void start_at_theta() {
    for (std::size_t i = 0; i < stages_; ++i) points_[i] = *theta_;
  }

  void extrapolate(const State<S>& first) {
    std::array<double, kMostStages + 1> weights{};
    for (std::size_t i = 0; i < stages_; ++i) {
      method_.extrapolate(1.0 + tau_ / earlier_tau_ * method_.tableau.c[i], weights.data());
      points_[i] = *theta_ + static_cast<S>(earlier_tau_ * weights[stages_]) * first;
      for (std::size_t j = 0; j < stages_; ++j) points_[i] += static_cast<S>(earlier_tau_ * weights[j]) * earlier_[j];
    }
  }

  bool evaluate(VectorField<S>& field, double t) {
    for (std::size_t i = 0; i < stages_; ++i) {
      field.evaluate(points_[i], t + method_.tableau.c[i] * tau_, slopes_[i]);
      if (!slopes_[i].allFinite()) return false;
    }
    return true;
  }

  double points_norm() const {
    double sum = 0.0;
    for (std::size_t i = 0; i < stages_; ++i) sum += static_cast<double>(points_[i].squaredNorm());
    return std::sqrt(sum);
  }

  /// J is that at the stage amid the step from here on.
  void set_point(double t) {
    const std::size_t middle = stages_ / 2;
    point_ = points_[middle];
    slope_ = slopes_[middle];
    time_ = t + method_.tableau.c[middle] * tau_;
    const double size = std::max(static_cast<double>(point_.norm()), tau_ * static_cast<double>(slope_.norm()));
    difference_ = static_cast<S>(std::sqrt(rounding_) * (size > 0.0 ? size : 1.0));
    space_.clear();
  }

  /// What the equations leave, into the space and, as coordinates, into right_; its norm.
  double residuals() {
    double sum = 0.0;
    for (std::size_t i = 0; i < stages_; ++i) {
      residual_ = *theta_ - points_[i];
      for (std::size_t j = 0; j < stages_; ++j)
        residual_ += static_cast<S>(tau_ * method_.tableau.a[i * stages_ + j]) * slopes_[j];
      sum += static_cast<double>(residual_.squaredNorm());
      space_.take(residual_, right_.col(static_cast<Eigen::Index>(i)));
    }
    return std::sqrt(sum);
  }

  /// A Newton step whose linear equations are solved to `goal`, as far as there is room. False: F is not finite near
  /// by.
  bool correct(VectorField<S>& field, double goal) {
    const auto product = [&](const State<S>& v, State<S>& w) {
      trial_ = point_ + difference_ * v;
      field.evaluate(trial_, time_, w);
      w = (w - slope_) / difference_;
    };
    while (solve_in_space() > goal && space_.can_grow()) {
      // A solution costs p², so the more there are the more are made between two.
      for (Eigen::Index more = 1 + space_.multiplied() / 8; more > 0 && space_.can_grow(); --more)
        if (!space_.multiply(product)) return false;
    }
    for (std::size_t i = 0; i < stages_; ++i)
      add(left_.col(static_cast<Eigen::Index>(i)), space_.multiplied(), points_[i]);
    return true;
  }

  /// The size of the correction that the space holds for the last residuals, without another product.
  double correction() {
    const double waiting = solve_in_space();
    return std::hypot(left_.topRows(space_.multiplied()).norm(), waiting);
  }

  /// right_ → left_, coordinates of the corrections; the norm of what the linear equations leave.
  double solve_in_space() {
    const Eigen::Index p = space_.multiplied(), s = method_.stages();
    turned_.topRows(p).noalias() = right_.topRows(p).lazyProduct(method_.inverse.transpose());
    if (method_.real_shift != 0.0) space_.solve(tau_ * method_.real_shift, turned_.col(0));
    if (s > 1) {
      auto real = turned_.col(s - 2).head(p), imaginary = turned_.col(s - 1).head(p);
      complex_.head(p).real() = real;
      complex_.head(p).imag() = imaginary;
      space_.solve(tau_ * method_.complex_shift, complex_);
      real = complex_.head(p).real();
      imaginary = complex_.head(p).imag();
    }
    left_.topRows(p).noalias() = turned_.topRows(p).lazyProduct(method_.transform.transpose());
    double sum = 0.0;
    for (Eigen::Index row = p; row < space_.known(); ++row) {
      std::array<double, kMostStages> slope{};
      for (Eigen::Index j = 0; j < s; ++j) slope[static_cast<std::size_t>(j)] = space_.waiting_row(row, left_.col(j));
      for (Eigen::Index i = 0; i < s; ++i) {
        double rest = right_(row, i);
        for (Eigen::Index j = 0; j < s; ++j) rest += tau_ * method_.a(i, j) * slope[static_cast<std::size_t>(j)];
        sum += rest * rest;
      }
    }
    return std::sqrt(sum);
  }

  /// state += V coordinates
  template <class Coordinates>
  void add(const Coordinates& coordinates, Eigen::Index count, State<S>& state) {
    small_.head(count) = coordinates.head(count).template cast<S>();
    state.noalias() += space_.basis().leftCols(count) * small_.head(count);
  }

  Solved follows() { return space_.below(method_.growth / tau_) ? Solved::yes : Solved::growing; }

  const Collocation& method_;
  std::size_t stages_;
  KrylovSpace<S> space_;
  std::array<State<S>, kMostStages> points_, slopes_, earlier_;  // Y_i, k_i, and k_i of the step before
  std::array<const State<S>*, kMostStages> pointers_{};
  State<S> residual_, point_, slope_, trial_, small_;
  Eigen::MatrixXd right_, left_, turned_;
  Eigen::VectorXcd complex_;
  Eigen::VectorXd coordinates_;
  const State<S>* theta_ = nullptr;
  double rounding_ = 0.0;  // of F
  double tau_ = 0.0, earlier_tau_ = 0.0, time_ = 0.0;
  S difference_ = S(0);
};

}  // namespace invar
