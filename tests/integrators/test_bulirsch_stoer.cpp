// Extrapolation: what a step costs, and that its order is its own choice.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "fields.h"

using namespace invar;
using namespace invar::testing;

TEST_CASE("a step of extrapolation costs the squares of its rows and one gradient") {
  for (const double tol : {1e-2, 1e-5, 1e-8, 1e-11}) {
    CAPTURE(tol);
    FunctionField<double> field(12, factor_field<double>);
    State<double> theta = factor_start<double>(6);
    MethodOptions options = tolerances(tol, tol);
    options.first_step = 0.1;
    const auto method = find_method("bulirsch-stoer").make<double>(options);
    double t = 0.0;
    method->start(field, theta, t);
    std::int64_t before = 1;  // F at the start
    for (int i = 0; i < 10; ++i) {
      const StepCounters counters = method->counters();
      REQUIRE(method->advance(theta, t, 50.0).accepted);
      const std::int64_t cost = field.counted - before;
      before = field.counted;
      if (method->counters().rejected != counters.rejected) continue;
      const double rows = std::sqrt(static_cast<double>(cost - 1));
      CHECK(rows == std::round(rows));
      CHECK(rows >= 2.0);
      CHECK(rows <= 8.0);
    }
  }
}

TEST_CASE("extrapolation raises its order with the accuracy asked for") {
  const auto evaluations = [](std::string_view name, double tol) {
    FunctionField<double> field(2, [](const State<double>& x, double, State<double>& d) { d << x(1), -x(0); });
    State<double> theta = Eigen::Vector2d(1.0, 0.0);
    const Summary summary = flow(find_method(name), field, theta, 20.0, tol);
    REQUIRE(summary.end == End::completed);
    CHECK((theta - Eigen::Vector2d(std::cos(20.0), -std::sin(20.0))).norm() < 100.0 * tol);
    return static_cast<double>(summary.evaluations);
  };
  // Order p makes 10^(8/p) times the work of 10⁸ times the accuracy: 40 for p = 5.
  CHECK(evaluations("bulirsch-stoer", 1e-12) < 6.0 * evaluations("bulirsch-stoer", 1e-4));
  CHECK(evaluations("dopri5", 1e-12) > 15.0 * evaluations("dopri5", 1e-4));
}

TEST_CASE("extrapolation does not take an unstable step for a good one") {
  // Without ODEX's checks rows agree by chance where all are unstable, and steps grow until nothing is finite. The last
  // bits of cos decide where a step at the limit of stability lands, so errors are those of neighbouring problems: none
  // is large, and half of them are near the tolerance.
  for (const double tol : {1e-2, 1e-3, 1e-4}) {
    for (const double middle : {200.0, 600.0, 1000.0, 2000.0}) {
      CAPTURE(tol, middle);
      std::vector<double> errors;
      for (int k = -5; k <= 5; ++k) {
        const double a = middle * (1.0 + 1e-3 * k);
        FunctionField<double> field(9, [a](const State<double>& x, double t, State<double>& d) {
          for (Eigen::Index i = 0; i < x.size(); ++i) {
            const double rate = 0.1 * std::pow(10.0 * a, static_cast<double>(i) / static_cast<double>(x.size() - 1));
            d(i) = -rate * (x(i) - std::cos(t + static_cast<double>(i)));
          }
        });
        State<double> theta = factor_start<double>(5).head(9);
        const Summary summary = flow(find_method("bulirsch-stoer"), field, theta, 8.0, tol);
        REQUIRE(summary.end == End::completed);
        const double phase = std::atan(1.0 / a);  // x_8 = cos(phase) cos(t + 8 − phase), the start forgotten
        errors.push_back(std::abs(theta(8) - std::cos(phase) * std::cos(16.0 - phase)));
      }
      std::ranges::sort(errors);
      CHECK(errors.back() < 0.2);
      CHECK(errors[errors.size() / 2] < 20.0 * tol);
    }
  }
}
