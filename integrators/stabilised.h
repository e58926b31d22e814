// Stabilised explicit Runge–Kutta methods as a Method: their stability interval on the negative real axis grows as the
// square of their stages, which suits gradient flows, whose Jacobian −∇²C is symmetric. Internal to the files that name
// a scheme. Here: how many stages a step needs, from the curvature; control of the step; F(θ') as the next step's first
// stage. A scheme gives the rest:
//   kErrorOrder               k: its error estimate is of size τ^k
//   kLeastStages, kMostStages
//   kRounding                 roundings of θ in a step, for each stage
//   kMoreStages               of the tableau than s
//   interval(s)                   stable for the eigenvalues λ of J with −interval(s) ≤ τ λ ≤ 0
//   start(n, most)                room for states of n numbers and for `most` stages
//   attempt(field, t, tau, s, before, first, stages, after)
//                                 θ' from θ and F(θ) by s − 1 + kMoreStages further evaluations
//   estimate(tau, before, after, first, last)
//                                 of the error of the step just tried, where F(θ') is `last`
//   tableau()                     of that step
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "integrators/adaptive_method.h"
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
class Stabilised final : public AdaptiveMethod<S> {
  using Attempt = typename AdaptiveMethod<S>::Attempt;
  // The curvature is measured again when the steps since have cost this many times as much. RKC's rule, every 25 steps
  // (Sommeijer, Shampine & Verwer 1998), comes too late where a network's sharpness grows: steps turn unstable, and are
  // rejected or leave errors behind.
  static constexpr std::int64_t kCurvatureShare = 20;
  static constexpr double kCurvatureTolerance = 0.05;
  static constexpr double kCurvatureMargin = 1.05;

 public:
  explicit Stabilised(const MethodOptions& options)
      : AdaptiveMethod<S>(options),
        most_stages_(most_stages(options)),
        control_(Scheme<S>::kErrorOrder, options.control),
        store_(options.keep_stages) {
    this->curvature_ = &probe_.last();
  }

  void archive(Archive& archive) override {
    AdaptiveMethod<S>::archive(archive);
    archive("control", control_);
    archive("curvature", probe_);
    archive("radius", radius_);
    archive("spent", spent_);
  }

 private:
  /// The bound that rounding errors set to the stages: they stay below a twentieth of the relative tolerance.
  static int most_stages(const MethodOptions& options) {
    const double unit = static_cast<double>(std::numeric_limits<S>::epsilon()) * Scheme<S>::kRounding;
    return static_cast<int>(
        std::clamp<double>(options.rtol / (20.0 * unit), Scheme<S>::kLeastStages, Scheme<S>::kMostStages));
  }

  void prepare(Eigen::Index size) override {
    scheme_.start(size, most_stages_);
    store_.start(size);
    probe_.start(size);
    radius_ = 0.0;
    fresh_ = false;
  }

  void choose_first_step(const State<S>& theta, double t, double longest) override {
    control_.reset(this->first_step_size(theta, t, longest, Scheme<S>::kErrorOrder));
    measure_curvature(t, theta, this->last_);
  }

  double working_step() const override {
    const double step = control_.step();
    return radius_ > 0.0 ? std::min(step, Scheme<S>::interval(most_stages_) / radius_) : step;
  }

  void begin_step(const State<S>& theta, double t) override {
    if (spent_ >= kCurvatureShare * probe_.last().products) measure_curvature(t, theta, this->last_);
  }

  void attempt(State<S>& after, Attempt& attempt) override {
    const auto tau = static_cast<double>(attempt.tau);
    attempt.error = error_of(after, attempt);
    if (attempt.error <= 1.0) {
      control_.accept(tau, attempt.error, attempt.clipped);
      fresh_ = false;
      if (store_.keeps()) {
        this->tableau_ = &scheme_.tableau();
        this->stages_ = {kept_.data(), kept_.size()};
      }
    } else {
      control_.reject(tau, attempt.error);
      if (!fresh_) measure_curvature(attempt.t, this->before_, this->first_);  // it may have grown since
    }
  }

  void measure_curvature(double t, const State<S>& theta, const State<S>& derivative) {
    if (probe_.measure(this->field(), theta, t, derivative, kCurvatureTolerance, this->counters_.accepted)) {
      // Growing modes too: a polynomial of many stages is no exponential far to the right either.
      const Curvature& found = probe_.last();
      radius_ = kCurvatureMargin * std::max(found.largest + found.residual_largest, -found.smallest);
    }
    spent_ = 0;
    fresh_ = true;
  }

  /// One try: θ' into `after`, F(θ') into last_. The size of its error in units of the tolerance.
  double error_of(State<S>& after, const Attempt& attempt) {
    const double needed = static_cast<double>(attempt.tau) * radius_;
    int s = static_cast<int>(std::min<double>(most_stages_, Scheme<S>::stages(needed)));
    s = std::max(s, Scheme<S>::kLeastStages);
    while (s < most_stages_ && Scheme<S>::interval(s) < needed) ++s;
    const int evaluations = s + Scheme<S>::kMoreStages;
    spent_ += evaluations;
    store_.reserve(evaluations);
    scheme_.attempt(this->field(), attempt.t, attempt.tau, s, this->before_, this->first_, store_, after);
    if (store_.keeps()) {
      kept_.assign(1, &this->first_);
      for (int i = 1; i < evaluations; ++i) kept_.push_back(&store_(i));
    }
    // The next step begins with F(θ'): a θ' at which it is not finite is no place to go to.
    this->field().evaluate(after, attempt.t + static_cast<double>(attempt.tau), this->last_);
    if (!this->last_.allFinite()) return std::numeric_limits<double>::infinity();
    return this->norm_(scheme_.estimate(attempt.tau, this->before_, after, this->first_, this->last_), this->before_,
                       after);
  }

  int most_stages_;
  Scheme<S> scheme_;
  StepControl control_;
  CurvatureProbe<S> probe_;
  double radius_ = 0.0;     // |λ| for which the steps must be stable
  std::int64_t spent_ = 0;  // gradients since it was measured
  bool fresh_ = false;      // no step accepted since
  StageStore<S> store_;
  std::vector<const State<S>*> kept_;
};

}  // namespace invar::stabilised
