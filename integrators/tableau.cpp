// The pairs of Boost.Odeint: Dormand & Prince 1980 (5(4), 7 stages, first same as last), Cash & Karp 1990 (5(4)),
// Fehlberg 1968 (8(7), continued with order 8). For the last two the numbers are Odeint's own objects; dopri5 keeps its
// coefficients inside a function, so its quotients are repeated here and a test compares them with computed steps.
#include "integrators/tableau.h"

#include <array>
#include <boost/numeric/odeint/stepper/runge_kutta_cash_karp54.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_fehlberg78.hpp>
#include <cstddef>

namespace invar {
namespace {

namespace odeint = boost::numeric::odeint;

Tableau empty_tableau(int stages) {
  const auto s = static_cast<std::size_t>(stages);
  return {stages, std::vector<double>(s * s), std::vector<double>(s), std::vector<double>(s)};
}

template <class Row>
void set_row(Tableau& tableau, int stage, const Row& row) {
  std::size_t at = static_cast<std::size_t>(stage) * static_cast<std::size_t>(tableau.stages);
  for (const auto value : row) tableau.a[at++] = static_cast<double>(value);
}

template <class Values>
std::vector<double> widened(const Values& values) {
  return {values.begin(), values.end()};
}

template <class S>
Tableau make_dopri5() {
  const auto q = [](int numerator, int denominator) { return static_cast<S>(numerator) / static_cast<S>(denominator); };
  const std::array<S, 7> b{q(35, 384), S(0), q(500, 1113), q(125, 192), q(-2187, 6784), q(11, 84), S(0)};
  Tableau tableau = empty_tableau(7);
  set_row(tableau, 1, std::array{q(1, 5)});
  set_row(tableau, 2, std::array{q(3, 40), q(9, 40)});
  set_row(tableau, 3, std::array{q(44, 45), q(-56, 15), q(32, 9)});
  set_row(tableau, 4, std::array{q(19372, 6561), q(-25360, 2187), q(64448, 6561), q(-212, 729)});
  set_row(tableau, 5, std::array{q(9017, 3168), q(-355, 33), q(46732, 5247), q(49, 176), q(-5103, 18656)});
  set_row(tableau, 6, b);
  tableau.b = widened(b);
  tableau.c = widened(std::array{S(0), q(1, 5), q(3, 10), q(4, 5), q(8, 9), S(1), S(1)});
  return tableau;
}

template <class S>
Tableau make_cash_karp54() {
  Tableau tableau = empty_tableau(6);
  set_row(tableau, 1, odeint::rk54_ck_coefficients_a1<S>());
  set_row(tableau, 2, odeint::rk54_ck_coefficients_a2<S>());
  set_row(tableau, 3, odeint::rk54_ck_coefficients_a3<S>());
  set_row(tableau, 4, odeint::rk54_ck_coefficients_a4<S>());
  set_row(tableau, 5, odeint::rk54_ck_coefficients_a5<S>());
  tableau.b = widened(odeint::rk54_ck_coefficients_b<S>());
  tableau.c = widened(odeint::rk54_ck_coefficients_c<S>());
  return tableau;
}

template <class S>
Tableau make_fehlberg78() {
  Tableau tableau = empty_tableau(13);
  set_row(tableau, 1, odeint::rk78_coefficients_a1<S>());
  set_row(tableau, 2, odeint::rk78_coefficients_a2<S>());
  set_row(tableau, 3, odeint::rk78_coefficients_a3<S>());
  set_row(tableau, 4, odeint::rk78_coefficients_a4<S>());
  set_row(tableau, 5, odeint::rk78_coefficients_a5<S>());
  set_row(tableau, 6, odeint::rk78_coefficients_a6<S>());
  set_row(tableau, 7, odeint::rk78_coefficients_a7<S>());
  set_row(tableau, 8, odeint::rk78_coefficients_a8<S>());
  set_row(tableau, 9, odeint::rk78_coefficients_a9<S>());
  set_row(tableau, 10, odeint::rk78_coefficients_a10<S>());
  set_row(tableau, 11, odeint::rk78_coefficients_a11<S>());
  set_row(tableau, 12, odeint::rk78_coefficients_a12<S>());
  tableau.b = widened(odeint::rk78_coefficients_b<S>());
  tableau.c = widened(odeint::rk78_coefficients_c<S>());
  return tableau;
}

}  // namespace

std::vector<double> Tableau::m() const {
  const auto s = static_cast<std::size_t>(stages);
  std::vector<double> result(s * s);
  for (std::size_t i = 0; i < s; ++i) {
    for (std::size_t j = 0; j < s; ++j) result[i * s + j] = b[i] * a[i * s + j] + b[j] * a[j * s + i] - b[i] * b[j];
  }
  return result;
}

const Tableau& euler_tableau() {
  static const Tableau tableau{1, {0.0}, {1.0}, {0.0}};
  return tableau;
}

template <class S>
const Tableau& dopri5_tableau() {
  static const Tableau tableau = make_dopri5<S>();
  return tableau;
}

template <class S>
const Tableau& cash_karp54_tableau() {
  static const Tableau tableau = make_cash_karp54<S>();
  return tableau;
}

template <class S>
const Tableau& fehlberg78_tableau() {
  static const Tableau tableau = make_fehlberg78<S>();
  return tableau;
}

template const Tableau& dopri5_tableau<float>();
template const Tableau& dopri5_tableau<double>();
template const Tableau& cash_karp54_tableau<float>();
template const Tableau& cash_karp54_tableau<double>();
template const Tableau& fehlberg78_tableau<float>();
template const Tableau& fehlberg78_tableau<double>();

}  // namespace invar
