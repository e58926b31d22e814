// CVODE as a method: its own steps, whatever the rows; symmetric solves; what it says when it fails.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "tests/integrators/fields.h"

using namespace invar;
using namespace invar::testing;

namespace {

Summary cvode(VectorField<double>& field, State<double>& theta, double time, std::int64_t rows, double tol,
              NormKind norm = NormKind::rms, std::vector<Eigen::Index> tensors = {}) {
  MethodOptions options = tolerances(tol, tol);
  options.norm = norm;
  options.tensor_begin = std::move(tensors);
  const auto method = find_method("cvode").make<double>(options);
  Observer<double> observer;
  return run<double>(*method, field, theta, plan_flow(time, rows), Limits{}, observer);
}

/// C = ½ θᵀ diag(λ) θ with eigenvalues spread from 1e-2 to `stiffness`.
Eigen::MatrixXd spread(Eigen::Index size, double stiffness) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(size, size);
  for (Eigen::Index i = 0; i < size; ++i)
    a(i, i) = 1e-2 * std::pow(1e2 * stiffness, static_cast<double>(i) / static_cast<double>(size - 1));
  return a;
}

}  // namespace

TEST_CASE("rows are interpolated: they cost CVODE no gradient and move no step") {
  Summary last;
  State<double> end;
  for (const std::int64_t rows : {1, 7, 200}) {
    FunctionField<double> field(8, factor_field<double>);
    State<double> theta = factor_start<double>(4);
    const Summary summary = cvode(field, theta, 20.0, rows, 1e-8);
    REQUIRE(summary.end == End::completed);
    if (rows > 1) {
      CHECK(summary.evaluations == last.evaluations);
      CHECK(summary.counters.rejected == last.counters.rejected);
      CHECK(theta == end);
    }
    last = summary;
    end = theta;
  }
}

TEST_CASE("CVODE's error falls with its tolerance, between its steps too, on a field that depends on time") {
  // θ' = −50 (θ − sin t) + cos t, from θ = sin t: stiff, with a known solution.
  double previous = 1.0;
  for (const double tol : {1e-4, 1e-6, 1e-8, 1e-10}) {
    FunctionField<double> field(1, [](const State<double>& x, double t, State<double>& d) {
      d(0) = -50.0 * (x(0) - std::sin(t)) + std::cos(t);
    });
    State<double> theta = State<double>::Zero(1);
    const auto method = find_method("cvode").make<double>(tolerances(tol, tol));
    Recorder<double> recorder;
    REQUIRE(run<double>(*method, field, theta, plan_flow(6.0, 50), Limits{}, recorder).end == End::completed);
    double error = 0.0;
    for (std::size_t r = 0; r < recorder.rows.size(); ++r)
      error = std::max(error, std::abs(recorder.states[r](0) - std::sin(recorder.rows[r].t)));
    CHECK(error < 100.0 * tol);
    CHECK(error < 0.1 * previous);
    previous = error;
    CHECK(field.counted == field.evaluations());
  }
}

TEST_CASE("the work on a stiff flow grows with the logarithm of the stiffness, not with its root") {
  std::int64_t gradients = 0;
  for (const double stiffness : {1e2, 1e4, 1e6}) {
    QuadraticField<double> field(spread(60, stiffness));
    State<double> theta = State<double>::Ones(60);
    REQUIRE(cvode(field, theta, 10.0, 1, 1e-6).end == End::completed);
    const State<double> exact = (-10.0 * spread(60, stiffness).diagonal().array()).exp();
    CHECK((theta - exact).cwiseAbs().maxCoeff() < 1e-4);
    if (gradients > 0) CHECK(field.gradients() < 4 * gradients);
    gradients = field.gradients();
  }
}

TEST_CASE("what CVODE's steps have shown of the Jacobian makes the next ones cheap") {
  // Conjugate gradients alone take ten gradients a step and more.
  for (const double tol : {1e-4, 1e-6, 1e-8}) {
    CAPTURE(tol);
    QuadraticField<double> field(spread(24, 1e4));
    State<double> theta = State<double>::Ones(24);
    const Summary summary = cvode(field, theta, 300.0, 1, tol);
    REQUIRE(summary.end == End::completed);
    CHECK(summary.evaluations < 3 * summary.counters.accepted);
  }
}

TEST_CASE("a saddle is left along its growing direction, as fast as the flow does") {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(3, 3);
  a.diagonal() << -1.0, 200.0, 0.5;
  QuadraticField<double> field(a);
  State<double> theta = Eigen::Vector3d(1e-3, 1.0, 1.0);
  REQUIRE(cvode(field, theta, 8.0, 3, 1e-9).end == End::completed);
  CHECK(theta(0) == Approx(1e-3 * std::exp(8.0)).epsilon(1e-5));
  CHECK(theta(2) == Approx(std::exp(-4.0)).epsilon(1e-5));
}

TEST_CASE("a Jacobian that is not symmetric costs CVODE gradients, not accuracy") {
  // The corrector's residual is that of the equations whatever J: a rotation, with stiff directions that shear into it.
  constexpr Eigen::Index n = 12;
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i) a(i, i) = i < 2 ? 0.1 : std::pow(10.0, 0.3 * static_cast<double>(i));
  a(0, 1) = 2.0;
  a(1, 0) = -2.0;
  for (Eigen::Index i = 2; i < n; ++i) a(i % 2, i) = 0.5 * a(i, i);
  const State<double> start = State<double>::Ones(n);
  QuadraticField<double> for_reference(a);
  State<double> reference = start;
  Observer<double> silent;
  const auto pair = find_method("dop853").make<double>(tolerances(1e-12, 1e-12));
  REQUIRE(run<double>(*pair, for_reference, reference, plan_flow(6.0, 1), Limits{}, silent).end == End::completed);
  for (const double tol : {1e-3, 1e-5, 1e-7, 1e-9}) {
    CAPTURE(tol);
    QuadraticField<double> field(a);
    State<double> theta = start;
    REQUIRE(cvode(field, theta, 6.0, 1, tol).end == End::completed);
    CHECK((theta - reference).cwiseAbs().maxCoeff() < 200.0 * tol);
    CHECK(field.gradients() < 2 * for_reference.gradients());
  }
}

TEST_CASE("CVODE's corrector stands kinks of the field and places where it has no values") {
  // Slopes that change 1,000-fold where a component changes its sign; beyond 2 there is nothing.
  constexpr Eigen::Index n = 6;
  const auto kinked = [](const State<double>& x, double t, State<double>& d) {
    for (Eigen::Index i = 0; i < n; ++i) {
      const double target = std::cos(t + static_cast<double>(i)), off = x(i) - target;
      d(i) = x(i) > 2.0 ? std::numeric_limits<double>::quiet_NaN() : (x(i) > 0.0 ? -1000.0 : -1.0) * off;
    }
  };
  State<double> reference = State<double>::Constant(n, 1.99);
  FunctionField<double> for_reference(n, kinked);
  Observer<double> silent;
  const auto pair = find_method("tsit5").make<double>(tolerances(1e-10, 1e-10));
  REQUIRE(run<double>(*pair, for_reference, reference, plan_flow(8.0, 1), Limits{}, silent).end == End::completed);
  for (const double tol : {1e-4, 1e-6, 1e-8}) {
    CAPTURE(tol);
    FunctionField<double> field(n, kinked);
    State<double> theta = State<double>::Constant(n, 1.99);
    REQUIRE(cvode(field, theta, 8.0, 1, tol).end == End::completed);
    CHECK((theta - reference).cwiseAbs().maxCoeff() < 100.0 * tol);
  }
}

TEST_CASE("CVODE measures its errors in the norm that is asked for") {
  // One parameter moves among a thousand that rest: their mean hides its error, the other norms do not.
  const auto error = [](NormKind norm) {
    FunctionField<double> field(1000, [](const State<double>& x, double, State<double>& d) {
      d.setZero();
      d(0) = -x(0) * x(0);
    });
    State<double> theta = State<double>::Ones(1000);
    REQUIRE(cvode(field, theta, 5.0, 1, 1e-6, norm, {0, 1}).end == End::completed);
    return std::abs(theta(0) - 1.0 / 6.0);
  };
  CHECK(error(NormKind::max) < 0.3 * error(NormKind::rms));
  CHECK(error(NormKind::tensors) == error(NormKind::max));
}
