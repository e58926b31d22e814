#include "integrators/stop.h"

#include <algorithm>
#include <cmath>

#include "integrators/method.h"

namespace invar {
namespace {

constexpr double kCoarse = 1e-2, kClose = 1e-5;

// In [−1, 1] for what is not negative, and smooth where either is 0.
double relative(double above, double below) {
  const double size = std::abs(above) + std::abs(below);
  const double margin = size > 0.0 ? (above - below) / size : 0.0;
  return std::isnan(margin) ? 1.0 : margin;
}

double sharpest(const StopAt& at, const StopValues& values) {
  return at.own_step ? std::min(at.sharpness, 2.0 / values.step_size) : at.sharpness;
}

}  // namespace

double stop_margin(const StopAt& at, const StopValues& values) {
  double margin = 1.0;
  if (std::isfinite(at.loss)) margin = std::min(margin, relative(values.loss, at.loss));
  if (std::isfinite(at.gradient_norm)) margin = std::min(margin, relative(values.gradient_norm, at.gradient_norm));
  if (at.asks_sharpness()) margin = std::min(margin, relative(sharpest(at, values), values.sharpness));
  return margin;
}

std::string stop_text(const StopAt& at, const StopValues& values) {
  std::string text;
  const auto add = [&text](const char* what, double value, const char* relation, double threshold) {
    if (!text.empty()) text += ", ";
    text += what + number_text(value) + relation + number_text(threshold);
  };
  if (values.loss <= at.loss) add("the loss ", values.loss, " is at or below ", at.loss);
  if (values.gradient_norm <= at.gradient_norm)
    add("the gradient's norm ", values.gradient_norm, " is at or below ", at.gradient_norm);
  if (const double threshold = sharpest(at, values); at.asks_sharpness() && values.sharpness >= threshold) {
    add("the sharpness ", values.sharpness, " is at or above ", threshold);
    text += " = 2 / " + number_text(2.0 / threshold);
  }
  return text;
}

template <class S>
void StopWatch<S>::start(Eigen::Index size) {
  if (!on()) return;
  derivative_.resize(size);
  if (at_.asks_sharpness()) probe_.start(size);
}

template <class S>
StopValues StopWatch<S>::look(VectorField<S>& field, const State<S>& theta, double t, const State<S>* derivative,
                              double step_size, bool closely) {
  if (derivative == nullptr || (std::isfinite(at_.loss) && !field.cost_is_of(*derivative))) {
    field.evaluate(theta, t, derivative_);
    derivative = &derivative_;
  }
  StopValues values;
  values.loss = field.cost();
  values.gradient_norm = static_cast<double>(derivative->norm());
  values.step_size = step_size;
  if (at_.asks_sharpness()) {
    // What difference quotients in S resolve.
    const double finest = 10.0 * std::sqrt(static_cast<double>(std::numeric_limits<S>::epsilon()));
    if (probe_.measure(field, theta, t, *derivative, closely ? std::max(kClose, finest) : kCoarse, 0))
      values.sharpness = probe_.last().largest;
  }
  return values;
}

template class StopWatch<float>;
template class StopWatch<double>;

}  // namespace invar
