// Gauss methods: their tableaus, the solver of their equations, and what they are for: quadratic laws at rounding and
// stiff flows in few gradients, whatever the accuracy of the trajectory.
#include <Eigen/Eigenvalues>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>

#include "deep_linear.h"
#include "fields.h"
#include "integrators/collocation.h"
#include "integrators/krylov_space.h"

using namespace invar;
using namespace invar::testing;

namespace {

std::vector<MethodEntry> gauss_methods() {
  std::vector<MethodEntry> entries;
  for (const MethodEntry& entry : kMethods)
    if (is_gauss(entry)) entries.push_back(entry);
  return entries;
}

/// J with eigenvalues from −1000 to 2, symmetric, or with a skew part.
Eigen::MatrixXd jacobian(Eigen::Index n, double skew) {
  const Eigen::MatrixXd q = Eigen::HouseholderQR<Eigen::MatrixXd>(random_matrix(n, n, 3)).householderQ();
  Eigen::VectorXd lambda(n);
  for (Eigen::Index i = 0; i < n; ++i)
    lambda(i) = 2.0 - std::pow(10.0, 3.0 * static_cast<double>(i) / static_cast<double>(n - 1));
  const Eigen::MatrixXd noise = random_matrix(n, n, 4);
  return q * lambda.asDiagonal() * q.transpose() + skew * (noise - noise.transpose());
}

}  // namespace

TEST_CASE("tableaus of Gauss methods satisfy B(2s), C(s) and m = 0") {
  for (const int s : {1, 2, 3}) {
    const auto n = static_cast<std::size_t>(s);
    for (const auto& [method, rounding] :
         {std::pair(&gauss_collocation<double>(s), 2e-16), std::pair(&gauss_collocation<float>(s), 1.2e-7)}) {
      const Tableau& tableau = method->tableau;
      for (int q = 1; q <= 2 * s; ++q) {
        double sum = 0.0;
        for (std::size_t i = 0; i < n; ++i) sum += tableau.b[i] * std::pow(tableau.c[i], q - 1);
        CHECK(std::abs(sum - 1.0 / q) < 10.0 * rounding);
        for (std::size_t i = 0; q <= s && i < n; ++i) {
          double row = 0.0;
          for (std::size_t j = 0; j < n; ++j) row += tableau.a[i * n + j] * std::pow(tableau.c[j], q - 1);
          CHECK(std::abs(row - std::pow(tableau.c[i], q) / q) < 10.0 * rounding);
        }
      }
      for (const double m : tableau.m()) CHECK(std::abs(m) < rounding);
      const Eigen::MatrixXd turned = method->inverse * method->a * method->transform;
      if (s % 2 == 1) CHECK(turned(0, 0) == Approx(method->real_shift));
      if (s > 1) {
        CHECK(turned(s - 1, s - 1) == Approx(method->complex_shift.real()));
        CHECK(turned(s - 2, s - 1) == Approx(-method->complex_shift.imag()));
        CHECK(turned(s - 1, s - 2) == Approx(method->complex_shift.imag()));
      }
    }
  }
}

TEST_CASE("one Krylov space solves for all shifts and right-hand sides, and knows what it leaves") {
  constexpr Eigen::Index n = 40;
  for (const double skew : {0.0, 3.0}) {
    const Eigen::MatrixXd j = jacobian(n, skew);
    KrylovSpace<double> space;
    space.resize(n, n);
    Eigen::MatrixXd right = random_matrix(n, 3, 7);
    right.col(2) = right.col(0) - 2.0 * right.col(1);  // dependent: only two directions wait
    Eigen::MatrixXd coordinates(n, 3);
    for (Eigen::Index i = 0; i < 3; ++i) {
      State<double> vector = right.col(i);
      space.take(vector, coordinates.col(i));
    }
    CHECK(space.known() == 2);
    const auto product = [&j](const State<double>& v, State<double>& w) { w = j * v; };
    const std::complex<double> shift(0.02, -0.013);
    double last = 1e300;
    for (const Eigen::Index p : {10, 25, 40}) {
      while (space.multiplied() < p) {
        REQUIRE(space.can_grow());
        REQUIRE(space.multiply(product));
      }
      for (Eigen::Index i = 0; i < 3; ++i) {
        Eigen::VectorXd real = coordinates.col(i);
        Eigen::VectorXcd complex = real.cast<std::complex<double>>();
        space.solve(0.03, real);
        space.solve(shift, complex);
        const Eigen::VectorXd x = space.basis().leftCols(p) * real.head(p);
        const Eigen::VectorXcd z = space.basis().leftCols(p) * complex.head(p);
        const double left = (right.col(i) - x + 0.03 * (j * x)).norm();
        double waiting = 0.0;
        for (Eigen::Index row = p; row < space.known(); ++row)
          waiting += std::pow(coordinates(row, i) + 0.03 * space.waiting_row(row, real), 2);
        CHECK(std::sqrt(waiting) == Approx(left).margin(1e-11));
        CHECK(left < last);
        if (p == n) {
          CHECK(left < 1e-11);
          CHECK((right.col(i).cast<std::complex<double>>() - z + shift * (j * z)).norm() < 1e-11);
        }
      }
      last = p == 10 ? 1e300 : 10.0;
    }
    CHECK_FALSE(space.can_grow());
    const double top =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(0.5 * (j + j.transpose())).eigenvalues().maxCoeff();
    CHECK(space.below(1.0001 * top));
    CHECK_FALSE(space.below(0.9999 * top));
  }
}

TEST_CASE("matrix laws of a stiff deep linear net stay at rounding while the trajectory errs by 1e-4") {
  FunctionField<double> field(DeepLinear::size, DeepLinear::field);
  const auto flow = [&](std::string_view name, double tol, State<double>& theta) {
    theta = DeepLinear::start();
    const auto method = find_method(name).make<double>(tolerances(tol, tol));
    Observer<double> observer;
    const Summary summary = run<double>(*method, field, theta, plan_flow(50.0, 1), Limits{}, observer);
    REQUIRE(summary.end == End::completed);
    return summary;
  };
  State<double> reference, theta;
  const std::int64_t explicit_steps = flow("fehlberg78", 1e-12, reference).steps;
  const Eigen::VectorXd laws = DeepLinear::laws(DeepLinear::start());
  for (const MethodEntry& entry : gauss_methods()) {
    for (const double tol : {1e-2, 1e-4, 1e-6}) {
      CAPTURE(entry.name, tol);
      const Summary summary = flow(entry.name, tol, theta);
      const double error = (theta - reference).norm() / reference.norm();
      CHECK(std::log10((DeepLinear::laws(theta) - laws).norm() / laws.norm()) < -13.0);
      CHECK(error < 2.0 * tol);
      if (tol > 1e-3) CHECK(error > 1e-6);  // the laws are not kept by a trajectory that is exact
      CHECK(summary.steps < explicit_steps);
    }
  }
}

TEST_CASE("a Gauss method crosses a stiff flow in steps of the slow motion") {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(3, 3);
  a.diagonal() << 1e6, 3e2, 1.0;
  for (const MethodEntry& entry : gauss_methods()) {
    CAPTURE(entry.name);
    QuadraticField<double> field(a);
    State<double> theta = State<double>::Ones(3);
    const auto method = entry.make<double>(tolerances(1e-5, 1e-5));
    Observer<double> observer;
    const Summary summary = run<double>(*method, field, theta, plan_flow(3.0, 1), Limits{}, observer);
    REQUIRE(summary.end == End::completed);
    CHECK(summary.evaluations < 12000);  // dopri5: 5 million
    CHECK(theta.head(2).cwiseAbs().maxCoeff() < 1e-4);
    CHECK(theta(2) == Approx(std::exp(-3.0)).epsilon(1e-3));
  }
}

TEST_CASE("a start next to a saddle leaves it on its side, at its time") {
  // J = 25, 10 at 0, −50, −20 where the first two end; a stiff third direction.
  const auto hills = [](const State<double>& x, double, State<double>& d) {
    d(0) = 25.0 * x(0) * (1.0 - x(0) * x(0));
    d(1) = 10.0 * x(1) * (1.0 - x(1) * x(1));
    d(2) = -400.0 * (x(2) - x(0));
  };
  for (const MethodEntry& entry : gauss_methods()) {
    for (const double side : {1.0, -1.0}) {
      CAPTURE(entry.name, side);
      FunctionField<double> field(3, hills);
      State<double> theta(3);
      theta << side * 1e-7, -side * 1e-3, 0.0;
      State<double> expected = theta;
      // Tolerances that see neither: only the limit on growth keeps steps from jumping over the saddle.
      REQUIRE(flow(entry, field, theta, 0.6, 1e-3).end == End::completed);
      REQUIRE(flow(find_method("dopri5"), field, expected, 0.6, 1e-10).end == End::completed);
      REQUIRE(std::abs(expected(1)) < 0.5);  // on its way
      CHECK(theta(0) * side > 0.0);
      CHECK(theta(1) == Approx(expected(1)).epsilon(0.05));
      CHECK(theta(0) == Approx(expected(0)).epsilon(0.2));
      REQUIRE(flow(entry, field, theta, 2.0, 1e-3).end == End::completed);
      CHECK(theta(0) == Approx(side).epsilon(1e-3));
      CHECK(theta(1) == Approx(-side).epsilon(1e-3));
    }
  }
}

TEST_CASE("a field that pushes the state by time alone shows the order too") {
  const auto force = [](const State<double>& x, double t, State<double>& d) {
    d(0) = std::cos(3.0 * t) - x(0) * x(0) * x(0) + 0.3 * t * x(1);
    d(1) = -x(1) * std::exp(-t) + x(0);
  };
  for (const MethodEntry& entry : gauss_methods()) {
    CAPTURE(entry.name);
    FunctionField<double> field(2, force);
    const auto end = [&](int n) {
      MethodOptions options = tolerances(1e300, 1e300);
      options.first_step = 2.0 / n;
      const auto method = entry.make<double>(options);
      State<double> theta = State<double>::Constant(2, 0.5);
      double t = 0.0;
      method->start(field, theta, t);
      for (int i = 1; i <= n; ++i) REQUIRE(method->advance(theta, t, 2.0 * i / n).accepted);
      return theta;
    };
    const State<double> finest = find_method("gauss6").name == entry.name ? end(512) : end(1024);
    const int n = entry.order == 2 ? 64 : entry.order == 4 ? 16 : 8;
    const double order = std::log2((end(n) - finest).norm() / (end(2 * n) - finest).norm());
    CHECK(order == Approx(entry.order).margin(0.1));
  }
}
