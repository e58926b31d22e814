// GD and SGD: Odeint's Euler bit for bit, and untouched by how a run is recorded.
#include <boost/numeric/odeint/algebra/vector_space_algebra.hpp>
#include <boost/numeric/odeint/external/eigen/eigen_resize.hpp>
#include <boost/numeric/odeint/stepper/euler.hpp>
#include <catch2/catch.hpp>

#include "fields.h"

using namespace invar;
using namespace invar::testing;

namespace {

template <class S>
void check_against_euler(Eigen::Index n, const ScheduleRule& rule) {
  namespace odeint = boost::numeric::odeint;
  CAPTURE(sizeof(S), n, to_string(rule));
  constexpr double kTime = 20.0;
  const Schedule schedule(rule, 0.013, kTime, 2000, kStepFormat<S>);
  odeint::euler<State<S>, S, State<S>, S, odeint::vector_space_algebra> euler;
  State<S> expected = factor_start<S>(n);
  const auto system = [](const State<S>& x, State<S>& d, S) { factor_field<S>(x, 0.0, d); };

  FunctionField<S> field(2 * n, factor_field<S>);
  State<S> theta = factor_start<S>(n);
  MethodOptions options;
  options.schedule = &schedule;
  const auto method = find_method("gradient-descent").make<S>(options);
  Recorder<S> recorder;
  std::int64_t different = 0;
  recorder.check = [&](const StepView<S>& step) {
    euler.do_step(system, expected, S(0), static_cast<S>(schedule[step.index]));
    if (*step.after != expected) ++different;
  };
  const Summary summary = run<S>(*method, field, theta, plan_steps(schedule, kTime, 10), Limits{}, recorder);
  CHECK(summary.steps == schedule.steps());
  CHECK(summary.steps > 1000);
  CHECK(different == 0);
  CHECK(theta == expected);
  CHECK(theta != factor_start<S>(n));
}

}  // namespace

TEST_CASE("GD has the bits of Odeint's Euler") {
  // Odd sizes: whole packets and remainders of every instruction set.
  for (const Eigen::Index n : {1, 3, 8, 19, 64}) {
    for (const char* rule : {"constant", "power:0.1", "linear:0.003"}) {
      check_against_euler<double>(n, parse_schedule(rule));
      check_against_euler<float>(n, parse_schedule(rule));
    }
  }
}

TEST_CASE("recording never changes a GD run") {
  constexpr double kTime = 7.3;
  const Schedule schedule(parse_schedule("power:0.5"), 0.1, kTime, std::nullopt, StepFormat::float64);
  MethodOptions options;
  options.schedule = &schedule;
  std::vector<State<double>> ends;
  for (const std::int64_t records : {1, 2, 17, 100000}) {
    FunctionField<double> field(10, factor_field<double>);
    State<double> theta = factor_start<double>(5);
    const auto method = find_method("gradient-descent").make<double>(options);
    Observer<double> observer;
    const Summary summary =
        run<double>(*method, field, theta, plan_steps(schedule, kTime, records), Limits{}, observer);
    CHECK(summary.steps == schedule.steps());
    CHECK(summary.t == schedule.time());
    CHECK(field.begun == summary.steps);
    CHECK(summary.evaluations == summary.steps);
    ends.push_back(theta);
  }
  for (const State<double>& end : ends) CHECK(end == ends.front());
}

TEST_CASE("a mini-batch is drawn before each evaluation, and each step uses its own") {
  // The field's batch k pulls towards k; with τ = 1 and F = k − θ the state after step k is k.
  class Batches : public FunctionField<double> {
   public:
    Batches()
        : FunctionField(1, [this](const State<double>& x, double, State<double>& d) {
            d(0) = static_cast<double>(begun) - x(0);
          }) {}
  } field;
  const Schedule schedule({}, 1.0, 6.0, std::nullopt, StepFormat::float64);
  MethodOptions options;
  options.schedule = &schedule;
  State<double> theta = State<double>::Zero(1);
  const auto method = find_method("gradient-descent").make<double>(options);
  Recorder<double> recorder;
  run<double>(*method, field, theta, plan_steps(schedule, 6.0, 6), Limits{}, recorder);
  REQUIRE(recorder.states.size() == 7);
  for (std::size_t row = 0; row <= 6; ++row) CHECK(recorder.states[row](0) == static_cast<double>(row));
}

TEST_CASE("GD approaches the flow with order 1") {
  FunctionField<double> field(12, factor_field<double>);
  State<double> flow = factor_start<double>(6);
  Observer<double> observer;
  const auto reference = find_method("dopri5").make<double>(tolerances(1e-12, 1e-12));
  run<double>(*reference, field, flow, plan_flow(1.0, 1), Limits{}, observer);
  const auto error = [&](double tau) {
    const Schedule schedule({}, tau, 1.0, std::nullopt, StepFormat::float64);
    MethodOptions options;
    options.schedule = &schedule;
    State<double> theta = factor_start<double>(6);
    const auto method = find_method("gradient-descent").make<double>(options);
    run<double>(*method, field, theta, plan_steps(schedule, 1.0, 1), Limits{}, observer);
    return (theta - flow).norm();
  };
  CHECK(std::log2(error(1.0 / 256) / error(1.0 / 512)) == Approx(1.0).margin(0.05));
}
