#include "experiments/drift/checks.h"

#include <cmath>

#include "experiments/drift/keys.h"

namespace invar {

void check_own_limit(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  const auto& stop = keys_of<DriftKeys>(c).stop_sharpness;
  if (!checked.judge("method") || !checked.judge("stop-sharpness")) return;
  if (stop && stop->own && !has_runs(c, UsedBy::descents))
    problems.push_back(checked.place("stop-sharpness") +
                       ": 'own' is the step size of gd or sgd, and --method has none; "
                       "give a step size, for example 0.1, or add gd to --method");
}

void check_endless(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  if (!c.time || !std::isinf(*c.time) || !checked.judge("method")) return;
  const DriftKeys& keys = keys_of<DriftKeys>(c);
  const bool of_all = keys.stop_loss || keys.stop_gradient_norm || (keys.stop_sharpness && !keys.stop_sharpness->own);
  const bool of_descents = of_all || keys.stop_sharpness;
  if (!(has_runs(c, UsedBy::flows) ? of_all : of_descents))
    problems.push_back(checked.place("time") + ": 'inf' needs a condition that ends " +
                       (of_descents ? "flows too: stop-sharpness 'own' is one of gd and sgd; " : "every run; ") +
                       "give --stop-loss, --stop-gradient-norm or --stop-sharpness TAU, or a finite time");
  if (!has_runs(c, UsedBy::descents) || !checked.judge("schedule")) return;
  for (const ScheduleRule& schedule : c.schedule)
    if (schedule.kind == ScheduleRule::Kind::linear)
      problems.push_back(checked.place("schedule") + ": '" + to_string(schedule) +
                         "' decays up to the time T, and --time is inf; give --schedule constant, or a finite time");
}

}  // namespace invar
