// The constants are those of DOPRI5 (Hairer & Wanner) but for the exponents of the PI law.
#include "integrators/step_control.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "error.h"

namespace invar {
namespace {

constexpr double kSafety = 0.9;
constexpr double kShrinkMost = 0.2;
constexpr double kGrowMost = 5.0;
constexpr double kNonfinite = 0.1;
// A remembered error below this would make the next step jump; DOPRI5 has the same floor.
constexpr double kSmallestMemory = 1e-4;

}  // namespace

std::string_view to_string(ControlKind kind) {
  switch (kind) {
    case ControlKind::i:
      return "i";
    case ControlKind::pi:
      return "pi";
    case ControlKind::pid:
      return "pid";
    case ControlKind::predictive:
      return "predictive";
  }
  return "unknown";
}

ControlKind parse_control(std::string_view text) {
  for (const ControlKind kind : {ControlKind::i, ControlKind::pi, ControlKind::pid, ControlKind::predictive}) {
    if (text == to_string(kind)) return kind;
  }
  throw InputError("step control \"" + std::string(text) + "\" is unknown: use i, pi, pid or predictive");
}

double shortest_step(double t, double t_limit) {
  constexpr double kRoundings = 16.0;
  return kRoundings * std::numeric_limits<double>::epsilon() * std::max(std::abs(t), std::min(std::abs(t_limit), 1.0));
}

StepControl::StepControl(int order, ControlKind kind, PiGains gains) : order_(order), kind_(kind), gains_(gains) {}

void StepControl::forget() {
  previous_error_ = error_before_previous_ = 1.0;
  previous_step_ = 0.0;
}

void StepControl::reset(double step) {
  step_ = step;
  forget();
  after_rejection_ = false;
}

// φ above for an error that is not 0.
double StepControl::factor(double tried, double error) const {
  switch (kind_) {
    case ControlKind::i:
      break;
    case ControlKind::pi:
      return std::pow(error, -gains_.alpha / order_) * std::pow(previous_error_, gains_.beta / order_);
    case ControlKind::pid: {
      constexpr double kI = 0.25, kP = 0.14, kD = 0.10;
      return std::pow(error, -(kI + kP + kD) / order_) * std::pow(previous_error_, (kP + 2.0 * kD) / order_) *
             std::pow(error_before_previous_, -kD / order_);
    }
    case ControlKind::predictive: {
      const double elementary = std::pow(error, -1.0 / order_);
      if (previous_step_ == 0.0) return elementary;
      const double predicted = tried / previous_step_ * std::pow(previous_error_ / error, 1.0 / order_) * elementary;
      return std::min(elementary, predicted);
    }
  }
  return std::pow(error, -1.0 / order_);
}

void StepControl::accept(double tried, double error, bool clipped) {
  double growth = error > 0.0 ? std::clamp(kSafety * factor(tried, error), kShrinkMost, kGrowMost) : kGrowMost;
  if (after_rejection_) growth = std::min(growth, 1.0);
  step_ = clipped ? std::max(step_, tried * growth) : tried * growth;
  if (!clipped) {
    error_before_previous_ = previous_error_;
    previous_error_ = std::max(error, kSmallestMemory);
    previous_step_ = tried;
  }
  after_rejection_ = false;
}

void StepControl::reject(double tried, double error) {
  if (std::isfinite(error)) {
    step_ = tried * std::clamp(kSafety * std::pow(error, -1.0 / order_), kShrinkMost, kSafety);
  } else {
    step_ = tried * kNonfinite;
    forget();
  }
  after_rejection_ = true;
}

void StepControl::halve(double tried) {
  step_ = 0.5 * tried;
  after_rejection_ = true;
}

void StepControl::archive(Archive& archive) {
  archive("step", step_);
  archive("previous_error", previous_error_);
  archive("error_before_previous", error_before_previous_);
  archive("previous_step", previous_step_);
}

template <class S>
double first_step(VectorField<S>& field, const State<S>& theta, double t, const State<S>& derivative,
                  const ErrorNorm& norm, int order, double longest, State<S>& trial, State<S>& trial_derivative) {
  constexpr double kTiny = 1e-5;
  const double d0 = norm(theta, theta, theta);
  const double d1 = norm(derivative, theta, theta);
  double h0 = d0 < kTiny || d1 < kTiny ? 1e-6 : 0.01 * d0 / d1;
  // Tolerances next to nothing make both norms infinite.
  h0 = std::isfinite(h0) ? std::min(h0, longest) : std::min(1e-6, longest);
  // An Euler step out of the field's domain says only that the step is too long.
  constexpr int kMostShrinks = 10;
  for (int shrinks = 0; shrinks < kMostShrinks; ++shrinks) {
    trial = theta + static_cast<S>(h0) * derivative;
    field.evaluate(trial, t + h0, trial_derivative);
    trial_derivative -= derivative;
    const double d2 = norm(trial_derivative, theta, theta) / h0;
    if (std::isfinite(d2)) {
      const double curvature = std::max(d1, d2);
      const double h1 = curvature <= 1e-15 ? std::max(1e-6, 1e-3 * h0) : std::pow(0.01 / curvature, 1.0 / order);
      return std::min({100.0 * h0, h1, longest});
    }
    h0 *= kNonfinite;
  }
  return h0;
}

template double first_step(VectorField<float>&, const State<float>&, double, const State<float>&, const ErrorNorm&, int,
                           double, State<float>&, State<float>&);
template double first_step(VectorField<double>&, const State<double>&, double, const State<double>&, const ErrorNorm&,
                           int, double, State<double>&, State<double>&);

}  // namespace invar
