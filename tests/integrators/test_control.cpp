// Step control: error norms, the controller, clipping, and fields that have no values somewhere.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "error.h"
#include "fields.h"
#include "integrators/step_control.h"

using namespace invar;
using namespace invar::testing;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class S>
void check_nonfinite_norms() {
  for (const NormKind kind : {NormKind::rms, NormKind::max, NormKind::tensors}) {
    for (const Eigen::Index size : {1, 2, 7, 8, 33}) {
      const ErrorNorm norm(kind, 1e-3, 1e-3, {0, size / 2});
      const State<S> zero = State<S>::Zero(size);
      CHECK(norm(zero, zero, zero) == 0.0);
      for (Eigen::Index i = 0; i < size; ++i) {
        for (const double bad : {kNaN, kInfinity, -kInfinity}) {
          CAPTURE(to_string(kind), size, i, bad);
          State<S> x = zero;
          x(i) = static_cast<S>(bad);
          CHECK(norm(x, zero, zero) == kInfinity);
          CHECK(norm(zero, zero, x) == kInfinity);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("the error norms are what they are called") {
  const State<double> error = State<double>::Map(std::array{3e-3, 4e-3, 1e-3}.data(), 3);
  const State<double> before = State<double>::Map(std::array{1.0, -3.0, 0.0}.data(), 3);
  const State<double> after = State<double>::Map(std::array{-2.0, 1.0, 0.0}.data(), 3);
  // weights: atol + rtol · (2, 3, 0)
  const double a = 3e-3 / 3e-3, b = 4e-3 / 4e-3, c = 1e-3 / 1e-3;
  CHECK(ErrorNorm(NormKind::rms, 1e-3, 1e-3)(error, before, after) == Approx(std::sqrt((a * a + b * b + c * c) / 3)));
  const State<double> uneven = error.cwiseProduct(State<double>::LinSpaced(3, 1.0, 3.0));
  CHECK(ErrorNorm(NormKind::max, 1e-3, 1e-3)(uneven, before, after) == Approx(3.0));
  CHECK(ErrorNorm(NormKind::tensors, 1e-3, 1e-3, {0, 2})(uneven, before, after) == Approx(3.0));
  CHECK(ErrorNorm(NormKind::tensors, 1e-3, 1e-3, {0, 1, 1})(uneven, before, after) == Approx(std::sqrt(6.5)));
  CHECK(ErrorNorm(NormKind::rms, 1e-3, 0.0)(State<double>(State<double>::Zero(3)), before, after) ==
        0.0);  // θ_3 rests at 0
  CHECK_THROWS_AS(ErrorNorm(NormKind::rms, -1e-3, 0.0), InputError);
  CHECK_THROWS_AS(ErrorNorm(NormKind::rms, 0.0, 0.0), InputError);
  CHECK_THROWS_AS(ErrorNorm(NormKind::rms, kNaN, 1.0), InputError);
  CHECK_THROWS_AS(parse_norm("l2"), InputError);
  CHECK(parse_norm("tensors") == NormKind::tensors);
  CHECK_THROWS_WITH(find_method("rk5"), Catch::Contains("dopri5") && Catch::Contains("fehlberg78"));
}

TEST_CASE("a norm with anything not finite in it is infinite") {
  check_nonfinite_norms<double>();
  check_nonfinite_norms<float>();
}

TEST_CASE("the controller follows its law") {
  StepControl control(5);
  control.reset(1.0);
  control.accept(1.0, 0.5, false);
  CHECK(control.step() == Approx(0.9 * std::pow(0.5, -0.14)));
  double h = control.step();
  control.accept(h, 0.8, false);
  CHECK(control.step() == Approx(h * 0.9 * std::pow(0.8, -0.14) * std::pow(0.5, 0.08)));
  h = control.step();
  control.reject(h, 3.0);
  CHECK(control.step() == Approx(h * 0.9 * std::pow(3.0, -0.2)));
  h = control.step();
  control.accept(h, 1e-9, false);
  CHECK(control.step() == h);  // no growth right after a rejection
  control.accept(h, 0.0, false);
  CHECK(control.step() == Approx(5.0 * h));
  h = control.step();
  control.accept(1e-3 * h, 1e-30, true);
  CHECK(control.step() == h);  // a clipped step says little
  control.reject(h, kInfinity);
  CHECK(control.step() == Approx(0.1 * h));
  h = control.step();
  control.reject(h, 1e30);
  CHECK(control.step() == Approx(0.2 * h));
}

TEST_CASE("the controllers follow their laws") {
  const auto memory = [](ControlKind kind) {  // after h = 1, err = 0.5 and h = 2, err = 0.8
    StepControl control(5, kind);
    control.reset(1.0);
    control.accept(1.0, 0.5, false);
    control.accept(2.0, 0.8, false);
    return control;
  };
  StepControl integral = memory(ControlKind::i);
  integral.accept(1.0, 0.3, false);
  CHECK(integral.step() == Approx(0.9 * std::pow(0.3, -0.2)));
  StepControl pid = memory(ControlKind::pid);
  pid.accept(1.0, 0.3, false);
  CHECK(pid.step() == Approx(0.9 * std::pow(0.3, -0.098) * std::pow(0.8, 0.068) * std::pow(0.5, -0.02)));
  StepControl predictive = memory(ControlKind::predictive);
  predictive.accept(1.0, 0.3, false);  // foretells 1/2 (0.8/0.3)^0.2 of the elementary step
  CHECK(predictive.step() == Approx(0.9 * 0.5 * std::pow(0.8 / 0.3, 0.2) * std::pow(0.3, -0.2)));
  predictive.accept(2.0, 0.1, false);  // would foretell more than that
  CHECK(predictive.step() == Approx(2.0 * 0.9 * std::pow(0.1, -0.2)));
  for (const ControlKind kind : {ControlKind::i, ControlKind::pi, ControlKind::pid, ControlKind::predictive}) {
    CAPTURE(to_string(kind));
    CHECK(parse_control(to_string(kind)) == kind);
    StepControl control = memory(kind);
    const double h = control.step();
    control.reject(h, 1.001);
    CHECK(control.step() < 0.91 * h);
    control.reject(h, kNaN);
    CHECK(control.step() == Approx(0.1 * h));
    // Nothing is remembered from before: the elementary law but for its exponent.
    const double small = control.step();
    control.accept(small, 1e-3, false);
    CHECK(control.step() == small);  // none grows after a rejection
  }
  CHECK_THROWS_WITH(parse_control("deadbeat"), Catch::Contains("deadbeat") && Catch::Contains("predictive"));
}

TEST_CASE("every controller settles where the error goes with a power of the step") {
  const std::pair<ControlKind, double> gains[] = {
      {ControlKind::i, 1.0}, {ControlKind::pi, 0.3}, {ControlKind::pid, 0.25}, {ControlKind::predictive, 1.0}};
  for (const auto& [kind, gain] : gains) {
    for (const int order : {3, 5, 8}) {
      for (const double start : {1e-3, 30.0}) {
        CAPTURE(to_string(kind), order, start);
        StepControl control(order, kind);
        control.reset(start);
        double error = 0.0;
        for (int i = 0; i < 200; ++i) {
          const double h = control.step();
          error = std::pow(h, order);
          if (error <= 1.0) {
            control.accept(h, error, false);
          } else {
            control.reject(h, error);
          }
        }
        CHECK(error == Approx(std::pow(0.9, order / gain)).epsilon(1e-6));
      }
    }
  }
  StepControl other(8, ControlKind::pi, {0.85, 0.2});
  other.reset(1.0);
  for (int i = 0; i < 200; ++i) other.accept(other.step(), std::pow(other.step(), 8), false);
  CHECK(std::pow(other.step(), 8) == Approx(std::pow(0.9, 8 / 0.65)).epsilon(1e-6));
}

TEST_CASE("every method keeps its accuracy under every controller") {
  for (const MethodEntry& entry : adaptive_methods()) {
    for (const ControlKind kind : {ControlKind::i, ControlKind::pi, ControlKind::pid, ControlKind::predictive}) {
      CAPTURE(entry.name, to_string(kind));
      FunctionField<double> field(2, [](const State<double>& x, double, State<double>& d) { d << x(1), -x(0); });
      MethodOptions options = tolerances(1e-8, 1e-8);
      options.control = kind;
      State<double> theta = Eigen::Vector2d(1.0, 0.0);
      Observer<double> observer;
      const auto method = entry.make<double>(options);
      const Summary summary = run<double>(*method, field, theta, plan_flow(10.0, 1), Limits{}, observer);
      REQUIRE(summary.end == End::completed);
      // The error of BDF is many tolerances, that of order 2 goes like its power 2/3.
      const double bound = entry.name == "cvode" ? 5e-6 : entry.order == 2 ? 5e-5 : 2e-7;
      CHECK((theta - Eigen::Vector2d(std::cos(10.0), -std::sin(10.0))).norm() < bound);
      CHECK(summary.counters.rejected * 5 <= summary.steps);
    }
  }
}

TEST_CASE("the working step survives clipping: stops cost about one step each") {
  FunctionField<double> field(12, factor_field<double>);
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    const auto steps = [&](const std::vector<double>& extra) {
      State<double> theta = factor_start<double>(6);
      const auto method = entry.make<double>(tolerances(1e-10, 1e-10));
      Observer<double> observer;
      const Summary summary = run<double>(*method, field, theta, plan_flow(10.0, 1, extra), Limits{}, observer);
      REQUIRE(summary.end == End::completed);
      return summary.steps + summary.counters.rejected;
    };
    const std::int64_t free = steps({});
    std::vector<double> extra;
    for (int i = 1; i < 40; ++i) extra.push_back(10.0 * std::sqrt(i / 40.0));
    CHECK(steps(extra) <= free + 39 + 4);
    // Pairs of stops close together: the sliver between them must not shrink what follows.
    std::vector<double> pairs = extra;
    for (const double t : extra) pairs.push_back(t * (1.0 + 1e-7));
    CHECK(steps(pairs) <= free + 2 * 39 + 4);
  }
}

TEST_CASE("a step into a region without values is rejected, shortened, and the flow goes on") {
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    const auto smooth = [](double y, double t) { return -20.0 * (y - 0.4 * std::sin(t)); };
    FunctionField<double> walled(1, [&](const State<double>& x, double t, State<double>& d) {
      d(0) = std::abs(x(0)) > 0.6 ? kNaN : smooth(x(0), t);
    });
    FunctionField<double> open(1, [&](const State<double>& x, double t, State<double>& d) { d(0) = smooth(x(0), t); });
    State<double> theta = State<double>::Constant(1, 0.5);
    State<double> expected = theta;
    const Summary summary = flow(entry, walled, theta, 3.0, 1e-8, {}, 2.0);
    CHECK(summary.end == End::completed);
    // The stages of an implicit step lie near the solution, which stays inside, and those of rkc4 are damped.
    if (!is_gauss(entry) && entry.name != "rkc4") CHECK(summary.counters.rejected_nonfinite > 0);
    CHECK(summary.counters.rejected >= summary.counters.rejected_nonfinite);
    REQUIRE(flow(entry, open, expected, 3.0, 1e-8).counters.rejected_nonfinite == 0);
    CHECK(theta(0) == Approx(expected(0)).epsilon(1e-6));
  }
}

TEST_CASE("a step that ends where the field has no value is rejected, even if no stage saw it") {
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    std::int64_t evaluation = 0, without_value = 0;
    FunctionField<double> field(1, [&](const State<double>& x, double, State<double>& d) {
      d(0) = ++evaluation == without_value ? kNaN : -x(0);
    });
    State<double> theta = State<double>::Ones(1);
    MethodOptions options = tolerances(1e-6, 1e-6);
    options.first_step = 1e-3;
    const auto method = entry.make<double>(options);
    method->start(field, theta, 0.0);
    double t = 0.0;
    REQUIRE(method->advance(theta, t, 1.0).accepted);
    const std::int64_t one_step = evaluation;  // the last of them: F at the step's end
    without_value = one_step;
    evaluation = 0;
    theta.setOnes();
    const Summary summary = flow(entry, field, theta, 1.0, 1e-6, {}, 1e-3);
    CHECK(summary.end == End::completed);
    CHECK(summary.counters.rejected_nonfinite == 1);
    CHECK(theta(0) == Approx(std::exp(-1.0)).epsilon(1e-4));
  }
}

TEST_CASE("a flow that runs into a region without values ends before it and says so") {
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    FunctionField<double> field(
        1, [](const State<double>& x, double, State<double>& d) { d(0) = x(0) < 1.0 ? 1.0 : kNaN; });
    State<double> theta = State<double>::Zero(1);
    const Summary summary = flow(entry, field, theta, 3.0, 1e-6);
    CHECK(summary.end == End::stalled);
    CHECK(summary.t == Approx(1.0).epsilon(1e-12));
    CHECK(theta(0) < 1.0);
    CHECK(theta(0) == Approx(summary.t).epsilon(1e-12));
    CHECK(summary.counters.rejected_nonfinite > 10);
    CHECK_THAT(summary.text,
               Catch::Contains("stalled at step " + std::to_string(summary.steps)) && Catch::Contains("not finite"));
    CHECK(summary.evaluations < 2000);
  }
}

TEST_CASE("a flow that falls into a region without values ever faster ends before it") {
  for (const MethodEntry& entry : adaptive_methods())
    for (const double tolerance : {1e-3, 1e-4, 1e-6, 1e-8}) {
      CAPTURE(entry.name, tolerance);
      FunctionField<double> field(1, [](const State<double>& x, double, State<double>& d) {
        d(0) = -(std::sqrt(x(0)) + 1.0) / (2.0 * std::sqrt(x(0)));  // NaN below 0
      });
      State<double> theta = State<double>::Constant(1, 1.0);
      const Summary summary = flow(entry, field, theta, 3.0, tolerance);
      CHECK((summary.end == End::stalled || summary.end == End::diverged));
      CHECK(theta(0) > 0.0);
      CHECK_THAT(summary.text,
                 Catch::Contains("finite") || Catch::Contains("without bound") || Catch::Contains("stage equations"));
    }
}

TEST_CASE("a field without values ends the run at once, whatever the method") {
  const Schedule schedule({}, 0.1, 1.0, std::nullopt, StepFormat::float64);
  for (const MethodEntry& entry : kMethods) {
    CAPTURE(entry.name);
    MethodOptions options;
    options.schedule = &schedule;
    FunctionField<double> nowhere(3, [](const State<double>&, double, State<double>& d) { d.setConstant(kNaN); });
    FunctionField<double> only_here(3, [](const State<double>& x, double, State<double>& d) {
      d.setConstant(x == State<double>::Ones(3) ? 1.0 : kNaN);
    });
    const Plan plan = entry.adaptive ? plan_flow(1.0, 4) : plan_steps(schedule, 1.0, 4);
    Recorder<double> recorder;
    State<double> theta = State<double>::Ones(3);
    const auto method = entry.make<double>(options);
    const Summary summary = run<double>(*method, nowhere, theta, plan, Limits{}, recorder);
    CHECK(summary.end == End::diverged);
    CHECK(summary.steps == 0);
    CHECK(theta == State<double>::Ones(3));
    CHECK(recorder.rows.size() == 1);
    CHECK_THAT(summary.text, Catch::Contains("diverged at step 0, t = 0 of 1"));
    if (!entry.adaptive) continue;
    const Summary lonely = run<double>(*method, only_here, theta, plan, Limits{}, recorder);
    CHECK(lonely.end == End::stalled);
    CHECK(lonely.evaluations < 1000);
    CHECK(theta == State<double>::Ones(3));
  }
}

TEST_CASE("a tolerance that overflows the norms of the first step ends the run, not in an endless loop") {
  FunctionField<double> decay(3, [](const State<double>& x, double, State<double>& d) { d = -x; });
  for (const MethodEntry& entry : kMethods) {
    if (!entry.adaptive) continue;
    CAPTURE(entry.name);
    MethodOptions options;
    options.rtol = options.atol = 1e-300;
    Recorder<double> recorder;
    State<double> theta = State<double>::Ones(3);
    const auto method = entry.make<double>(options);
    const End end = run<double>(*method, decay, theta, plan_flow(1.0, 1), Limits{}, recorder).end;
    // auto asks for no more than its field can show.
    CHECK(end == (entry.name == "auto" ? End::completed : End::stalled));
  }
}
