#include "experiments/accuracy/run.h"

#include "job/execute.h"
#include "job/law_range.h"
#include "job/signals.h"
#include "job/step_budget.h"
#include "law/general_law.h"
#include "problem/gradient_field.h"
#include "problem/law_level_set.h"

namespace invar {
namespace {

template <class S>
class Watch : public Observer<S> {
 public:
  Watch(const VectorField<S>& field, ProgressLine::Run& progress) : field_(field), progress_(progress) {}
  void on_step(const StepView<S>& step) override {
    progress_.update(step.t_after, field_.cost(), static_cast<double>(step.tau), field_.gradients());
  }
  bool stop_requested() override { return interrupted(); }

 private:
  const VectorField<S>& field_;
  ProgressLine::Run& progress_;
};

/// Watches the laws too: every step goes into the budget, values are taken at the two rows, the start and the end.
template <class S>
class LawWatch final : public Watch<S> {
 public:
  LawWatch(const AccuracySetup& setup, Configuration::Precision precision, const VectorField<S>& field,
           ProgressLine::Run& progress)
      : Watch<S>(field, progress),
        problem_(setup.problem),
        budget_(problem_.forms, problem_.block.parameters.size(), *setup.configuration, precision) {
    for (const Law& law : problem_.general) {
      general_.emplace_back(problem_.block, law);
      general_start_.emplace_back(static_cast<std::size_t>(general_.back().components()));
    }
  }

  void on_step(const StepView<S>& step) override {
    budget_.step(step);
    Watch<S>::on_step(step);
  }

  void on_row(const RowView<S>& row) override {
    const State<double> theta = row.theta->template cast<double>();
    if (row.row == 0) {
      budget_.start(*row.theta);
      for (std::size_t g = 0; g < general_.size(); ++g) general_[g].value(theta.data(), general_start_[g].data());
      return;
    }
    const BudgetRow& end = budget_.record(*row.theta);
    laws_.clear();
    for (std::size_t f = 0; f < problem_.forms.size(); ++f) laws_.push_back(of_form(f, end));
    for (std::size_t g = 0; g < general_.size(); ++g) {
      std::vector<double> values(general_start_[g].size());
      general_[g].value(theta.data(), values.data());
      laws_.emplace_back().drift = distance(values, general_start_[g], {.components = values.size()});
    }
  }

  std::vector<LawDrift> take_laws() { return std::move(laws_); }

 private:
  LawDrift of_form(std::size_t number, const BudgetRow& end) const {
    const LawForm& form = problem_.forms[number];
    const LawRange range = form_range(problem_, number);
    const auto norm = [&](const std::vector<double>& part) { return weighted_norm(form, part, range.component); };
    const auto of_groups = [&](const std::vector<double>& groups) {
      return root_of_squares(groups, range.group, range.groups);
    };
    LawDrift law;
    law.drift = of_groups(end.group_drift);
    if (const double magnitude = of_groups(end.group_magnitude); magnitude > 0.0)
      law.relative_drift = law.drift / magnitude;
    if (!budget_.on()) return law;
    law.step_part = norm(end.step_part);
    law.gradient_part = norm(end.gradient_part);
    law.update_part = norm(end.update_part);
    law.cast_part = norm(end.cast_part);
    law.closure = norm(end.closure);
    law.bound = of_groups(end.group_bound);
    law.bound_ratio = bound_ratio(end, range);
    return law;
  }

  const Problem& problem_;
  StepBudget<S> budget_;
  std::vector<GeneralLaw> general_;
  std::vector<std::vector<double>> general_start_;
  std::vector<LawDrift> laws_;
};

template <class S, class G>
Integration integrate_in(const AccuracySetup& setup, const AccuracyRun& run, Purpose purpose, const Limits& limits,
                         ProgressLine::Run& progress) {
  const Problem& problem = setup.problem;
  Objective<G> objective(problem.plans, problem.samples, 0, 1, setup.configuration->backend);
  GradientField<S, G> field(objective);
  MethodOptions options = usual_options(*setup.configuration, problem);
  options.rtol = run.tolerances.rtol;
  options.atol = run.tolerances.atol;
  const bool with_laws = purpose == Purpose::laws,
             projected = purpose != Purpose::reference && setup.configuration->projection;
  options.keep_stages =
      with_laws && StepBudget<S>::keeps_stages(setup.configuration->budget, problem.block.parameters.size());
  if (run.schedule) options.schedule = &*run.schedule;
  MadeMethod<S> method = run.method->make<S>(options);
  LawLevelSet<S> laws(problem.forms, problem.block.parameters.size());
  if (projected) method = std::make_unique<Projected<S>>(std::move(method), laws);
  State<S> theta =
      Eigen::Map<const State<double>>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()))
          .template cast<S>();
  Integration result;
  if (with_laws) {
    LawWatch<S> watch(setup, setup.unit.precision, field, progress);
    result.summary = invar::run<S>(*method, field, theta, run.plan, limits, watch);
    result.laws = watch.take_laws();
  } else {
    Watch<S> watch(field, progress);
    result.summary = invar::run<S>(*method, field, theta, run.plan, limits, watch);
  }
  result.end = theta.template cast<double>();
  return result;
}

}  // namespace

Integration integrate(const AccuracySetup& setup, const AccuracyRun& run, Purpose purpose, const Limits& limits,
                      ProgressLine::Run& progress) {
  switch (purpose == Purpose::reference ? Configuration::Precision::in_double : setup.unit.precision) {
    case Configuration::Precision::in_float:
      return integrate_in<float, float>(setup, run, purpose, limits, progress);
    case Configuration::Precision::mixed:
      return integrate_in<double, float>(setup, run, purpose, limits, progress);
    case Configuration::Precision::in_double:
      break;
  }
  return integrate_in<double, double>(setup, run, purpose, limits, progress);
}

}  // namespace invar
