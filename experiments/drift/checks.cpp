#include "experiments/drift/checks.h"

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

}  // namespace invar
