#include "integrators/stiffness.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "integrators/linear_combination.h"

namespace invar {
namespace {

constexpr int kMostStages = 16;

// R(z) = 1 + z bᵀ (1 + z A (1 + z A …)): the stages of θ' = λθ one by one.
double stability_function(const Tableau& tableau, double z) {
  const auto s = static_cast<std::size_t>(tableau.stages);
  std::array<double, kMostStages> stage;
  double result = 1.0;
  for (std::size_t i = 0; i < s; ++i) {
    stage[i] = 1.0;
    for (std::size_t j = 0; j < i; ++j) stage[i] += z * tableau.a[i * s + j] * stage[j];
    result += z * tableau.b[i] * stage[i];
  }
  return result;
}

// The last stage at the end of the step that is not θ' itself; −1 without one.
int stage_at_end(const Tableau& tableau) {
  const auto s = static_cast<std::size_t>(tableau.stages);
  for (std::size_t i = s; i-- > 1;) {
    if (std::abs(tableau.c[i] - 1.0) > 1e-6) continue;
    double difference = 0.0;
    for (std::size_t j = 0; j < s; ++j) difference += std::abs(tableau.a[i * s + j] - tableau.b[j]);
    if (difference > 1e-6) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace

double real_stability(const Tableau& tableau) {
  constexpr double step = 1.0 / 256.0, farthest = 1000.0;
  double x = 0.0;
  while (x < farthest && std::abs(stability_function(tableau, -(x + step))) <= 1.0) x += step;
  return x;
}

template <class S>
void StiffnessWatch<S>::start(Eigen::Index size) {
  distance_.resize(size);
  tableau_ = nullptr;
  stage_ = -1;
  last_ = {};
  steps_ = 0;
  in_a_row_ = 0;
}

template <class S>
const Stiffness* StiffnessWatch<S>::see(const StepView<S>& step) {
  // A method that measures the curvature takes its number of stages from it.
  if (step.derivative == nullptr || step.curvature != nullptr) return nullptr;
  if (step.tableau == nullptr) return known();
  if (step.tableau->stages > kMostStages) return nullptr;
  if (step.tableau != tableau_) {
    tableau_ = step.tableau;
    stage_ = stage_at_end(*tableau_);
    if (stage_ >= 0) last_.interval = real_stability(*tableau_);
  }
  if (stage_ < 0) return nullptr;
  if (++steps_ % every_ != 0) return known();
  const auto s = static_cast<std::size_t>(tableau_->stages), row = static_cast<std::size_t>(stage_) * s;
  std::array<Term<S>, kMostStages> terms;
  std::size_t count = 0;
  for (std::size_t j = 0; j < s; ++j)
    if (const double factor = tableau_->b[j] - tableau_->a[row + j]; factor != 0.0)
      terms[count++] = {static_cast<S>(factor), step.stages[j]};
  combine<S>(nullptr, step.tau, std::span<const Term<S>>(terms.data(), count), distance_);
  const double change = static_cast<double>((*step.derivative - *step.stages[static_cast<std::size_t>(stage_)]).norm());
  const double distance = static_cast<double>(distance_.norm());
  if (!(distance > 0.0) || !std::isfinite(change)) return known();
  const double radius = change / distance, tau = static_cast<double>(step.tau);
  note(tau, radius, last_.interval, tau * radius > kNear * last_.interval);
  return known();
}

template <class S>
void StiffnessWatch<S>::note(double tau, double radius, double interval, bool near) {
  last_.radius = radius;
  last_.interval = interval;
  last_.share = tau * radius / interval;
  last_.near = near;
  in_a_row_ = near ? in_a_row_ + 1 : 0;
  last_.limits = in_a_row_ >= patience_;
}

// The tableau is the method's: the first step to come brings it, and with it the stage and the interval.
template <class S>
void StiffnessWatch<S>::archive(Archive& archive) {
  archive("radius", last_.radius);
  archive("share", last_.share);
  archive("near", last_.near);
  archive("limits", last_.limits);
  archive("steps", steps_);
  archive("in_a_row", in_a_row_);
}

template class StiffnessWatch<float>;
template class StiffnessWatch<double>;

}  // namespace invar
