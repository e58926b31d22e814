#include "job/step_budget.h"

namespace invar {
namespace {

BudgetOptions budget_options(const Configuration& configuration, Configuration::Precision precision, int most_stages) {
  BudgetOptions options;
  options.arithmetic = configuration.budget == Configuration::Budget::exact ? Arithmetic::exact : Arithmetic::plain;
  options.gradient_unit = 0.5 * product_epsilon(configuration.backend, 0.0);
  options.cast_to_float = precision == Configuration::Precision::mixed;
  options.max_stages = most_stages;
  return options;
}

std::vector<const LawForm*> pointers(const std::vector<LawForm>& forms) {
  std::vector<const LawForm*> result;
  for (const LawForm& form : forms) result.push_back(&form);
  return result;
}

}  // namespace

template <class S>
StepBudget<S>::StepBudget(const std::vector<LawForm>& forms, Index parameters, const Configuration& configuration,
                          Configuration::Precision precision, int most_stages)
    : on_(configuration.budget != Configuration::Budget::off),
      most_stages_(static_cast<std::size_t>(most_stages)),
      budget_(pointers(forms), parameters, budget_options(configuration, precision, most_stages)) {
  stages_.reserve(most_stages_);
}

template <class S>
void StepBudget<S>::step(const StepView<S>& step) {
  if (!on_) return;
  if (step.away) {
    if (budget_.wants_vectors()) step.away->show();
    return budget_.device_step(
        {step.before->data(), step.after->data(), step.stages.front()->data(), static_cast<double>(step.tau)});
  }
  RungeKuttaStep<S> taken;
  taken.tau = static_cast<double>(step.tau);
  taken.before = step.before->data();
  taken.after = step.after->data();
  stages_.clear();
  if (step.stages.size() <= most_stages_) {
    for (const State<S>* stage : step.stages) stages_.push_back(stage->data());
    taken.stages = static_cast<int>(stages_.size());
    taken.k = stages_.data();
    if (step.tableau) {
      taken.b = step.tableau->b.data();
      taken.a = step.tableau->a.data();
    }
  }
  budget_.step(taken);
}

template class StepBudget<float>;
template class StepBudget<double>;

}  // namespace invar
