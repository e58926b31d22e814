// Stabilised explicit Runge–Kutta methods as a Method: their stability interval on the negative real axis grows as the
// square of their stages, which suits gradient flows, whose Jacobian −∇²C is symmetric. Internal to the files that name
// a scheme. Here: how many stages a step needs, from the curvature; control of the step; F(θ') as the next step's first
// stage. A scheme gives the rest:
//   kErrorOrder               k: its error estimate is of size τ^k
//   kLeastStages, kMostStages
//   kRounding                     roundings of θ in a step, for each stage
//   interval(s)                   stable for the eigenvalues λ of J with −interval(s) ≤ τ λ ≤ 0
//   start(n, most)                room for states of n numbers and for `most` stages
//   attempt(field, t, tau, s, before, first, stages, after)
//                                 θ' from θ and F(θ) by s − 1 further evaluations
//   estimate(tau, before, after, first, last)
//                                 of the error of the step just tried, where F(θ') is `last`
//   tableau()                     of that step
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "integrators/curvature.h"
#include "integrators/registry.h"
#include "integrators/step_control.h"

namespace invar::stabilised {

/// Where the stages k_2 … k_s of a step go: all into one vector, or into one for each where they are to be kept.
template <class S>
class StageStore {
 public:
  explicit StageStore(bool keep) : keep_(keep) {}

  void start(Eigen::Index size) {
    size_ = size;
    if (vectors_.empty()) vectors_.resize(1);
    for (State<S>& vector : vectors_) vector.resize(size);
  }
  /// Room for the stages of an s-stage step.
  void reserve(int s) {
    while (keep_ && vectors_.size() < static_cast<std::size_t>(s)) vectors_.emplace_back(size_);
  }
  /// `stage`: from 1; 0 is F(θ).
  State<S>& operator()(int stage) { return vectors_[keep_ ? static_cast<std::size_t>(stage) : 0]; }
  bool keeps() const { return keep_; }

 private:
  bool keep_;
  Eigen::Index size_ = 0;
  std::vector<State<S>> vectors_;
};

template <template <class> class Scheme, class S>
class Stabilised final : public Method<S> {
  // As in odeint_pair.h.
  static constexpr double kShortestStep = 16.0;
  static constexpr double kStretch = 1.01;
  // The curvature is measured again when the steps since have cost this many times as much. RKC's rule, every 25 steps
  // (Sommeijer, Shampine & Verwer 1998), comes too late where a network's sharpness grows: steps turn unstable, and are
  // rejected or leave errors behind.
  static constexpr std::int64_t kCurvatureShare = 20;
  static constexpr double kCurvatureTolerance = 0.05;
  static constexpr double kCurvatureMargin = 1.05;

 public:
  explicit Stabilised(const MethodOptions& options)
      : most_stages_(most_stages(options)),
        norm_(options.norm, options.rtol, options.atol, options.tensor_begin),
        control_(Scheme<S>::kErrorOrder, options.control),
        first_step_(options.first_step),
        stages_(options.keep_stages) {}

  void start(VectorField<S>& field, const State<S>& theta, double) override {
    field_ = &field;
    for (State<S>* buffer : {&before_, &first_, &last_}) buffer->resize(theta.size());
    scheme_.start(theta.size(), most_stages_);
    stages_.start(theta.size());
    probe_.start(theta.size());
    started_ = false;
    this->step_ = {};
    this->counters_ = {};
  }

  Advance advance(State<S>& theta, double& t, double t_limit) override {
    if (!started_) {
      field_->evaluate(theta, t, last_);
      if (!last_.allFinite()) return Advance::failed(End::diverged, "the vector field is not finite at the start");
      control_.reset(first_step_ > 0.0 ? first_step_
                                       : invar::first_step(*field_, theta, t, last_, norm_, Scheme<S>::kErrorOrder,
                                                           t_limit - t, before_, first_));
      radius_ = 0.0;
      measure_curvature(t, theta, last_);
      started_ = true;
    }
    before_ = theta;
    first_.swap(last_);  // F(θ), known from the step before
    const StepCounters at_entry = this->counters_;
    if (spent_ >= kCurvatureShare * probe_.last().products) measure_curvature(t, before_, first_);
    for (;;) {
      const double remaining = t_limit - t;
      double wanted = control_.step();
      if (radius_ > 0.0) wanted = std::min(wanted, scheme_.interval(most_stages_) / radius_);
      const bool reaches = kStretch * wanted >= remaining;
      const S tau = static_cast<S>(reaches ? remaining : wanted);
      if (!(wanted >=
            kShortestStep * std::numeric_limits<double>::epsilon() * std::max(std::abs(t), std::abs(t_limit)))) {
        theta = before_;
        first_.swap(last_);
        return Advance::failed(End::stalled, stalled_text(wanted, at_entry));
      }
      const double error = attempt(t, tau, theta);
      if (error <= 1.0) {
        control_.accept(static_cast<double>(tau), error, reaches && wanted > remaining);
        fresh_ = false;
        const double t_after = reaches ? t_limit : t + static_cast<double>(tau);
        this->step_ = {this->counters_.accepted, t, t_after, tau, &before_, &theta, nullptr, {}, nullptr};
        this->step_.curvature = &probe_.last();
        if (stages_.keeps()) {
          this->step_.tableau = &scheme_.tableau();
          this->step_.stages = {kept_.data(), kept_.size()};
        }
        ++this->counters_.accepted;
        t = t_after;
        return {};
      }
      control_.reject(static_cast<double>(tau), error);
      if (!fresh_) measure_curvature(t, before_, first_);  // it may have grown since
      ++this->counters_.rejected;
      if (!std::isfinite(error)) ++this->counters_.rejected_nonfinite;
    }
  }

 private:
  /// The bound that rounding errors set to the stages: they stay below a twentieth of the relative tolerance.
  static int most_stages(const MethodOptions& options) {
    const double unit = static_cast<double>(std::numeric_limits<S>::epsilon()) * Scheme<S>::kRounding;
    return static_cast<int>(
        std::clamp<double>(options.rtol / (20.0 * unit), Scheme<S>::kLeastStages, Scheme<S>::kMostStages));
  }

  void measure_curvature(double t, const State<S>& theta, const State<S>& derivative) {
    if (probe_.measure(*field_, theta, t, derivative, kCurvatureTolerance, this->counters_.accepted)) {
      // Growing modes too: a polynomial of many stages is no exponential far to the right either.
      const Curvature& found = probe_.last();
      radius_ = kCurvatureMargin * std::max(found.largest + found.residual_largest, -found.smallest);
    }
    spent_ = 0;
    fresh_ = true;
  }

  /// One try: θ' into `after`, F(θ') into last_. The size of its error in units of the tolerance.
  double attempt(double t, S tau, State<S>& after) {
    const double needed = static_cast<double>(tau) * radius_;
    int s = static_cast<int>(std::min<double>(most_stages_, Scheme<S>::stages(needed)));
    s = std::max(s, Scheme<S>::kLeastStages);
    while (s < most_stages_ && scheme_.interval(s) < needed) ++s;
    spent_ += s;
    stages_.reserve(s);
    scheme_.attempt(*field_, t, tau, s, before_, first_, stages_, after);
    if (stages_.keeps()) {
      kept_.assign(1, &first_);
      for (int i = 1; i < s; ++i) kept_.push_back(&stages_(i));
    }
    // The next step begins with F(θ'): a θ' at which it is not finite is no place to go to.
    field_->evaluate(after, t + static_cast<double>(tau), last_);
    if (!last_.allFinite()) return std::numeric_limits<double>::infinity();
    return norm_(scheme_.estimate(tau, before_, after, first_, last_), before_, after);
  }

  std::string stalled_text(double wanted, const StepCounters& at_entry) const {
    const auto rejected = this->counters_.rejected - at_entry.rejected;
    const auto nonfinite = this->counters_.rejected_nonfinite - at_entry.rejected_nonfinite;
    std::string text =
        "the step fell to " + number_text(wanted) + " after " + std::to_string(rejected) + " rejected attempts";
    if (nonfinite > 0) {
      return text + ", " + std::to_string(nonfinite) +
             " of them not finite: the vector field has no finite values here";
    }
    return text + ": the vector field jumps or grows without bound here, or the tolerance is below its rounding";
  }

  int most_stages_;
  Scheme<S> scheme_;
  ErrorNorm norm_;
  StepControl control_;
  double first_step_;
  VectorField<S>* field_ = nullptr;
  CurvatureProbe<S> probe_;
  double radius_ = 0.0;     // |λ| for which the steps must be stable
  std::int64_t spent_ = 0;  // gradients since it was measured
  bool fresh_ = false;      // no step accepted since
  State<S> before_;
  State<S> first_;  // F(θ)
  State<S> last_;   // F(θ')
  StageStore<S> stages_;
  std::vector<const State<S>*> kept_;
  bool started_ = false;
};

}  // namespace invar::stabilised
