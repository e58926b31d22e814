// The drift budget of every law of every model, over the path that a run takes (samples, mini-batches, gradient, step):
// closed at rounding in each number format, and with each part needed for that.
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "integrators/loop.h"
#include "integrators/registry.h"
#include "law/budget.h"
#include "problem/gradient_field.h"
#include "tests/experiments/small_job.h"

using namespace invar;
using namespace invar::testing;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr std::int64_t kSteps = 500;  // an order slower there, and nothing new in the rest
#else
constexpr std::int64_t kSteps = 10000;
#endif

/// Every step into two budgets: parts in twice double's precision, and in double.
template <class S>
class BothBudgets final : public Observer<S> {
 public:
  BothBudgets(const std::vector<const LawForm*>& forms, Index parameters, bool cast)
      : exact_(forms, parameters, {Arithmetic::exact, cast, 16}),
        plain_(forms, parameters, {Arithmetic::plain, cast, 16}) {}

  void on_step(const StepView<S>& step) override {
    stages_.clear();
    for (const State<S>* stage : step.stages) stages_.push_back(stage->data());
    const RungeKuttaStep<S> taken{.tau = static_cast<double>(step.tau),
                                  .a = step.tableau->a.data(),
                                  .b = step.tableau->b.data(),
                                  .stages = step.tableau->stages,
                                  .k = stages_.data(),
                                  .before = step.before->data(),
                                  .after = step.after->data()};
    exact_.step(taken);
    plain_.step(taken);
  }
  void on_row(const RowView<S>& row) override {
    if (row.row == 0) {
      exact_.start(row.theta->data());
      plain_.start(row.theta->data());
    }
    in_exact = exact_.record(row.theta->data());
    in_double = plain_.record(row.theta->data());
    begin.assign(exact_.component_begin().begin(), exact_.component_begin().end());
  }

  BudgetRow in_exact, in_double;  // of the last row
  std::vector<std::int64_t> begin;

 private:
  Budget<S> exact_, plain_;
  std::vector<const S*> stages_;
};

/// The largest |closure + left out| of one law's components, in tolerances.
double red(const BudgetRow& row, std::int64_t first, std::int64_t last, const std::vector<double>& left_out) {
  double largest = 0.0;
  for (auto c = static_cast<std::size_t>(first); c < static_cast<std::size_t>(last); ++c) {
    const double ratio = std::abs(row.closure[c] + (left_out.empty() ? 0.0 : left_out[c])) / row.closure_tolerance[c];
    if (!(ratio <= largest)) largest = ratio;  // NaN too
    if (std::isnan(ratio)) return ratio;
  }
  return largest;
}

double largest(const std::vector<double>& values, std::int64_t first, std::int64_t last) {
  double result = 0.0;
  for (auto c = static_cast<std::size_t>(first); c < static_cast<std::size_t>(last); ++c)
    result = std::max(result, std::abs(values[c]));
  return result;
}

// How many tolerances a closure without one of its parts must miss at least.
constexpr double kClearly = 100.0;

template <class S, class G>
void check(const Problem& problem, VectorField<S>& field, Method<S>& method, const Plan& plan) {
  std::vector<const LawForm*> forms;
  for (const LawForm& form : problem.forms) forms.push_back(&form);
  constexpr bool mixed = !std::is_same_v<S, G>;
  BothBudgets<S> budgets(forms, problem.block.parameters.size(), mixed);
  State<S> theta =
      Eigen::Map<const Eigen::VectorXd>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()))
          .cast<S>();
  const Summary summary = run<S>(method, field, theta, plan, Limits{}, budgets);
  INFO(summary.text);
  REQUIRE(summary.end == End::completed);

  for (std::size_t f = 0; f < forms.size(); ++f) {
    const std::int64_t first = budgets.begin[f], last = budgets.begin[f + 1];
    CAPTURE(forms[f]->name, summary.steps);
    for (const BudgetRow* row : {&budgets.in_exact, &budgets.in_double}) {
      const bool exact = row == &budgets.in_exact;
      CAPTURE(exact);
      CHECK(red(*row, first, last, {}) <= 1.0);
      if (forms[f]->name == "frozen_gate") {  // its parameters never move: there is nothing to leave out
        for (const auto* part : {&row->step_part, &row->gradient_part, &row->update_part})
          CHECK(largest(*part, first, last) == 0.0);
        continue;
      }
      // Parts in double resolve the roundings of a run in float, not those of one in double.
      const bool resolves = exact || std::is_same_v<S, float>;
      if (forms[f]->linear()) {
        CHECK(largest(row->step_part, first, last) == 0.0);
      } else {
        CHECK(red(*row, first, last, row->step_part) > kClearly);
        if (mixed) CHECK(red(*row, first, last, row->cast_part) > kClearly);
      }
      if (resolves || mixed) CHECK(red(*row, first, last, row->gradient_part) > kClearly);
      if (resolves) CHECK(red(*row, first, last, row->update_part) > kClearly);
    }
  }
}

template <class S, class G = S>
void check_sgd(const Problem& problem, double step_size) {
  const double time = step_size * static_cast<double>(kSteps);
  const Schedule schedule({}, step_size, time, std::nullopt, kStepFormat<S>);
  MethodOptions options;
  options.schedule = &schedule;
  const auto method = find_method("gradient-descent").make<S>(options);
  Objective<G> objective(problem.plans, problem.samples, 4);
  BatchField<S, G> field(objective, 4, false, 1);
  CAPTURE(sizeof(S), sizeof(G));
  check<S, G>(problem, field, *method, plan_steps(schedule, time, 10));
}

template <class S, class G = S>
void check_flow(const Problem& problem, const char* name, double rtol) {
  MethodOptions options;
  options.rtol = rtol;
  options.atol = rtol;
  const auto method = find_method(name).make<S>(options);
  Objective<G> objective(problem.plans, problem.samples);
  GradientField<S, G> field(objective);
  CAPTURE(sizeof(S), sizeof(G), name);
  check<S, G>(problem, field, *method, plan_flow(20.0, 10));
}

void over_models(const std::function<void(const Problem&, double)>& check) {
  for (const SmallModel& model : small_models())
    for (const Loss loss : {Loss::squared, Loss::cross_entropy}) {
      CAPTURE(model.name, to_string(loss));
      check(problem_of(small_configuration(model, loss)), model.step_size);
    }
}

}  // namespace

TEST_CASE("the budget of every law of every model closes over 10,000 steps of SGD, and each part is needed") {
  over_models([](const Problem& problem, double step_size) {
    check_sgd<double>(problem, step_size);
    check_sgd<float>(problem, step_size);
    check_sgd<double, float>(problem, step_size);
  });
}

TEST_CASE("the budget of every law of every model closes along a flow, and each part is needed") {
  over_models([](const Problem& problem, double) {
    check_flow<double>(problem, "dopri5", 1e-7);
    check_flow<float>(problem, "dopri5", 1e-4);
    check_flow<double, float>(problem, "dopri5", 1e-4);
    check_flow<double>(problem, "fehlberg78", 1e-7);
  });
}
