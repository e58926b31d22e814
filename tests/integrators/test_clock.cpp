// Plans: where a run is recorded.
#include <catch2/catch.hpp>
#include <set>

#include "error.h"
#include "fields.h"

using namespace invar;
using namespace invar::testing;

TEST_CASE("a run with prescribed steps is recorded at its step nearest to each grid time, no step twice") {
  const Schedule schedule({}, 0.3, 1.0, std::nullopt, StepFormat::float64);
  const Plan plan = plan_steps(schedule, 1.0, 5);  // grid 0, 0.2, 0.4, 0.6, 0.8, 1; steps at 0, 0.3, 0.6, 0.9
  REQUIRE(plan.stops.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(plan.stops[i].step == static_cast<std::int64_t>(i));
    CHECK(plan.stops[i].row == static_cast<std::int64_t>(i));
    CHECK(plan.stops[i].t == Approx(0.3 * static_cast<double>(i)).margin(1e-15));
  }
  const Schedule fine({}, 0.07, 1.0, std::nullopt, StepFormat::float64);  // 14 steps, to 0.98
  const Plan coarse = plan_steps(fine, 1.0, 4);
  REQUIRE(coarse.stops.size() == 5);
  const std::vector<std::int64_t> steps{0, 4, 7, 11, 14};  // 0.28 for 0.25, 0.49 for 0.5, 0.77 for 0.75
  for (std::size_t i = 0; i < 5; ++i) CHECK(coarse.stops[i].step == steps[i]);
}

TEST_CASE("every schedule has at most R + 1 rows, distinct, the last one its end") {
  for (const char* rule : {"constant", "power:0.75", "power:2", "linear:0", "linear:0.5"}) {
    for (const double tau : {0.013, 0.4, 3.0}) {
      for (const std::int64_t records : {1, 2, 7, 50}) {
        CAPTURE(rule, tau, records);
        const Schedule schedule(parse_schedule(rule), tau, 2.0, 300, StepFormat::float32);
        const Plan plan = plan_steps(schedule, 2.0, records);
        CHECK(plan.rows() <= records + 1);
        CHECK(plan.rows() == static_cast<std::int64_t>(plan.stops.size()));
        CHECK(plan.stops.back().step == schedule.steps());
        CHECK(plan.stops.back().t == schedule.time());
        for (std::size_t i = 1; i < plan.stops.size(); ++i) CHECK(plan.stops[i].step > plan.stops[i - 1].step);
        CHECK(plan.reaches_time == !schedule.capped());
      }
    }
  }
}

TEST_CASE("a flow stops at its rows and at the extra times, at nearly equal ones once") {
  const std::vector<double> extra{0.3, 0.30000000000000004, 0.5 + 1e-15, 0.75 - 1e-15, 0.9, 1.05, 0.0};
  const Plan plan = plan_flow(1.0, 4, extra);
  const std::vector<double> expected{0.0, 0.25, 0.3, 0.5, 0.75, 0.9, 1.0, 1.05};
  REQUIRE(plan.stops.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(plan.stops[i].t == Approx(expected[i]).margin(1e-14));
  CHECK(plan.stops[3].t == 0.5);  // the row's own time, not its neighbour's
  CHECK(plan.stops[4].t == 0.75);
  CHECK(plan.stops[3].row == 2);
  CHECK(plan.stops[3].extra);
  CHECK(plan.stops[4].extra);
  CHECK_FALSE(plan.stops[1].extra);
  CHECK(plan.rows() == 5);
  CHECK(plan.row_times().back() == 1.0);
  for (const double t : extra) CHECK(plan.stops[plan.stop_near(t)].t == Approx(t).margin(1e-14));
  CHECK(plan.stop_near(-1.0) == 0);
  CHECK(plan.stop_near(9.0) == 7);
  CHECK_THROWS_AS(plan_flow(0.0, 3), InputError);
  CHECK_THROWS_AS(plan_flow(1.0, 0), InputError);
}

TEST_CASE("without an end rows are even in the logarithm of time, and steps go as far as their cap") {
  const double endless = std::numeric_limits<double>::infinity();
  const Schedule schedule({}, 0.25, endless, 1000, StepFormat::float64);
  const Plan steps = plan_steps(schedule, endless, 4);  // grid 1, 1e3, 1e6
  CHECK_FALSE(steps.reaches_time);
  const std::vector<std::int64_t> expected{0, 4, 1000};
  REQUIRE(steps.stops.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(steps.stops[i].step == expected[i]);

  std::vector<double> extra = steps.row_times();
  extra.push_back(1.0 + 1e-14);
  const Plan flow = plan_flow(endless, 4, extra);
  CHECK_FALSE(flow.reaches_time);
  CHECK(flow.time == endless);
  const std::vector<double> times{0.0, 1.0, 250.0, 1e3, 1e6, kFarthest};
  REQUIRE(flow.stops.size() == times.size());
  for (std::size_t i = 0; i < times.size(); ++i) CHECK(flow.stops[i].t == Approx(times[i]));
  CHECK(flow.rows() == 5);
  CHECK_FALSE(same_time(1.0, 2.0, endless));
}

TEST_CASE("the loop shows rows and extra times at exactly the planned times, in order") {
  const Schedule schedule({}, 0.07, 1.0, std::nullopt, StepFormat::float64);
  const Plan steps = plan_steps(schedule, 1.0, 4);
  const Plan flow = plan_flow(1.0, 10, steps.row_times());
  FunctionField<double> field(10, factor_field<double>);
  State<double> theta = factor_start<double>(5);
  Recorder<double> recorder;
  const auto method = find_method("dopri5").make<double>(tolerances(1e-6, 1e-8));
  REQUIRE(run<double>(*method, field, theta, flow, Limits{}, recorder).end == End::completed);
  REQUIRE(recorder.rows.size() == 11);
  for (std::size_t row = 0; row <= 10; ++row) {
    CHECK(recorder.rows[row].row == static_cast<std::int64_t>(row));
    CHECK(recorder.rows[row].t == flow.row_times()[row]);
    CHECK(recorder.rows[row].planned);
  }
  REQUIRE(recorder.times.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(recorder.times[i].first == flow.stop_near(steps.stops[i].t));
    CHECK(recorder.times[i].second == flow.stops[recorder.times[i].first].t);
  }

  Recorder<double> descent;
  MethodOptions options;
  options.schedule = &schedule;
  theta = factor_start<double>(5);
  const auto gd = find_method("gradient-descent").make<double>(options);
  REQUIRE(run<double>(*gd, field, theta, steps, Limits{}, descent).end == End::completed);
  REQUIRE(descent.rows.size() == steps.stops.size());
  for (std::size_t row = 0; row < descent.rows.size(); ++row) {
    CHECK(descent.rows[row].t == steps.stops[row].t);
    CHECK(descent.rows[row].step == steps.stops[row].step);
    CHECK(descent.rows[row].sum_step_squared == Approx(0.07 * 0.07 * static_cast<double>(steps.stops[row].step)));
  }
}
