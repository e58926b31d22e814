// The method that chooses: what it takes for stiff, and what that is worth.
#include <catch2/catch.hpp>
#include <cmath>

#include "integrators/stiffness.h"
#include "tests/integrators/fields.h"

using namespace invar;
using namespace invar::testing;

namespace {

struct Run {
  Summary summary;
  State<double> end;
  std::int64_t gradients = 0;
  bool explicit_at_the_end = false;
};

Run run_with(std::string_view method, VectorField<double>& field, const State<double>& start, double time, double tol) {
  const auto made = find_method(method).make<double>(tolerances(tol, tol));
  Observer<double> observer;
  Run result{.summary = {}, .end = start};
  result.summary = run<double>(*made, field, result.end, plan_flow(time, 1), Limits{}, observer);
  result.gradients = field.gradients();
  result.explicit_at_the_end = made->last_step().tableau != nullptr;
  return result;
}

}  // namespace

TEST_CASE("stability intervals on the real axis are those of the books") {
  CHECK(real_stability(euler_tableau()) == Approx(2.0).margin(0.01));
  CHECK(real_stability(dopri5_tableau<double>()) == Approx(3.3066).margin(0.01));
}

TEST_CASE("a flow that is not stiff gets the explicit pair, bit for bit") {
  for (const auto& [tol, pair] : {std::pair{1e-5, "tsit5"}, std::pair{1e-6, "tsit5"}, std::pair{1e-9, "dop853"}}) {
    CAPTURE(tol);
    FunctionField<double> one(12, factor_field<double>), other(12, factor_field<double>);
    const Run chosen = run_with("auto", one, factor_start<double>(6), 3.0, tol);
    const Run direct = run_with(pair, other, factor_start<double>(6), 3.0, tol);
    CHECK(chosen.end == direct.end);
    CHECK(chosen.gradients == direct.gradients);
  }
}

TEST_CASE("a stiff flow costs auto little more than the method for stiff flows, whatever the tolerance") {
  // Eigenvalues from 0.01 to 10⁴.
  constexpr Eigen::Index n = 40;
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i) a(i, i) = 1e-2 * std::pow(1e6, static_cast<double>(i) / (n - 1.0));
  const State<double> start = State<double>::Ones(n);
  const State<double> exact = (-5.0 * a.diagonal().array()).exp();
  for (const double tol : {1e-3, 1e-5, 1e-7, 1e-9}) {
    CAPTURE(tol);
    const auto gradients = [&](std::string_view method, double tolerance) {
      QuadraticField<double> field(a);
      return run_with(method, field, start, 5.0, tolerance).gradients;
    };
    QuadraticField<double> field(a);
    const Run chosen = run_with("auto", field, start, 5.0, tol);
    REQUIRE(chosen.summary.end == End::completed);
    CHECK_FALSE(chosen.explicit_at_the_end);
    CHECK((chosen.end - exact).cwiseAbs().maxCoeff() < 20.0 * tol);
    const std::int64_t stiff = gradients("cvode", 0.01 * tol);
    CHECK(chosen.gradients < stiff + stiff / 2 + 500);
    CHECK(10 * chosen.gradients < gradients("tsit5", tol));
  }
}

TEST_CASE("at loose tolerances auto soon sees what is stiff, and at the loosest needs no look") {
  constexpr Eigen::Index n = 40;
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i) a(i, i) = 1e-2 * std::pow(1e4, static_cast<double>(i) / (n - 1.0));
  const auto gradients = [&](std::string_view method, double tolerance) {
    QuadraticField<double> field(a);
    return run_with(method, field, State<double>::Ones(n), 20.0, tolerance).gradients;
  };
  CHECK(gradients("auto", 1e-2) <= gradients("cvode", 3e-4));
  CHECK(gradients("auto", 1e-3) < gradients("cvode", 1e-4) + 60);
  CHECK(gradients("auto", 1e-4) < gradients("cvode", 3e-6) + 60);
}

TEST_CASE("extreme stiffness costs auto no more at a loose tolerance than at a tight one") {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(3, 3);
  a.diagonal() << 1e6, 30.0, 0.1;
  const auto gradients = [&](double tol) {
    QuadraticField<double> field(a);
    const Run chosen = run_with("auto", field, State<double>::Ones(3), 100.0, tol);
    REQUIRE(chosen.summary.end == End::completed);
    CHECK((chosen.end - State<double>((-100.0 * a.diagonal().array()).exp())).cwiseAbs().maxCoeff() < 20.0 * tol);
    return chosen.gradients;
  };
  const std::int64_t tight = gradients(1e-8);
  CHECK(gradients(1e-3) < 20 * tight);
  CHECK(gradients(1e-5) < 20 * tight);
}

TEST_CASE("a loose tolerance does not throw auto off a stiff landscape, nor cost it more than a tighter one") {
  // C = ½ Σ λ_i (θ_i + θ_i³)²: sharper the farther from the minimum.
  constexpr Eigen::Index n = 12;
  const auto field_of = [](const State<double>& x, double, State<double>& d) {
    for (Eigen::Index i = 0; i < n; ++i) {
      const double stiffness = std::pow(10.0, 0.3 * static_cast<double>(i)), square = x(i) * x(i);
      d(i) = -stiffness * x(i) * (1.0 + square) * (1.0 + 3.0 * square);
    }
  };
  FunctionField<double> for_reference(n, field_of);
  const State<double> start = State<double>::Constant(n, 0.5);
  const Run reference = run_with("dop853", for_reference, start, 3.0, 1e-10);
  std::int64_t gradients = 0;
  for (const double tol : {1e-3, 1e-2, 0.1, 1.0}) {
    CAPTURE(tol);
    FunctionField<double> field(n, field_of);
    const Run loose = run_with("auto", field, start, 3.0, tol);
    REQUIRE(loose.summary.end == End::completed);
    CHECK((loose.end - reference.end).cwiseAbs().maxCoeff() < 0.02);
    if (gradients > 0) CHECK(static_cast<double>(loose.gradients) <= 1.1 * static_cast<double>(gradients));
    gradients = loose.gradients;
  }
}

TEST_CASE("a tolerance below the rounding of a field in float costs auto no more than one at it") {
  // C = ½ Σ λ_i (θ_i + θ_i³)², λ from 1 to 2000, each gradient rounded to float.
  constexpr Eigen::Index n = 12;
  const auto slope = [](double x, Eigen::Index i) {
    return -std::pow(10.0, 0.3 * static_cast<double>(i)) * x * (1.0 + x * x) * (1.0 + 3.0 * x * x);
  };
  FunctionField<double> smooth(n, [&](const State<double>& x, double, State<double>& d) {
    for (Eigen::Index i = 0; i < n; ++i) d(i) = slope(x(i), i);
  });
  const Run reference = run_with("dop853", smooth, State<double>::Constant(n, 0.5), 3.0, 1e-10);
  std::int64_t gradients = 0;
  for (const double tol : {3e-7, 1e-7, 1e-9, 1e-12}) {
    CAPTURE(tol);
    FunctionField<float> field(n, [&](const State<float>& x, double, State<float>& d) {
      for (Eigen::Index i = 0; i < n; ++i) d(i) = static_cast<float>(slope(static_cast<double>(x(i)), i));
    });
    const auto made = find_method("auto").make<float>(tolerances(tol, 0.01 * tol));
    Observer<float> observer;
    State<float> theta = State<float>::Constant(n, 0.5f);
    REQUIRE(run<float>(*made, field, theta, plan_flow(3.0, 1), Limits{}, observer).end == End::completed);
    CHECK((theta.cast<double>() - reference.end).cwiseAbs().maxCoeff() < 2e-6);
    if (gradients > 0) CHECK(static_cast<double>(field.gradients()) <= 1.5 * static_cast<double>(gradients));
    gradients = std::max(gradients, field.gradients());
  }
}

TEST_CASE("an explicit pair on a stiff flow says so, with the place of its steps and the remedy") {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(2, 2);
  a.diagonal() << 1000.0, 0.1;
  for (const std::string_view method : {"dopri5", "cash-karp54", "fehlberg78", "tsit5", "dop853", "bulirsch-stoer"}) {
    CAPTURE(method);
    QuadraticField<double> stiff(a), mild(a / 1000.0);
    const Run limited = run_with(method, stiff, State<double>::Ones(2), 3.0, 1e-6);
    CHECK(limited.summary.stiff);
    CHECK_THAT(limited.summary.text, Catch::Contains("stability") && Catch::Contains("rkc3"));
    const Run free = run_with(method, mild, State<double>::Ones(2), 3.0, 1e-6);
    CHECK_FALSE(free.summary.stiff);
    CHECK(free.summary.text == "completed at step " + std::to_string(free.summary.steps) + ", t = 3 of 3");
  }
  QuadraticField<double> field(a);
  CHECK_FALSE(run_with("auto", field, State<double>::Ones(2), 3.0, 1e-6).summary.stiff);
}

TEST_CASE("a flow whose last third is stiff is named too, one that is stiff for a moment is not") {
  for (const std::string_view method : {"dopri5", "tsit5", "bulirsch-stoer"}) {
    for (const double stiff_from : {2.0, 2.99}) {
      CAPTURE(method, stiff_from);
      FunctionField<double> field(2, [&](const State<double>& x, double t, State<double>& d) {
        d(0) = (t < stiff_from ? -3.0 : -1000.0) * x(0);
        d(1) = -x(1);
      });
      const Run run = run_with(method, field, State<double>::Ones(2), 3.0, 1e-6);
      REQUIRE(run.summary.end == End::completed);
      CHECK(run.summary.stiff == (stiff_from < 2.5));
    }
  }
}

TEST_CASE("where stiffness ends and accuracy is dear, auto goes back to the explicit pair") {
  const auto forced = [](const State<double>& x, double t, State<double>& d) {
    d(0) = t < 4.0 ? -5000.0 * x(0) : std::sin(15.0 * (t - 4.0)) - x(0);
  };
  FunctionField<double> one(1, forced), other(1, forced);
  const State<double> start = State<double>::Ones(1);
  const Run chosen = run_with("auto", one, start, 40.0, 1e-8);
  const Run stiff = run_with("cvode", other, start, 40.0, 1e-10);
  REQUIRE(chosen.summary.end == End::completed);
  CHECK(chosen.explicit_at_the_end);
  CHECK(chosen.gradients < stiff.gradients);
  CHECK(std::abs(chosen.end(0) - stiff.end(0)) < 1e-6);
}

TEST_CASE("a step view holds the derivative at the end of the step, where the method has it") {
  int seen = 0;
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    FunctionField<double> field(8, factor_field<double>);
    State<double> theta = factor_start<double>(4), expected(8);
    Recorder<double> recorder;
    recorder.check = [&](const StepView<double>& step) {
      if (step.derivative == nullptr) return;
      factor_field<double>(*step.after, step.t_after, expected);
      CHECK((*step.derivative - expected).cwiseAbs().maxCoeff() < 1e-14);
      ++seen;
    };
    const auto method = entry.make<double>(tolerances(1e-6, 1e-6));
    REQUIRE(run<double>(*method, field, theta, plan_flow(1.0, 3), Limits{}, recorder).end == End::completed);
  }
  CHECK(seen > 30);
}
