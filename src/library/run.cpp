#include "invar/run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "integrators/loop.h"
#include "integrators/method_names.h"
#include "integrators/registry.h"
#include "job/run_outcome.h"
#include "job/step_budget.h"
#include "library/checked.h"
#include "library/loss_field.h"
#include "library/parts.h"
#include "library/tensors.h"
#include "settings/nearest.h"
#include "settings/texts.h"

namespace invar::api {
namespace {

class Recorder final : public Observer<double> {
 public:
  Recorder(LossField& field, const Laws& laws, const RunOptions& options, Result& result)
      : field_(field),
        laws_(laws),
        options_(options),
        result_(result),
        budget_(laws.parts().forms, field.size(), Configuration{}, Configuration::Precision::in_double),
        gradient_(field.size()) {}

  void on_step(const StepView<double>& step) override { budget_.step(step); }

  void on_row(const RowView<double>& view_of_row) override {
    const Theta& theta = *view_of_row.theta;
    if (view_of_row.row == 0) {
      budget_.start(theta);
      start_ = laws_.values(view(theta));
    }
    Row row;
    row.step = view_of_row.step;
    row.time = view_of_row.t;
    row.loss = field_.full(theta, gradient_);
    row.gradient_norm = gradient_.norm();
    row.value = laws_.values(view(theta));
    std::ranges::transform(row.value, start_, std::back_inserter(row.drift), std::minus<>());
    const BudgetRow& budget = budget_.record(theta);
    take(budget.drift, row.drift);
    for (auto [part, of_row] : {std::pair{&budget.step_part, &row.step_part},
                                {&budget.gradient_part, &row.gradient_part},
                                {&budget.update_part, &row.update_part},
                                {&budget.closure, &row.closure},
                                {&budget.bound, &row.bound}}) {
      of_row->assign(row.value.size(), std::numeric_limits<double>::quiet_NaN());
      take(*part, *of_row);
    }
    result_.rows.push_back(row);
    if (options_.on_row && !options_.on_row(row, view(theta))) stop_ = true;
  }

  bool stop_requested() override { return stop_; }

 private:
  /// What the budget has, which knows the quadratic laws alone: the drift to twice the precision of a difference.
  void take(const std::vector<double>& of_budget, std::vector<double>& all) const {
    std::size_t from = 0, to = 0;
    for (const Law& law : laws_.list()) {
      const auto count = static_cast<std::size_t>(law.components);
      if (law.quadratic) {
        std::copy_n(of_budget.begin() + static_cast<std::ptrdiff_t>(from), count,
                    all.begin() + static_cast<std::ptrdiff_t>(to));
        from += count;
      }
      to += count;
    }
  }

  LossField& field_;
  const Laws& laws_;
  const RunOptions& options_;
  Result& result_;
  StepBudget<double> budget_;
  Theta gradient_;
  std::vector<double> start_;
  bool stop_ = false;
};

/// What a factory gives, or who sets the members himself.
void expect_method(const Method& method) {
  const auto expect = [](const char* name, double value, bool right, const char* remedy) {
    if (!right || !std::isfinite(value))
      throw InputError(std::string(name) + ": " + exact_text(value) + " is " +
                       (std::isfinite(value) ? "out of range" : "not finite") + "; give " + remedy);
  };
  if (find_method(method.integrator).adaptive) {
    expect("rtol", method.rtol, method.rtol > 0.0, "a number above 0, for example 1e-8");
    expect("atol", method.atol, method.atol >= 0.0, "0, for a hundredth of rtol, or a number above it");
  } else {
    expect("step_size", method.step_size, method.step_size > 0.0, "a number above 0, for example 0.01");
    parse_schedule(method.schedule);
    if (method.batch < 0) throw InputError("batch: " + std::to_string(method.batch) + " is below 1; give 1 or more");
  }
}

void expect_options(const RunOptions& options) {
  if (!(options.time > 0.0) || !std::isfinite(options.time))
    throw InputError("time: " + exact_text(options.time) + " is no end of a run; give a finite number above 0");
  if (options.records < 1)
    throw InputError("records: " + std::to_string(options.records) + " is below 1; give 1 or more");
  if (options.max_gradients < 1)
    throw InputError("max_gradients: " + std::to_string(options.max_gradients) + " is below 1");
  if (!(options.max_seconds > 0.0))
    throw InputError("max_seconds: " + exact_text(options.max_seconds) + " is not above 0");
}

void expect_offered(Loss& loss, const Method& method, std::span<const double> start, const RunOptions& options) {
  expect_theta(start, expect_loss(loss), "start");
  if (method.batch > 0 && loss.samples() == 1)
    throw InputError("method: the loss has one sample, so no mini-batches; take Method::gd, or give it samples()");
  if (method.batch > loss.samples())
    throw InputError("batch: " + std::to_string(method.batch) + " is above the number of samples, " +
                     std::to_string(loss.samples()));
  if (method.step_size > options.time)
    throw InputError("step_size: " + exact_text(method.step_size) + " is above the time T = " +
                     exact_text(options.time) + ", so not one step fits; give a smaller one, or a longer time");
}

}  // namespace

Method Method::flow(double rtol, std::string integrator, double atol) {
  Method method;
  method.integrator = std::move(integrator);
  method.rtol = rtol;
  method.atol = atol == 0.0 ? 0.01 * rtol : atol;
  const std::vector<std::string> known = split_words(adaptive_methods());
  if (std::ranges::find(known, method.integrator) == known.end())
    throw std::invalid_argument("integrator: '" + method.integrator + "' follows no flow under tolerances; " +
                                did_you_mean(method.integrator, known));
  checked([&] { expect_method(method); });
  return method;
}

Method Method::gd(double step_size, std::string schedule) {
  Method method;
  method.integrator = "gradient-descent";
  method.step_size = step_size;
  method.schedule = std::move(schedule);
  checked([&] { expect_method(method); });
  return method;
}

Method Method::sgd(double step_size, std::int64_t batch, std::uint64_t seed, std::string schedule) {
  if (batch < 1) throw std::invalid_argument("batch: " + std::to_string(batch) + " is below 1; give 1 or more");
  Method method = gd(step_size, std::move(schedule));
  method.batch = batch;
  method.seed = seed;
  return method;
}

Result run(Loss& loss, const Laws& laws, const Method& method, std::vector<double> start, const RunOptions& options) {
  return checked([&] {
    expect_options(options);
    laws.parts().expect_of(loss);
    expect_method(method);
    expect_offered(loss, method, start, options);
    Result result;
    Theta theta = Eigen::Map<const Theta>(start.data(), static_cast<Eigen::Index>(start.size()));
    LossField field(loss, theta.size(), method.batch, method.seed);
    Recorder recorder(field, laws, options, result);
    MethodOptions of_method;
    of_method.rtol = method.rtol;
    of_method.atol = method.atol;
    of_method.keep_stages = StepBudget<double>::keeps_stages(Configuration::Budget::exact, theta.size());
    std::optional<Schedule> schedule;
    Plan plan;
    if (find_method(method.integrator).adaptive) {
      plan = plan_flow(options.time, options.records);
    } else {
      schedule.emplace(parse_schedule(method.schedule), method.step_size, options.time, std::nullopt,
                       StepFormat::float64);
      of_method.schedule = &*schedule;
      plan = plan_steps(*schedule, options.time, options.records);
    }
    Limits limits;
    limits.gradients = options.max_gradients;
    limits.seconds = options.max_seconds;
    const auto stepper = find_method(method.integrator).make<double>(of_method);
    const Summary summary = invar::run<double>(*stepper, field, theta, plan, limits, recorder);
    result.status = record::to_string(status_of(summary.end));
    result.message = summary.text;
    result.theta.assign(theta.begin(), theta.end());
    result.steps = summary.steps;
    result.rejected = summary.counters.rejected;
    result.gradients = summary.evaluations + 2 * summary.hessian_products;
    result.seconds = summary.seconds;
    return result;
  });
}

}  // namespace invar::api
