// Stabilised Runge–Kutta methods: their stability, order conditions, work, and the curvature that they measure.
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_real_distribution.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "fields.h"
#include "integrators/chebyshev_chain.h"
#include "integrators/curvature.h"
#include "integrators/rkc3.h"
#include "integrators/rkc4.h"

using namespace invar;
using namespace invar::testing;

namespace {

std::vector<MethodEntry> stabilised_methods() {
  std::vector<MethodEntry> entries;
  for (const char* name : {"rkc2", "rkc3", "rkc4"}) entries.push_back(find_method(name));
  return entries;
}

Eigen::MatrixXd diagonal(const Eigen::VectorXd& values) {
  return values.asDiagonal();
}

/// Every attempt is accepted.
MethodOptions free_steps(double first_step) {
  MethodOptions options = tolerances(1e300, 1e300);
  options.first_step = first_step;
  return options;
}

double sum(const std::vector<double>& x, const std::vector<double>& y) {
  double result = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) result += x[i] * y[i];
  return result;
}

}  // namespace

/// |R| ≤ `height` for z ≤ −`from`, no growth above, and R(z) − exp(z) there; for every number of stages.
template <class Family>
void check_ripples(double height, double from, double tolerance, double least_scaled) {
  std::vector<double> y(StabilityPolynomial::kMostStages + 1);
  for (int s = Family::kLeastStages; s <= StabilityPolynomial::kMostStages; ++s) {
    CAPTURE(s);
    const stabilised::CombinedChain& c = Family::coefficients(s);
    const auto n = static_cast<std::size_t>(s);
    std::vector<stabilised::ChainTerm> chain(n + 1);
    stabilised::chebyshev_chain(c.shape, chain);
    const double interval = Family::interval(s);
    CHECK(interval > 0.7 * least_scaled * s * s);
    if (s >= 12) CHECK(interval > least_scaled * s * s);
    double ripple = 0.0, near_zero = 0.0, near_exponential = 0.0;
    const int points = 40 * s;
    for (int i = 0; i <= points; ++i) {
      const double z = -0.5 * interval * (1.0 - std::cos(i * std::acos(-1.0) / points));
      double value = 1.0;
      y[0] = 0.0;
      for (std::size_t j = 1; j <= n; ++j) {
        y[j] = chain[j].own * z * (1.0 + y[j - 1]) + chain[j].first * z + chain[j].mu * y[j - 1];
        if (j >= 2) y[j] += chain[j].nu * y[j - 2];
        value += c.combine[j] * y[j];
      }
      if (z > -from) {
        near_zero = std::max(near_zero, std::abs(value));
        near_exponential = std::max(near_exponential, std::abs(value - std::exp(z)));
      } else {
        ripple = std::max(ripple, std::abs(value));
      }
    }
    CHECK(ripple < height);
    CHECK(near_zero <= 1.0 + 1e-13);
    CHECK(near_exponential < tolerance);
  }
}

TEST_CASE("stability polynomials have ripples of one height on their whole interval, for every number of stages") {
  check_ripples<Rkc3>(0.951, 0.06, 1e-6, 0.479);
  check_ripples<Rkc4>(0.651, 0.5, 1e-3, 0.309);
}

TEST_CASE("rkc4 meets all conditions of order 4 to rounding, and its error estimate those of order 3") {
  using stabilised::Weights;
  for (int s = Rkc4::kLeastStages; s <= StabilityPolynomial::kMostStages; ++s) {
    CAPTURE(s);
    const stabilised::CombinedChain& c = Rkc4::coefficients(s);
    const auto n = static_cast<std::size_t>(s);
    std::vector<stabilised::ChainTerm> chain(n + 1);
    stabilised::chebyshev_chain(c.shape, chain);
    std::vector<Weights> weights(n + 1);
    stabilised::chain_weights(chain, c.correction, weights);
    Weights missing = -stabilised::exact_weights(), estimate = Weights::Zero();
    for (std::size_t j = 1; j <= n; ++j) missing += c.combine[j] * weights[j];
    for (const auto& [stage, weight] : c.estimate) estimate += weight * weights[static_cast<std::size_t>(stage)];
    CHECK(missing.lpNorm<Eigen::Infinity>() < 5e-14);
    CHECK(estimate.head<3>().lpNorm<Eigen::Infinity>() < 5e-14);  // • [•] [[•]]
    CHECK(std::abs(estimate(4)) < 5e-14);                         // [•,•]
    CHECK(estimate(3) > 1e-3);                                    // [[[•]]]: not beyond
  }
}

TEST_CASE("the weights by which rkc4's conditions are met are those of its tableau") {
  for (const double tau : {1.0, 30.0, 300.0, 3000.0}) {
    QuadraticField<double> field(Eigen::MatrixXd::Identity(3, 3));
    State<double> theta = State<double>::Ones(3);
    MethodOptions options = free_steps(tau);
    options.keep_stages = true;
    const auto method = find_method("rkc4").make<double>(options);
    double t = 0.0;
    method->start(field, theta, t);
    REQUIRE(method->advance(theta, t, tau).accepted);
    const Tableau& tableau = *method->last_step().tableau;
    const auto s = static_cast<std::size_t>(tableau.stages);
    CAPTURE(s);
    const auto within = [&](const std::vector<double>& x) {
      std::vector<double> product(s);
      for (std::size_t i = 0; i < s; ++i)
        for (std::size_t j = 0; j < s; ++j) product[i] += tableau.a[i * s + j] * x[j];
      return product;
    };
    const auto times = [&](std::vector<double> x, const std::vector<double>& y) {
      for (std::size_t i = 0; i < s; ++i) x[i] *= y[i];
      return x;
    };
    const std::vector<double>& c = tableau.c;
    const std::vector<double> square = times(c, c), inner = within(c);
    CHECK(std::abs(sum(tableau.b, square) - 1.0 / 3) < 1e-11);
    CHECK(std::abs(sum(tableau.b, times(square, c)) - 1.0 / 4) < 1e-11);
    CHECK(std::abs(sum(tableau.b, times(c, inner)) - 1.0 / 8) < 1e-11);
    CHECK(std::abs(sum(tableau.b, within(square)) - 1.0 / 12) < 1e-11);
    CHECK(std::abs(sum(tableau.b, within(inner)) - 1.0 / 24) < 1e-11);
  }
}

TEST_CASE("steps of every length shrink every mode of a stiff quadratic") {
  boost::random::mt19937 engine(5);
  boost::random::uniform_real_distribution<double> exponent(-2.0, 4.2);
  constexpr Eigen::Index n = 300;
  for (const MethodEntry& entry : stabilised_methods()) {
    int most = 0;
    for (int trial = 0; trial < 60; ++trial) {
      const double tau = std::pow(10.0, exponent(engine));
      CAPTURE(entry.name, tau);
      // Dense at the upper end, so that ripples at the end of the interval are met.
      const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(n, 0.0, 1.0);
      const Eigen::VectorXd lambda = (1.0 - x.array() * (2.0 - x.array())).matrix();
      QuadraticField<double> field(diagonal(lambda));
      State<double> theta = State<double>::Ones(n);
      MethodOptions options = free_steps(tau);
      options.keep_stages = true;
      const auto method = entry.make<double>(options);
      double t = 0.0;
      method->start(field, theta, t);
      REQUIRE(method->advance(theta, t, tau).accepted);
      most = std::max(most, method->last_step().tableau->stages);
      for (Eigen::Index i = 0; i < n; ++i) {
        const double z = tau * lambda(i);
        CHECK(std::abs(theta(i)) <= std::max(0.96, std::exp(-z) + 1e-4));
      }
    }
    CHECK(most > 100);
  }
}

TEST_CASE("tableaus of stabilised methods meet their order conditions, and their stages are of order 2") {
  for (const MethodEntry& entry : stabilised_methods()) {
    for (const double tau : {0.1, 20.0, 100.0, 1000.0, 10000.0}) {
      QuadraticField<double> field(Eigen::MatrixXd::Identity(3, 3));
      State<double> theta = State<double>::Ones(3);
      MethodOptions options = free_steps(tau);
      options.keep_stages = true;
      const auto method = entry.make<double>(options);
      double t = 0.0;
      method->start(field, theta, t);
      REQUIRE(method->advance(theta, t, tau).accepted);
      const Tableau& tableau = *method->last_step().tableau;
      const auto s = static_cast<std::size_t>(tableau.stages);
      CAPTURE(entry.name, s);
      CHECK(method->last_step().stages.size() == s);
      std::vector<double> squares(s), inner(s), ones(s, 1.0);
      for (std::size_t i = 0; i < s; ++i) {
        double row = 0.0;
        for (std::size_t j = 0; j < s; ++j) {
          row += tableau.a[i * s + j];
          inner[i] += tableau.a[i * s + j] * tableau.c[j];
        }
        squares[i] = tableau.c[i] * tableau.c[i];
        CHECK(std::abs(row - tableau.c[i]) < 1e-12);
        if (i >= 2 && entry.order < 4) CHECK(std::abs(inner[i] - 0.5 * squares[i]) < 1e-11);
        // Those of rkc4 make up for stage 1.
        if (entry.order == 4) CHECK(std::abs(inner[i] - 0.5 * squares[i]) < 1e-3);
      }
      CHECK(std::abs(sum(tableau.b, ones) - 1.0) < 1e-11);
      CHECK(std::abs(sum(tableau.b, tableau.c) - 1.0 / 2) < 1e-11);
      if (entry.order < 3) continue;
      CHECK(std::abs(sum(tableau.b, inner) - 1.0 / 6) < 1e-11);
      if (entry.order > 3) continue;
      CHECK(std::abs(sum(tableau.b, squares) - 1.0 / 3) < (s == 4 ? 3.4e-4 : 0.2 * std::pow(s, -4.0)) + 1e-11);
    }
  }
}

TEST_CASE("an order above 2 is kept where stiff components follow slow ones and rkc4 errs less") {
  // θ' = −λ_i (θ − cos t) − sin t, Prothero & Robinson's problem for many λ at once
  constexpr Eigen::Index n = 60;
  const Eigen::ArrayXd lambda =
      Eigen::ArrayXd::LinSpaced(n, -1.0, 4.0).unaryExpr([](double x) { return std::pow(10.0, x); });
  const auto error = [&](const char* name, int steps) {
    FunctionField<double> field(n, [&](const State<double>& x, double t, State<double>& d) {
      d = (-lambda * (x.array() - std::cos(t)) - std::sin(t)).matrix();
    });
    State<double> theta = State<double>::Ones(n);
    const auto method = find_method(name).make<double>(free_steps(2.0 / steps));
    double t = 0.0, worst = 0.0;
    method->start(field, theta, t);
    for (int i = 1; i <= steps; ++i) {
      REQUIRE(method->advance(theta, t, 2.0 * i / steps).accepted);
      worst = std::max(worst, (theta.array() - std::cos(t)).abs().maxCoeff());
    }
    return worst;
  };
  // Errors of order 3 that the stiff components, damped by 0.95 a step, gather over some steps.
  for (const char* name : {"rkc3", "rkc4"}) {
    CAPTURE(name);
    for (const int steps : {10, 20, 40}) CHECK(std::log2(error(name, steps) / error(name, 2 * steps)) > 2.3);
    CHECK(error(name, 40) < 2e-4);
  }
  CHECK(error("rkc4", 40) < 0.4 * error("rkc3", 40));
}

TEST_CASE("a stiff flow costs the root of its stiffness, and its error is within the tolerance") {
  const Eigen::VectorXd lambda =
      Eigen::VectorXd::LinSpaced(40, -2.0, 5.0).unaryExpr([](double x) { return std::pow(10.0, x); });
  QuadraticField<double> field(diagonal(lambda));
  State<double> theta = State<double>::Ones(40);
  Observer<double> observer;
  const State<double> exact = (-10.0 * lambda).array().exp();
  for (const char* name : {"rkc3", "rkc4"}) {
    CAPTURE(name);
    theta.setOnes();
    const auto method = find_method(name).make<double>(tolerances(1e-6, 1e-6));
    const Summary summary = run<double>(*method, field, theta, plan_flow(10.0, 1), Limits{}, observer);
    CHECK(summary.end == End::completed);
    CHECK(summary.evaluations < 25000);  // pairs need some 2,000,000: λ T = 10⁶
    CHECK((theta - exact).cwiseAbs().maxCoeff() < 2e-6);
  }
}

TEST_CASE("evaluations of stabilised methods are stages, products for the curvature, and two at the start") {
  for (const MethodEntry& entry : stabilised_methods()) {
    for (const bool keep : {true, false}) {
      CAPTURE(entry.name, keep);
      FunctionField<double> field(20, factor_field<double>);
      State<double> theta = factor_start<double>(10);
      MethodOptions options = tolerances(1e-5, 1e-5);
      options.keep_stages = keep;
      const auto method = entry.make<double>(options);
      Recorder<double> recorder;
      std::int64_t stages = 0, products = 0, measured_at = -1;
      recorder.check = [&](const StepView<double>& step) {
        REQUIRE((step.tableau != nullptr) == keep);
        stages += static_cast<std::int64_t>(step.stages.size());
        REQUIRE(step.curvature != nullptr);
        if (step.curvature->step != measured_at) products += step.curvature->products;
        measured_at = step.curvature->step;
      };
      const Summary summary = run<double>(*method, field, theta, plan_flow(20.0, 3), Limits{}, recorder);
      REQUIRE(summary.counters.rejected == 0);
      CHECK(summary.evaluations == field.counted);
      CHECK(products > 0);
      CHECK(100 * products < 15 * summary.evaluations);
      if (keep) CHECK(summary.evaluations == 2 + stages + products);
    }
  }
}

TEST_CASE("the measured curvature is the spectrum's upper end within its residual, from cold and from warm") {
  boost::random::mt19937 engine(7);
  boost::random::uniform_real_distribution<double> uniform(-1.0, 1.0);
  constexpr Eigen::Index n = 120;
  Eigen::MatrixXd mixing(n, n);
  for (double& x : mixing.reshaped()) x = uniform(engine);
  const Eigen::MatrixXd q = Eigen::HouseholderQR<Eigen::MatrixXd>(mixing).householderQ();
  const auto check = [&](auto zero, double tolerance, double slack) {
    using S = decltype(zero);
    CurvatureProbe<S> probe;
    probe.start(n);
    std::int64_t cold = 0;
    for (int turn = 0; turn < 4; ++turn) {
      Eigen::VectorXd lambda(n);
      for (Eigen::Index i = 0; i < n; ++i) lambda(i) = std::pow(static_cast<double>(i + 1) / n, 6.0) * (50.0 + turn);
      lambda(0) = -3.0;
      const Eigen::MatrixXd a = q * lambda.asDiagonal() * q.transpose();
      QuadraticField<S> field(a.template cast<S>());
      State<S> theta = State<S>::Ones(n), derivative(n);
      field.evaluate(theta, 0.0, derivative);
      REQUIRE(probe.measure(field, theta, 0.0, derivative, tolerance, turn));
      const Curvature& found = probe.last();
      CHECK(found.step == turn);
      CHECK(found.products == field.evaluations() - 1);
      CHECK(found.residual_largest <= tolerance * found.largest);
      CHECK((lambda.array() - found.largest).abs().minCoeff() <= found.residual_largest + slack);
      CHECK(found.largest + found.residual_largest > 0.97 * lambda.maxCoeff());
      CHECK(found.largest <= lambda.maxCoeff() + slack);
      CHECK(found.smallest >= -3.0 - slack);
      if (turn == 0) cold = found.products;
      if (turn > 0) CHECK(found.products < cold);
    }
  };
  check(0.0, 0.05, 1e-4);
  check(0.0f, 0.05, 0.2);
}

TEST_CASE("a curvature that cannot be measured leaves the last one") {
  FunctionField<double> field(3, [](const State<double>& x, double, State<double>& d) {
    d.setConstant(x(0) == 1.0 ? 1.0 : std::numeric_limits<double>::quiet_NaN());
  });
  CurvatureProbe<double> probe;
  probe.start(3);
  CHECK_FALSE(probe.measure(field, State<double>::Ones(3), 0.0, State<double>::Ones(3), 0.05, 4));
  CHECK(probe.last().products == 0);
  CHECK(probe.last().largest == 0.0);
}
