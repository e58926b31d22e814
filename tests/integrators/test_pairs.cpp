// The methods' steps: what their step views say of a step, what they cost, their errors and invariants.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>

#include "fields.h"

using namespace invar;
using namespace invar::testing;

namespace {

// No Runge–Kutta method, or one of too many stages to keep.
constexpr std::string_view kWithoutTableau[] = {"bulirsch-stoer", "adams-bashforth-moulton", "cvode"};

/// θ + τ Σ weight_j k_j in extended precision.
template <class S>
Eigen::Matrix<long double, Eigen::Dynamic, 1> combined(const StepView<S>& step, const double* weights) {
  Eigen::Matrix<long double, Eigen::Dynamic, 1> sum = step.before->template cast<long double>();
  for (std::size_t j = 0; j < step.stages.size(); ++j) {
    const long double factor = static_cast<long double>(step.tau) * static_cast<long double>(weights[j]);
    sum += factor * step.stages[j]->template cast<long double>();
  }
  return sum;
}

template <class S>
void check_step_views(const MethodEntry& entry) {
  using Extended = Eigen::Matrix<long double, Eigen::Dynamic, 1>;
  CAPTURE(entry.name, sizeof(S));
  static constexpr Eigen::Index n = 7;
  FunctionField<S> field(2 * n, factor_field<S>);
  State<S> theta = factor_start<S>(n);
  State<S> expected_before = theta;
  double expected_t = 0.0;
  const long double u = std::numeric_limits<S>::epsilon();
  long double worst_update = 0, worst_stage = 0, worst_law = 0;
  Recorder<S> recorder;
  recorder.check = [&](const StepView<S>& step) {
    if (std::ranges::find(kWithoutTableau, entry.name) != std::end(kWithoutTableau)) {
      REQUIRE(step.tableau == nullptr);
      REQUIRE(step.stages.empty());
      return;
    }
    REQUIRE(step.tableau != nullptr);
    const Tableau& tableau = *step.tableau;
    const auto stages = static_cast<std::size_t>(tableau.stages);
    REQUIRE(step.stages.size() == stages);
    REQUIRE(step.index == recorder.steps - 1);
    REQUIRE(*step.before == expected_before);
    REQUIRE(step.t == expected_t);
    expected_before = *step.after;
    expected_t = step.t_after;
    const Extended update = combined(step, tableau.b.data());
    const Extended difference = step.after->template cast<long double>() - update;
    worst_update = std::max(worst_update, difference.cwiseAbs().maxCoeff() / u);
    // Each k_i is F at the stage that the tableau's row i gives; and the law's exact change is what m says.
    const auto h = [](const Extended& x) {
      return x.head(n).squaredNorm() - 0.5L * x.tail(n).squaredNorm() + x(0) * x(n);
    };
    const auto polar = [&h](const Extended& x, const Extended& y) { return 0.25L * (h(x + y) - h(x - y)); };
    const std::vector<double> m = tableau.m();
    const long double tau = step.tau;
    long double predicted = 0;
    for (std::size_t i = 0; i < stages; ++i) {
      const Extended stage = combined(step, &tableau.a[i * stages]);
      State<S> again(2 * n);
      factor_field<S>(stage.template cast<S>(), 0.0, again);
      worst_stage =
          std::max(worst_stage, static_cast<long double>((again - *step.stages[i]).cwiseAbs().maxCoeff()) / u);
      const Extended k = step.stages[i]->template cast<long double>();
      predicted += 2 * tau * static_cast<long double>(tableau.b[i]) * polar(stage, k);
      for (std::size_t j = 0; j < stages; ++j) {
        const Extended other = step.stages[j]->template cast<long double>();
        predicted -= tau * tau * static_cast<long double>(m[i * stages + j]) * polar(k, other);
      }
    }
    const long double actual = h(update) - h(step.before->template cast<long double>());
    worst_law = std::max(worst_law, std::abs(predicted - actual));
  };
  const Limits limits;
  const Schedule schedule({}, 0.05, 2.0, std::nullopt, kStepFormat<S>);
  MethodOptions options = tolerances(1e-5, 1e-7);
  options.schedule = &schedule;
  options.keep_stages = true;
  const Plan plan = entry.adaptive ? plan_flow(2.0, 5) : plan_steps(schedule, 2.0, 5);
  const auto method = entry.make<S>(options);
  REQUIRE(run<S>(*method, field, theta, plan, limits, recorder).end == End::completed);
  REQUIRE(recorder.steps > 5);
  CHECK(worst_update < 8);    // roundings: numbers are about 1
  CHECK(worst_stage < 200);   // the same through F, whose derivative is about 10
  CHECK(worst_law < 1e-14L);  // m is given in double
}

}  // namespace

TEST_CASE("time given to the field and time as a component of the state give the same steps") {
  for (const MethodEntry& entry : kMethods) {
    if (entry.name == "auto") continue;  // its tolerance has a bound, so its steps are its own
    CAPTURE(entry.name);
    const auto force = [](double x, double t) { return std::cos(3.0 * t) - x * x * x; };
    FunctionField<double> driven(1, [&](const State<double>& x, double t, State<double>& d) { d(0) = force(x(0), t); });
    FunctionField<double> autonomous(2, [&](const State<double>& x, double, State<double>& d) {
      d(0) = force(x(0), x(1));
      d(1) = 1.0;
    });
    const State<double> a = equal_steps(entry, driven, State<double>::Constant(1, 0.5), 2.0, 10);
    const State<double> b = equal_steps(entry, autonomous, State<double>::Map(std::array{0.5, 0.0}.data(), 2), 2.0, 10);
    CHECK(a(0) == Approx(b(0)).epsilon(1e-13));
  }
}

TEST_CASE("a step view holds the very numbers of the step: update, stages, and the exact change of a quadratic form") {
  for (const MethodEntry& entry : kMethods) {
    check_step_views<double>(entry);
    check_step_views<float>(entry);
  }
}

TEST_CASE("tableaus are consistent, and those of float steps are made of floats") {
  const auto check = [](const Tableau& tableau, double rounding) {
    const auto s = static_cast<std::size_t>(tableau.stages);
    double sum = 0.0;
    for (std::size_t i = 0; i < s; ++i) {
      double row = 0.0;
      for (std::size_t j = 0; j < s; ++j) row += tableau.a[i * s + j];
      CHECK(std::abs(row - tableau.c[i]) < 40.0 * rounding);
      sum += tableau.b[i];
    }
    CHECK(std::abs(sum - 1.0) < 10.0 * rounding);
  };
  for (const auto* tableau :
       {&dopri5_tableau<double>(), &cash_karp54_tableau<double>(), &fehlberg78_tableau<double>()}) {
    check(*tableau, std::numeric_limits<double>::epsilon());
  }
  for (const auto* tableau : {&dopri5_tableau<float>(), &cash_karp54_tableau<float>(), &fehlberg78_tableau<float>()}) {
    check(*tableau, std::numeric_limits<float>::epsilon());
    for (const auto* values : {&tableau->a, &tableau->b, &tableau->c}) {
      for (const double value : *values) CHECK(static_cast<double>(static_cast<float>(value)) == value);
    }
  }
  CHECK(euler_tableau().m() == std::vector<double>{-1.0});
}

TEST_CASE("counted evaluations are those that the field saw") {
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    FunctionField<double> field(20, factor_field<double>);
    State<double> theta = factor_start<double>(10);
    field.evaluate(theta, 0.0, theta);  // before the run: none of its business
    theta = factor_start<double>(10);
    const std::int64_t before = field.counted;
    MethodOptions options = tolerances(1e-8, 1e-10);
    options.first_step = 0.5;  // too long: some rejections
    const auto method = entry.make<double>(options);
    Observer<double> observer;
    const Summary summary = run<double>(*method, field, theta, plan_flow(5.0, 3), Limits{}, observer);
    CHECK(summary.evaluations == field.counted - before);
    CHECK(summary.counters.rejected > 0);
    CHECK(field.begun == summary.steps);  // once a step, not once an attempt
    // Stages that vary, or none, and the curvature: test_stabilised.cpp, test_bulirsch_stoer.cpp, test_cvode.cpp,
    // test_gauss.cpp.
    if (entry.stiff || is_gauss(entry) || method->last_step().tableau == nullptr) continue;
    // Known costs: stages for each attempt, with F(θ) known from the step before, and one evaluation at the start.
    const std::int64_t attempts = summary.steps + summary.counters.rejected;
    const std::int64_t stages = method->last_step().tableau->stages;
    const bool first_same_as_last = method->last_step().tableau->b.back() == 0.0;
    const std::int64_t expected =
        first_same_as_last ? 1 + (stages - 1) * attempts : 1 + (stages - 1) * attempts + summary.steps;
    CHECK(summary.evaluations == expected);
  }
}

TEST_CASE("a step of prescribed size costs what it is said to cost") {
  for (const MethodEntry& entry : kMethods) {
    if (entry.adaptive) continue;
    CAPTURE(entry.name);
    constexpr int kSteps = 20;
    FunctionField<double> field(12, factor_field<double>);
    equal_steps(entry, field, factor_start<double>(6), 1.0, kSteps);
    // A multistep method of five values starts with four steps of rk4.
    const int expected = entry.name == "rk4"                       ? 4 * kSteps
                         : entry.name == "adams-bashforth-moulton" ? 4 * 4 + 2 * (kSteps - 4)
                                                                   : kSteps;
    CHECK(field.counted == expected);
    CHECK(field.evaluations() == expected);
  }
}

TEST_CASE("Adams' coefficients refuse steps that differ, and say so") {
  const Schedule decaying(parse_schedule("power:0.5"), 0.1, 2.0, std::nullopt, StepFormat::float64);
  const Schedule constant(parse_schedule("linear:0.1"), 0.1, 2.0, std::nullopt, StepFormat::float64);
  MethodOptions options;
  options.schedule = &decaying;
  const MethodEntry& entry = find_method("adams-bashforth-moulton");
  CHECK_THROWS_WITH(entry.make<double>(options), Catch::Contains("from 0.1 to") && Catch::Contains("constant"));
  options.schedule = &constant;
  CHECK_NOTHROW(entry.make<double>(options));
}

TEST_CASE("a stiff linear flow follows the exponential") {
  constexpr Eigen::Index n = 12;
  Eigen::MatrixXd mixing(n, n);
  for (Eigen::Index i = 0; i < n * n; ++i) mixing(i / n, i % n) = std::sin(1.0 + 3.7 * static_cast<double>(i * i % 89));
  const Eigen::MatrixXd q = Eigen::HouseholderQR<Eigen::MatrixXd>(mixing).householderQ();
  Eigen::VectorXd lambda(n);
  for (Eigen::Index i = 0; i < n; ++i) lambda(i) = std::pow(10.0, -2.0 + 5.0 * static_cast<double>(i) / (n - 1));
  const Eigen::MatrixXd a = q * lambda.asDiagonal() * q.transpose();
  const State<double> start = State<double>::LinSpaced(n, 1.0, 2.0);
  for (const MethodEntry& entry : adaptive_methods()) {
    for (const double rtol : {1e-4, 1e-7, 1e-10}) {
      CAPTURE(entry.name, rtol);
      QuadraticField<double> field(a);
      State<double> theta = start;
      Recorder<double> recorder;
      const auto method = entry.make<double>(tolerances(rtol, rtol));
      REQUIRE(run<double>(*method, field, theta, plan_flow(3.0, 3), Limits{}, recorder).end == End::completed);
      REQUIRE(recorder.rows.size() == 4);
      for (std::size_t row = 0; row < 4; ++row) {
        const Eigen::VectorXd decay = (-recorder.rows[row].t * lambda).array().exp();
        const State<double> exact = q * (decay.asDiagonal() * (q.transpose() * start));
        // Extrapolation accepts steps at its limit of stability, where its error is what the tolerance lets through;
        // without local extrapolation (order 2) the errors of the steps, each within rtol, add up.
        const double bound = entry.order == 0   ? 100.0 * rtol
                             : entry.order == 2 ? std::pow(rtol, 2.0 / 3.0)
                                                : 20.0 * rtol;
        CHECK((recorder.states[row] - exact).cwiseAbs().maxCoeff() < bound);
      }
    }
  }
}

TEST_CASE(
    "linear invariants stay at rounding; quadratic ones drift as the trajectory's error, or not by a Gauss method") {
  constexpr Eigen::Index n = 6;
  const auto law = [](const State<double>& x) { return x.head(n).squaredNorm() - x.tail(n).squaredNorm(); };
  FunctionField<double> field(2 * n, factor_field<double>);
  // C depends on differences alone, so Σθ is kept.
  FunctionField<double> ring(n, [](const State<double>& x, double, State<double>& d) {
    for (Eigen::Index i = 0; i < n; ++i) {
      const auto slope = [&](Eigen::Index j) { return std::pow(x(j % n) - x((j + 1) % n) - 0.3, 3); };
      d(i) = slope(i + n - 1) - slope(i);
    }
  });
  for (const MethodEntry& entry : adaptive_methods()) {
    const auto flow = [&](VectorField<double>& of, State<double> theta, double tol) {
      const auto method = entry.make<double>(tolerances(tol, tol));
      Observer<double> observer;
      REQUIRE(run<double>(*method, of, theta, plan_flow(5.0, 1), Limits{}, observer).end == End::completed);
      return theta;
    };
    const State<double> start = factor_start<double>(n);
    const State<double> reference = flow(field, start, entry.order == 2 ? 1e-8 : 1e-13);
    std::map<double, double> drifts;
    for (const double tol : {1e-4, 1e-6, 1e-8}) {
      if (entry.order == 2 && tol < 1e-6) continue;  // tens of thousands of steps
      CAPTURE(entry.name, tol);
      const State<double> theta = flow(field, start, tol);
      const double error = (theta - reference).norm();
      drifts[tol] = std::abs(law(theta) - law(start));
      CHECK(drifts[tol] < (is_gauss(entry) ? 1e-14 : 10.0 * error));
      if (!is_gauss(entry)) CHECK(drifts[tol] > 1e-3 * error);
      const State<double> sum_start = State<double>::LinSpaced(n, -1.0, 2.0);
      CHECK(std::abs(flow(ring, sum_start, tol).sum() - sum_start.sum()) < 1e-14);
    }
    if (!is_gauss(entry)) CHECK(drifts[1e-8] < 1e-2 * drifts[1e-4]);
  }
}

TEST_CASE("a flow in float agrees with one in double to the rounding of float") {
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    FunctionField<double> field(12, factor_field<double>);
    FunctionField<float> rough(12, factor_field<float>);
    State<double> theta = factor_start<double>(6);
    State<float> theta_rough = factor_start<float>(6);
    Observer<double> observer;
    Observer<float> observer_rough;
    const auto method = entry.make<double>(tolerances(1e-10, 1e-10));
    const auto method_rough = entry.make<float>(tolerances(1e-6, 1e-6));
    const Plan plan = plan_flow(3.0, 7);
    REQUIRE(run<double>(*method, field, theta, plan, Limits{}, observer).end == End::completed);
    const Summary summary = run<float>(*method_rough, rough, theta_rough, plan, Limits{}, observer_rough);
    REQUIRE(summary.end == End::completed);
    CHECK(summary.t == 3.0);  // the clock is double
    CHECK((theta - theta_rough.cast<double>()).cwiseAbs().maxCoeff() < (entry.order > 2 ? 1e-5 : 1e-4));
  }
}
