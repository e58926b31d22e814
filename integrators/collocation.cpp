#include "integrators/collocation.h"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <array>
#include <cmath>

namespace invar {
namespace {

/// Column j: ascending coefficients of the Lagrange polynomial that is 1 at node j.
Eigen::MatrixXd lagrange(const Eigen::VectorXd& nodes) {
  Eigen::MatrixXd powers(nodes.size(), nodes.size());
  for (Eigen::Index i = 0; i < nodes.size(); ++i)
    for (Eigen::Index j = 0; j < nodes.size(); ++j) powers(i, j) = std::pow(nodes(i), static_cast<double>(j));
  return powers.inverse();
}

/// ∫ from 0 to x of a polynomial.
template <class Coefficients>
double integral(const Coefficients& coefficients, double x) {
  double sum = 0.0;
  for (Eigen::Index k = coefficients.size(); k-- > 0;) sum = (sum + coefficients(k) / static_cast<double>(k + 1)) * x;
  return sum;
}

void set_spectrum(Collocation& method) {
  const Eigen::Index s = method.a.rows();
  const Eigen::EigenSolver<Eigen::MatrixXd> spectrum(method.a);
  method.transform.resize(s, s);
  const Eigen::Index complex_column = s % 2;  // Gauss methods have one real eigenvalue where s is odd
  for (Eigen::Index i = 0; i < s; ++i) {
    const std::complex<double> value = spectrum.eigenvalues()(i);
    const Eigen::VectorXcd vector = spectrum.eigenvectors().col(i);
    if (value.imag() == 0.0) {
      method.real_shift = value.real();
      method.transform.col(0) = vector.real();
    } else if (value.imag() > 0.0) {
      method.complex_shift = std::conj(value);
      method.transform.col(complex_column) = vector.real();
      method.transform.col(complex_column + 1) = vector.imag();
    }
  }
  method.inverse = method.transform.inverse();
  method.filter = method.real_shift != 0.0 ? method.real_shift : std::abs(method.complex_shift);
}

template <class S>
Collocation make(const Eigen::VectorXd& nodes) {
  const Eigen::Index s = nodes.size();
  Collocation method;
  const Eigen::MatrixXd polynomials = lagrange(nodes);
  const auto rounded = [](double x) { return static_cast<double>(static_cast<S>(x)); };
  Tableau& tableau = method.tableau;
  tableau.stages = static_cast<int>(s);
  method.a.resize(s, s);
  for (Eigen::Index i = 0; i < s; ++i) {
    tableau.b.push_back(rounded(integral(polynomials.col(i), 1.0)));
    tableau.c.push_back(rounded(nodes(i)));
    for (Eigen::Index j = 0; j < s; ++j) {
      method.a(i, j) = rounded(integral(polynomials.col(j), nodes(i)));
      tableau.a.push_back(method.a(i, j));
    }
  }
  set_spectrum(method);
  method.at_start = polynomials.row(0).transpose();
  method.at_end = polynomials.colwise().sum().transpose();
  method.growth = static_cast<double>(s);
  Eigen::VectorXd and_end(s + 1);
  and_end << nodes, 1.0;
  method.continued = lagrange(and_end);
  return method;
}

Eigen::VectorXd nodes_of(int stages) {
  const double outer = stages == 2 ? std::sqrt(3.0) / 6.0 : std::sqrt(15.0) / 10.0;
  if (stages == 1) return Eigen::VectorXd::Constant(1, 0.5);
  if (stages == 2) return Eigen::Vector2d(0.5 - outer, 0.5 + outer);
  return Eigen::Vector3d(0.5 - outer, 0.5, 0.5 + outer);
}

}  // namespace

void Collocation::extrapolate(double x, double* weights) const {
  for (Eigen::Index j = 0; j < continued.cols(); ++j)
    weights[j] = integral(continued.col(j), x) - integral(continued.col(j), 1.0);
}

template <class S>
const Collocation& gauss_collocation(int stages) {
  static const std::array<Collocation, 3> methods{make<S>(nodes_of(1)), make<S>(nodes_of(2)), make<S>(nodes_of(3))};
  return methods.at(static_cast<std::size_t>(stages - 1));
}

template const Collocation& gauss_collocation<float>(int);
template const Collocation& gauss_collocation<double>(int);

}  // namespace invar
