// Flows that keep the laws of real blocks to rounding: by projection after each step, and by Gauss methods; with drift
// budgets that close.
#include <catch2/catch.hpp>
#include <cmath>

#include "integrators/loop.h"
#include "integrators/registry.h"
#include "law/budget.h"
#include "problem/gradient_field.h"
#include "problem/law_level_set.h"
#include "tests/experiments/small_job.h"

using namespace invar;
using namespace invar::testing;

namespace {

template <class S>
class Budgeted final : public Observer<S> {
 public:
  Budgeted(const std::vector<const LawForm*>& forms, Index parameters)
      : budget_(forms, parameters, {.max_stages = 16}) {}

  void on_step(const StepView<S>& step) override {
    ++steps;
    stages_.clear();
    for (const State<S>* stage : step.stages) stages_.push_back(stage->data());
    budget_.step({.tau = static_cast<double>(step.tau),
                  .a = step.tableau ? step.tableau->a.data() : nullptr,
                  .b = step.tableau ? step.tableau->b.data() : nullptr,
                  .stages = static_cast<int>(stages_.size()),
                  .k = stages_.data(),
                  .before = step.before->data(),
                  .after = step.after->data()});
  }
  void on_row(const RowView<S>& row) override {
    if (row.row == 0) budget_.start(row.theta->data());
    last = budget_.record(row.theta->data());
  }

  BudgetRow last;
  std::int64_t steps = 0;

 private:
  Budget<S> budget_;
  std::vector<const S*> stages_;
};

struct Flow {
  BudgetRow row;
  std::int64_t steps = 0;
};

template <class S>
Flow flow(const Problem& problem, std::string_view name, double rtol, bool projected) {
  std::vector<const LawForm*> laws;
  for (const LawForm& form : problem.forms)
    if (form.kind == LawKind::law) laws.push_back(&form);
  MethodOptions options;
  options.rtol = options.atol = rtol;
  LawLevelSet<S> set(problem.forms, problem.block.parameters.size());
  MadeMethod<S> method = find_method(name).make<S>(options);
  if (projected) method = std::make_unique<Projected<S>>(std::move(method), set);
  Objective<S> objective(problem.plans, problem.samples);
  GradientField<S> field(objective);
  Budgeted<S> budget(laws, problem.block.parameters.size());
  State<S> theta =
      Eigen::Map<const Eigen::VectorXd>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()))
          .template cast<S>();
  const Summary summary = run<S>(*method, field, theta, plan_flow(20.0, 4), Limits{}, budget);
  INFO(summary.text);
  REQUIRE(summary.end == End::completed);
  const BudgetRow& row = budget.last;
  for (std::size_t c = 0; c < row.closure.size(); ++c) CHECK(std::abs(row.closure[c]) <= row.closure_tolerance[c]);
  return {row, budget.steps};
}

double largest(const std::vector<double>& values) {
  double result = 0.0;
  for (const double value : values) result = std::max(result, std::abs(value));
  return result;
}

std::vector<SmallModel> blocks_with_laws() {
  std::vector<SmallModel> result;
  for (const SmallModel& model : small_models())
    if (model.name == "swiglu" || model.name.starts_with("attention") || model.name == "moe") result.push_back(model);
  return result;
}

}  // namespace

TEST_CASE("projected flows keep all laws of real blocks to rounding, and their budgets close") {
  for (const SmallModel& model : blocks_with_laws()) {
    CAPTURE(model.name);
    const Problem problem = problem_of(small_configuration(model, Loss::squared));
    CHECK(largest(flow<double>(problem, "dopri5", 1e-6, false).row.relative_drift) > 1e-9);
    CHECK(largest(flow<double>(problem, "dopri5", 1e-6, true).row.relative_drift) < 1e-14);
    CHECK(largest(flow<float>(problem, "dopri5", 1e-4, true).row.relative_drift) < 1e-5);
  }
}

TEST_CASE("Gauss methods keep all laws of real blocks to rounding, and their budgets close") {
  for (const SmallModel& model : blocks_with_laws())
    for (const char* name : {"implicit-midpoint", "gauss4", "gauss6"}) {
      CAPTURE(model.name, name);
      const Problem problem = problem_of(small_configuration(model, Loss::squared));
      const Flow gauss = flow<double>(problem, name, 1e-3, false);
      CHECK(largest(gauss.row.relative_drift) < 1e-13);
      // m = 0 but for the rounding of the tableau, and what is left of the stage equations.
      CHECK(largest(gauss.row.step_part) < 1e-15);
      CHECK(largest(gauss.row.gradient_part) < 1e-13);
      flow<float>(problem, name, 1e-3, false);
    }
}
