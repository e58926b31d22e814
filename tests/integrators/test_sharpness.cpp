// Lanczos against a dense eigensolver.
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <catch2/catch.hpp>

#include "fields.h"
#include "integrators/curvature.h"
#include "integrators/sharpness.h"

using namespace invar;
using namespace invar::testing;

namespace {

Eigen::MatrixXd random_symmetric(Eigen::Index size, std::uint32_t seed) {
  boost::random::mt19937 engine(seed);
  boost::random::normal_distribution<double> normal;
  Eigen::MatrixXd a(size, size);
  for (double& x : a.reshaped()) x = normal(engine);
  return 0.5 * (a + a.transpose());
}

void check(const Eigen::MatrixXd& hessian) {
  const Eigen::VectorXd dense = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(hessian).eigenvalues();
  const double scale = std::max(dense.cwiseAbs().maxCoeff(), 1e-300);
  QuadraticField<double> field(hessian);
  const State<double> theta = State<double>::Ones(hessian.rows());
  const Sharpness found = sharpness<double>(field, theta);
  CAPTURE(hessian.rows(), found.products);
  CHECK(found.converged);
  CHECK(std::abs(found.largest - dense.maxCoeff()) <= 1e-8 * scale);
  CHECK(std::abs(found.smallest - dense.minCoeff()) <= 1e-8 * scale);
  CHECK(found.residual_largest <= 1e-8 * scale);
  CHECK(found.residual_smallest <= 1e-8 * scale);
  CHECK(found.products == field.hessian_products());
  CHECK(found.products <= hessian.rows());
}

}  // namespace

TEST_CASE("Lanczos finds both ends of the spectrum of a dense eigensolver") {
  for (const Eigen::Index size : {1, 2, 3, 17, 80, 200})
    check(random_symmetric(size, static_cast<std::uint32_t>(size)));
  check(-random_symmetric(30, 7));
}

TEST_CASE("Lanczos finds the ends of spectra like a loss's: few large eigenvalues, many near zero, some negative") {
  const Eigen::MatrixXd q = Eigen::HouseholderQR<Eigen::MatrixXd>(random_symmetric(200, 3)).householderQ();
  Eigen::VectorXd lambda(200);
  for (Eigen::Index i = 0; i < 200; ++i)
    lambda(i) = i < 5 ? 100.0 / static_cast<double>(i + 1) : 1e-3 * std::sin(static_cast<double>(i));
  lambda(199) = -0.5;
  check(q * lambda.asDiagonal() * q.transpose());
}

TEST_CASE("an invariant subspace ends the process early with the eigenvalues that there are") {
  check(Eigen::MatrixXd::Identity(50, 50) * 3.0);
  check(Eigen::MatrixXd::Zero(10, 10));
  const Eigen::VectorXd v = Eigen::VectorXd::LinSpaced(40, 1.0, 2.0);
  check(v * v.transpose());
  QuadraticField<double> field(Eigen::MatrixXd(v * v.transpose()));
  CHECK(sharpness<double>(field, v).products <= 3);
}

TEST_CASE("the residual bounds the error where the process is stopped early") {
  const Eigen::MatrixXd hessian = random_symmetric(150, 11);
  const Eigen::VectorXd dense = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(hessian).eigenvalues();
  QuadraticField<double> field(hessian);
  LanczosOptions options;
  options.max_products = 15;
  const Sharpness found = sharpness<double>(field, State<double>::Ones(150), options);
  CHECK(found.products == 15);
  CHECK_FALSE(found.converged);
  CHECK((dense.array() - found.largest).abs().minCoeff() <= found.residual_largest * (1.0 + 1e-12));
  CHECK((dense.array() - found.smallest).abs().minCoeff() <= found.residual_smallest * (1.0 + 1e-12));
  CHECK(found.residual_largest > 1e-6);
  const Sharpness again = sharpness<double>(field, State<double>::Ones(150), options);
  CHECK(again.largest == found.largest);  // the same start
  options.seed = 2;
  CHECK(sharpness<double>(field, State<double>::Ones(150), options).largest != found.largest);
}

TEST_CASE("a field in float gives the sharpness to float's rounding") {
  const Eigen::MatrixXd hessian = random_symmetric(60, 5);
  const Eigen::VectorXd dense = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(hessian).eigenvalues();
  QuadraticField<float> field(hessian.cast<float>());
  const Sharpness found = sharpness<float>(field, State<float>::Ones(60));
  CHECK(found.largest == Approx(dense.maxCoeff()).epsilon(2e-6));
  CHECK(found.smallest == Approx(dense.minCoeff()).epsilon(2e-6));
}

TEST_CASE("a curvature that the gradient has no part in is found when it grows") {
  // The second coordinate stays at its optimum; only its curvature changes.
  for (const double sharp : {30.0, 100.0, 1e4}) {
    CAPTURE(sharp);
    FunctionField<double> field(2, [sharp](const State<double>& x, double t, State<double>& d) {
      d << -x(0), -(t < 1.0 ? 0.5 : sharp) * x(1);
    });
    const State<double> theta = Eigen::Vector2d(1.0, 0.0);
    State<double> derivative(2);
    CurvatureProbe<double> probe;
    probe.start(2);
    field.evaluate(theta, 0.0, derivative);
    REQUIRE(probe.measure(field, theta, 0.0, derivative, 1e-4, 0));
    CHECK(probe.last().largest == Approx(1.0).epsilon(1e-6));
    REQUIRE(probe.measure(field, theta, 2.0, derivative, 1e-4, 1));
    CHECK(probe.last().largest == Approx(sharp).epsilon(1e-6));
  }
}
