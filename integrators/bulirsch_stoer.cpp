// Extrapolation of Gragg's explicit midpoint rule in h², orders 4 to 16 with the step: Bulirsch & Stoer 1966, in the
// form and with the control of order and step of ODEX (Hairer, Nørsett & Wanner, Solving ODEs I, 2nd ed., II.9),
// without Gragg's smoothing. Row j takes n_j = 2j substeps; k rows make order 2k and cost k² + 1 gradients with F(θ').
//
// Not Boost.Odeint's bulirsch_stoer: its error check is fixed (maximum norm, drops NaN, so that a step with NaN is
// accepted), it allocates in each attempt, and forgets its order whenever the step size is changed from outside, as
// each limit in time does. k rows are a Runge–Kutta method of k² + 1 stages, too many to be kept: there is no tableau.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "integrators/adaptive_method.h"
#include "integrators/linear_combination.h"
#include "integrators/registry.h"

namespace invar {
namespace {

constexpr int kMostRows = 8;

constexpr int substeps(int row) {
  return 2 * row;
}
/// Gradients of a step of `rows` rows, F(θ) known, with F(θ').
constexpr double work(int rows) {
  return 1.0 + rows * rows;
}

/// Weights of rows `from` … `to` in the polynomial in h² through them, at h = 0.
std::array<double, kMostRows + 1> weights(int from, int to) {
  std::array<double, kMostRows + 1> result{};
  for (int j = from; j <= to; ++j) {
    double weight = 1.0;
    for (int i = from; i <= to; ++i) {
      if (i != j) weight *= static_cast<double>(j * j) / static_cast<double>(j * j - i * i);
    }
    result[static_cast<std::size_t>(j)] = weight;
  }
  return result;
}

// ODEX's constants, by its names.
constexpr double kFac1 = 0.02, kFac2 = 4.0, kFac3 = 0.8, kFac4 = 0.9, kSafe1 = 0.65, kSafe2 = 0.94;
constexpr double kNonfinite = 0.1;

/// τ λ up to which so many rows are stable on the negative real axis: 2.79 for 2, 3.55, 4.31, … 7.32 for 8. Beyond it
/// their differences, the error, are no guide: they vanish at τ λ = 4 for 2 rows, where θ' is 5 θ, at 6 for 3.
constexpr double stable(int rows) {
  return 1.27 + 0.757 * rows;
}
constexpr double kForget = 0.98;        // of the λ seen, with each step: so steps creep past it, and do not leap
constexpr double kUnstable = 0.8;       // of the step that is stable, is tried next
constexpr double kUnstableError = 1e3;  // of the attempt, to be rejected
constexpr std::int64_t kOften = 16;     // good steps from one such to the next, where stability limits them
constexpr double kNear = 0.4;           // and of the limit, at least

template <class S>
class BulirschStoer final : public AdaptiveMethod<S> {
  using Attempt = typename AdaptiveMethod<S>::Attempt;

 public:
  explicit BulirschStoer(const MethodOptions& options) : AdaptiveMethod<S>(options) {
    const double digits = -std::log10(std::max(options.rtol, std::numeric_limits<double>::min()));
    start_rows_ = static_cast<int>(std::clamp(0.6 * digits + 1.5, 2.0, kMostRows - 1.0));
    for (int row = 2; row <= kMostRows; ++row) {
      const auto all = weights(1, row), newest = weights(2, row);
      Terms& terms = terms_[static_cast<std::size_t>(row)];
      for (std::size_t j = 1; j <= static_cast<std::size_t>(row); ++j) {
        const double mean = 1.0 / static_cast<double>(j);  // 2/n_j
        terms.update.push_back({static_cast<S>(mean * all[j]), &increment_[j]});
        terms.difference.push_back({static_cast<S>(mean * (all[j] - newest[j])), &increment_[j]});
      }
    }
  }

  void archive(Archive& archive) override {
    AdaptiveMethod<S>::archive(archive);
    archive("rows", rows_);
    archive("step", step_size_);
    archive("free", free_);
    archive("rate", rate_);
    archive("since_unstable", since_unstable_);
  }

 private:
  /// θ' of so many rows, and its error.
  struct Terms {
    std::vector<Term<S>> update, difference;
  };

  void prepare(Eigen::Index size) override {
    for (State<S>* buffer : {&even_, &odd_, &slope_, &error_}) buffer->resize(size);
    for (std::size_t row = 1; row < increment_.size(); ++row) increment_[row].resize(size);
    rows_ = start_rows_;
    free_ = true;
    rate_ = 0.0;
    since_unstable_ = kOften;
    after_rejection_ = false;
  }

  void choose_first_step(const State<S>& theta, double t, double longest) override {
    step_size_ = this->first_step_size(theta, t, longest, 2 * rows_ - 1);
  }

  double working_step() const override { return step_size_; }

  void attempt(State<S>& after, Attempt& attempt) override {
    const double tau = static_cast<double>(attempt.tau);
    int row = 1;
    double most = std::numeric_limits<double>::infinity();
    unstable_ = false;
    for (;; ++row) {
      midpoint(row, attempt);
      if (row == 1) {
        unstable_ = stiffness_ > stable(std::min(rows_ + 1, kMostRows));
        if (unstable_) break;
        continue;
      }
      attempt.error = extrapolate(row, attempt.tau, after);
      if (!std::isfinite(attempt.error)) break;
      unstable_ = attempt.error > most;
      if (unstable_) break;
      most = std::max(4.0 * attempt.error, 1.0);
      optimal(row) = tau * growth(row, attempt.error);
      cost(row) = work(row) / optimal(row);
      if (attempt.error <= 1.0 && (free_ || attempt.clipped || row >= rows_ - 1)) break;
      if (attempt.error > 1.0 && hopeless(row, attempt.error)) break;
    }
    if (attempt.error <= 1.0 && stiffness_ > stable(row)) unstable_ = true;
    if (unstable_) attempt.error = std::max(attempt.error, kUnstableError);
    if (attempt.error <= 1.0) {
      this->field().evaluate(after, attempt.t + tau, this->last_);
      if (!this->last_.allFinite()) attempt.error = std::numeric_limits<double>::infinity();
    }
    if (attempt.error <= 1.0) {
      this->watch_.note(tau, stiffness_ / tau, stable(row),
                        ++since_unstable_ <= kOften && stiffness_ > kNear * stable(row));
      accept(row, attempt.clipped);
    } else {
      reject(row, tau, attempt.error);
    }
  }

  /// By n substeps θ(t + τ) = θ + τ (2/n) Σ F at the odd ones: increment_[row] is the sum.
  void midpoint(int row, const Attempt& attempt) {
    const int n = substeps(row);
    const S h = attempt.tau / static_cast<S>(n);
    State<S>& increment = increment_[static_cast<std::size_t>(row)];
    even_ = this->before_;
    odd_ = this->before_ + h * this->first_;
    for (int m = 1; m < n; ++m) {
      const bool at_odd = m % 2 == 1;
      const double t = attempt.t + static_cast<double>(attempt.tau) * m / n;
      this->field().evaluate(at_odd ? odd_ : even_, t, slope_);
      if (!at_odd) {
        odd_ += S(2) * h * slope_;
      } else if (m == 1) {
        if (row == 1) watch(h, attempt.tau);
        increment = slope_;
        even_ += S(2) * h * slope_;
      } else {
        increment += slope_;
        even_ += S(2) * h * slope_;
      }
    }
  }

  /// By how F has changed in the first substep of size h of row 1, where the tolerance notices. Uses error_ and odd_.
  void watch(S h, S tau) {
    error_ = h * (slope_ - this->first_);
    odd_ = h * this->first_;
    const double change = this->norm_(error_, this->before_, this->before_);
    const double size = this->norm_(odd_, this->before_, this->before_);
    const bool counts = change > 0.1 && std::isfinite(change) && size > 0.0;
    const double seen = counts ? substeps(1) * change / size : 0.0;
    stiffness_ = std::max(seen, rate_ * tau);
    rate_ = stiffness_ / tau;
    odd_ += this->before_;
  }

  /// θ' from rows 1 … `row`; returns the norm of its difference from rows 2 … `row`.
  double extrapolate(int row, S tau, State<S>& after) {
    const auto& terms = terms_[static_cast<std::size_t>(row)];
    combine<S>(&this->before_, tau, terms.update, after);
    combine<S>(nullptr, tau, terms.difference, error_);
    return this->norm_(error_, this->before_, after);
  }

  /// The factor to the step that this row would want next.
  static double growth(int row, double error) {
    const double exponent = 1.0 / (2.0 * row - 1.0);
    const double least = std::pow(kFac1, exponent);
    return 1.0 / std::min(1.0 / least, std::max(least / kFac2, std::pow(error / kSafe1, exponent) / kSafe2));
  }

  /// No convergence is to be expected in the rows left.
  bool hopeless(int row, double error) const {
    if (row == rows_ + 1) return true;
    const double now = substeps(rows_), next = substeps(rows_ + 1);
    if (row == rows_) return error > std::pow(next / substeps(1), 2);
    return row == rows_ - 1 && !free_ && error > std::pow(next * now / std::pow(substeps(1), 2), 2);
  }

  void accept(int row, bool clipped) {
    free_ = false;
    rate_ *= kForget;
    if (clipped) return;  // says little
    int best;
    if (row == 2) {
      best = after_rejection_ ? 2 : 3;
    } else if (row <= rows_) {
      best = row;
      if (cost(row - 1) < kFac3 * cost(row)) best = row - 1;
      if (cost(row) < kFac4 * cost(row - 1)) best = std::min(row + 1, kMostRows - 1);
    } else {
      best = row - 1;
      if (row > 3 && cost(row - 2) < kFac3 * cost(row - 1)) best = row - 2;
      if (cost(row) < kFac4 * cost(best)) best = std::min(row, kMostRows - 1);
    }
    if (after_rejection_) {
      rows_ = std::min(best, row);
      step_size_ = std::min(step_size_, optimal(rows_));
      after_rejection_ = false;
      return;
    }
    if (best <= row) {
      step_size_ = optimal(best);
    } else {
      // One row more would want the same work for a unit of time.
      const int target = row > 2 && row < rows_ && cost(row) < kFac4 * cost(row - 1) ? best + 1 : best;
      step_size_ = optimal(row) * work(target) / work(row);
    }
    rows_ = best;
  }

  void reject(int row, double tau, double error) {
    after_rejection_ = true;
    if (unstable_) {
      since_unstable_ = 0;
      step_size_ = tau * std::clamp(kUnstable * stable(rows_) / stiffness_, kNonfinite, kUnstable);
      return;
    }
    if (!std::isfinite(error)) {
      step_size_ = kNonfinite * tau;
      return;
    }
    rows_ = std::min({rows_, row, kMostRows - 1});
    if (rows_ > 2 && cost(rows_ - 1) < kFac3 * cost(rows_)) --rows_;
    step_size_ = optimal(rows_);
  }

  double& optimal(int row) { return optimal_[static_cast<std::size_t>(row)]; }
  double& cost(int row) { return cost_[static_cast<std::size_t>(row)]; }

  int start_rows_;
  int rows_ = 2;  // where convergence is expected: one less or more will do
  double step_size_ = 0.0;
  bool free_ = true;  // the first step may converge in any row
  bool after_rejection_ = false;
  double rate_ = 0.0;                            // λ as seen, forgotten with time
  double stiffness_ = 0.0;                       // of the last attempt: τ λ
  bool unstable_ = false;                        // so was it
  std::int64_t since_unstable_ = kOften;         // good steps since one that was
  std::array<double, kMostRows + 1> optimal_{};  // steps that the rows of the last attempt want
  std::array<double, kMostRows + 1> cost_{};     // and gradients for a unit of time with them
  std::array<Terms, kMostRows + 1> terms_;       // from 2
  State<S> even_, odd_, slope_, error_;
  std::array<State<S>, kMostRows + 1> increment_;  // from 1
};

}  // namespace

template <class S>
MadeMethod<S> make_bulirsch_stoer(const MethodOptions& options) {
  return std::make_unique<BulirschStoer<S>>(options);
}

template MadeMethod<float> make_bulirsch_stoer<float>(const MethodOptions&);
template MadeMethod<double> make_bulirsch_stoer<double>(const MethodOptions&);

}  // namespace invar
