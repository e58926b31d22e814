// What is learnt of a Jacobian from products with it: exact where the products tell all, harmless where they are noise.
#include <Eigen/Dense>
#include <catch2/catch.hpp>
#include <random>

#include "integrators/low_rank_jacobian.h"

using namespace invar;

namespace {

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
  std::mt19937_64 source(seed);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  return Eigen::MatrixXd::NullaryExpr(rows, cols, [&] { return uniform(source); });
}

/// Symmetric with these eigenvalues, its eigenvectors at random.
Eigen::MatrixXd with_spectrum(const Eigen::VectorXd& values, std::uint64_t seed) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(random_matrix(values.size(), values.size(), seed));
  const Eigen::MatrixXd q = qr.householderQ();
  return q * values.asDiagonal() * q.transpose();
}

Eigen::MatrixXd matrix_of(LowRankJacobian& jacobian, Eigen::Index size, double gamma) {
  Eigen::MatrixXd result(size, size);
  Eigen::VectorXd column(size);
  for (Eigen::Index i = 0; i < size; ++i) {
    jacobian.precondition(gamma, Eigen::VectorXd::Unit(size, i), column);
    result.col(i) = column;
  }
  return result;
}

/// Learns from the products of `j` with random vectors, far more than wait at once.
void learn(LowRankJacobian& jacobian, const Eigen::MatrixXd& j, Eigen::Index pairs, std::uint64_t seed) {
  const Eigen::MatrixXd s = random_matrix(j.rows(), pairs, seed);
  for (Eigen::Index i = 0; i < pairs; ++i) {
    jacobian.learn(s.col(i), j * s.col(i));
    jacobian.refresh();
  }
}

}  // namespace

TEST_CASE("products in all directions give the inverse of I − γJ for every γ") {
  constexpr Eigen::Index n = 12;
  const Eigen::VectorXd values =
      -Eigen::VectorXd::LinSpaced(n, -2.0, 4.0).array().unaryExpr([](double x) { return std::pow(10.0, x); });
  const Eigen::MatrixXd j = with_spectrum(values, 1), identity = Eigen::MatrixXd::Identity(n, n);
  LowRankJacobian jacobian;
  jacobian.resize(n);
  CHECK(matrix_of(jacobian, n, 1.0) == identity);
  learn(jacobian, j, 64, 2);
  for (const double gamma : {1e-4, 1e-2, 1.0})
    CHECK((matrix_of(jacobian, n, gamma) * (identity - gamma * j) - identity).norm() < 1e-5);
  jacobian.clear();
  CHECK(matrix_of(jacobian, n, 1.0) == identity);
}

TEST_CASE("the stiffest directions are found among more than can be kept") {
  // Ten stiff ones over a slow rest: the spread that a solver meets falls from 10⁴ to that of the rest.
  constexpr Eigen::Index n = 300;
  Eigen::VectorXd values = -Eigen::VectorXd::LinSpaced(n, 0.0, 1.0);
  values.head(10) = -Eigen::VectorXd::LinSpaced(10, 1e3, 1e4);
  const Eigen::MatrixXd j = with_spectrum(values, 3), system = Eigen::MatrixXd::Identity(n, n) - j;
  LowRankJacobian jacobian;
  jacobian.resize(n);
  learn(jacobian, j, 160, 4);
  const Eigen::LLT<Eigen::MatrixXd> factor(system);
  const Eigen::MatrixXd l = factor.matrixL();
  const Eigen::MatrixXd preconditioned = l.transpose() * matrix_of(jacobian, n, 1.0) * l;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(0.5 * (preconditioned + preconditioned.transpose()));
  CHECK(eigen.eigenvalues().maxCoeff() / eigen.eigenvalues().minCoeff() < 4.0);
}

TEST_CASE("whatever it learns, the preconditioner is symmetric with eigenvalues in (0, 1]") {
  constexpr Eigen::Index n = 40;
  for (std::uint64_t seed = 10; seed < 20; ++seed) {
    CAPTURE(seed);
    LowRankJacobian jacobian;
    jacobian.resize(n);
    // No Jacobian at all, then one with growth; twice the same direction; nothing; products beyond all
    // numbers.
    const Eigen::MatrixXd noise = random_matrix(n, n, seed);
    learn(jacobian, 1e3 * noise, 80, seed + 100);
    learn(jacobian, noise + noise.transpose(), 80, seed + 200);
    for (int i = 0; i < 40; ++i) {
      jacobian.learn(noise.col(0), noise.col(1));
      jacobian.learn(noise.col(0), Eigen::VectorXd::Zero(n));
      jacobian.learn(Eigen::VectorXd::Zero(n), noise.col(1));
      jacobian.learn(noise.col(i), 1e300 * noise.col(2));
      jacobian.refresh();
    }
    const Eigen::MatrixXd m = matrix_of(jacobian, n, 0.3);
    CHECK((m - m.transpose()).norm() < 1e-6);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(0.5 * (m + m.transpose()));
    CHECK(eigen.eigenvalues().minCoeff() > 0.0);
    CHECK(eigen.eigenvalues().maxCoeff() < 1.0 + 1e-6);
  }
}
