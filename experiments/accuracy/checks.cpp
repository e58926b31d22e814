#include "experiments/accuracy/checks.h"

#include <algorithm>

#include "experiments/accuracy/keys.h"
#include "integrators/registry.h"

namespace invar {

bool has_methods(const Configuration& c, UsedBy runs) {
  return runs == UsedBy::all || runs == UsedBy::flows_by_any_method ||
         std::ranges::any_of(keys_of<AccuracyKeys>(c).methods, [&](const std::string& name) {
           return find_method(name).adaptive == (runs == UsedBy::flows);
         });
}

std::string missing_methods(UsedBy runs) {
  return runs == UsedBy::flows ? "is for methods with error control, and --methods has none; leave it out, or add one, "
                                 "for example tsit5"
                               : "is for methods with prescribed steps, and --methods has none; leave it out, or add "
                                 "one, for example rk4";
}

void check_comparison(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  const auto& keys = keys_of<AccuracyKeys>(c);
  const auto single = [&](std::string_view key, std::size_t values) {
    if (checked.judge(key) && values > 1)
      problems.push_back(checked.place(key) + ": " + std::to_string(values) +
                         " values, where the runs of one problem are compared; give one, and run the program for each");
  };
  single("model", c.model.size());
  single("precision", c.precision.size());
  single("start-seeds", c.start_seeds.size());
  if (checked.judge("reference-methods") && keys.reference_methods.size() != 2)
    problems.push_back(checked.place("reference-methods") + ": " + std::to_string(keys.reference_methods.size()) +
                       " given, where two are compared; give two, for example dop853 fehlberg78");
  if (checked.judge("reference-rtol") && keys.reference_rtol < kTightest)
    problems.push_back(checked.place("reference-rtol") + ": '" + exact_text(keys.reference_rtol) +
                       "' is below what numbers resolve; give 1e-15 or more");
}

}  // namespace invar
