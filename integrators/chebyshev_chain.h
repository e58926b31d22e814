// The stages of Runge–Kutta–Chebyshev methods: Y_j = a_j + b_j T_j(w0 + w1 z) on linear problems, each of order 2 at
// its time from j = 2 on (van der Houwen & Sommeijer 1980; Sommeijer, Shampine & Verwer, J. Comput. Appl. Math. 88,
// 1998, eqs. 2.2–2.8). Carried are the differences d_j = Y_j − θ, whose roundings are smaller than those of Y_j:
//   d_j = mu d_(j−1) + nu d_(j−2) + own τ k_(j−1) + first τ k_0.
// Internal to the methods that are built on them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "integrators/tableau.h"
#include "integrators/vector_field.h"

namespace invar::stabilised {

struct ChainShape {
  double w0 = 0.0, w1 = 0.0;
  // b_1 over the b_2 of order 2; 1 in the literature. Stage 1 is of order 1 only.
  double first = 1.0;
  // b_2 and b_3 over those of order 2.
  double second = 1.0, third = 1.0;
};

struct ChainTerm {
  double mu = 0.0, nu = 0.0, own = 0.0, first = 0.0;
  double b = 0.0;
  double time = 0.0;  // c_j
};

/// τ g is added to the stages after `last`, in shares: g = F(X) − Σ_i weight_i F(Y_i), X = Σ_i weight_i Y_i, both over
/// i = 0, node, last. It vanishes on linear problems.
struct ChainCorrection {
  int node = 0, last = 0;               // last = 0: none
  double at_node = 0.0, at_last = 0.0;  // weights; the three add up to 1
  std::span<const double> inject;       // the shares, d_j += inject_j τ g

  double time(std::span<const ChainTerm> chain) const {
    return at_node * chain[static_cast<std::size_t>(node)].time + at_last * chain[static_cast<std::size_t>(last)].time;
  }
};

/// The terms of Y_0 … Y_s, s + 1 = chain.size() ≥ 3.
inline void chebyshev_chain(const ChainShape& shape, std::span<ChainTerm> chain) {
  const double w0 = shape.w0, w1 = shape.w1;
  double t2 = 1.0, t1 = w0, p2 = 0.0, p1 = 1.0, pp2 = 0.0, pp1 = 0.0;  // T_j, T'_j, T''_j at w0
  double b2 = 1.0 / (4.0 * w0 * w0), b1 = shape.first * b2;
  chain[0] = {.b = b2};
  chain[1] = {.own = b1 * w1, .b = b1, .time = b1 * w1};
  for (std::size_t j = 2; j < chain.size(); ++j) {
    const double t = 2.0 * w0 * t1 - t2, p = 2.0 * w0 * p1 - p2 + 2.0 * t1, pp = 2.0 * w0 * pp1 - pp2 + 4.0 * p1;
    ChainTerm& term = chain[j];
    term.b = pp / (p * p) * (j == 2 ? shape.second : j == 3 ? shape.third : 1.0);
    term.mu = 2.0 * term.b * w0 / b1;
    term.nu = -term.b / b2;
    term.own = 2.0 * term.b * w1 / b1;
    term.first = -(1.0 - b1 * t1) * term.own;
    term.time = term.mu * chain[j - 1].time + term.nu * chain[j - 2].time + term.own + term.first;
    t2 = t1, t1 = t, p2 = p1, p1 = p, pp2 = pp1, pp1 = pp, b2 = b1, b1 = term.b;
  }
}

/// older = d_j from newer = d_(j−1) and older = d_(j−2), in one pass over the vectors, and stage = θ + d_j.
template <class S>
void advance_chain(const ChainTerm& term, S tau, const State<S>& theta, const State<S>& first, const State<S>& k,
                   const State<S>& newer, State<S>& older, State<S>& stage) {
  const S mu = static_cast<S>(term.mu), nu = static_cast<S>(term.nu);
  const S own = tau * static_cast<S>(term.own), anchor = tau * static_cast<S>(term.first);
  const S *pt = theta.data(), *pf = first.data(), *pk = k.data(), *pn = newer.data();
  S* __restrict po = older.data(), * __restrict ps = stage.data();
  const Eigen::Index size = theta.size();
  for (Eigen::Index i = 0; i < size; ++i) {
    const S d = mu * pn[i] + nu * po[i] + own * pk[i] + anchor * pf[i];
    po[i] = d;
    ps[i] = pt[i] + d;
  }
}

/// The tableau whose stages are those of the chain up to s − 1, and X before stage `last`, with
/// θ' = θ + Σ_j combine_j d_j, j = 0 … s. The numbers are those of steps in S.
template <class S>
Tableau chain_tableau(std::span<const ChainTerm> chain, std::span<const double> combine,
                      const ChainCorrection& correction = {}) {
  const std::size_t terms = chain.size() - 1, last = static_cast<std::size_t>(correction.last);
  const bool corrected = last > 0;
  const std::size_t n = terms + (corrected ? 1 : 0);
  const auto rounded = [](double x) { return static_cast<double>(static_cast<S>(x)); };
  Tableau tableau{static_cast<int>(n), std::vector<double>(n * n), std::vector<double>(n), std::vector<double>(n)};
  std::vector<double> older(n), newer(n), row(n), between(n), defect(n);
  const auto set_stage = [&](std::size_t stage, const std::vector<double>& of, double time) {
    for (std::size_t i = 0; i < n; ++i) tableau.a[stage * n + i] = of[i];
    tableau.c[stage] = time;
  };
  for (std::size_t j = 1; j <= terms; ++j) {
    const ChainTerm& term = chain[j];
    const std::size_t own = corrected && j > last ? j : j - 1;  // stage of k_(j−1)
    for (std::size_t i = 0; i < n; ++i) row[i] = rounded(term.mu) * newer[i] + rounded(term.nu) * older[i];
    row[0] += rounded(term.first);
    row[own] += rounded(term.own);
    if (corrected && j > last) {
      const double share = rounded(correction.inject[j]);
      for (std::size_t i = 0; i < n; ++i) row[i] += share * defect[i];
    }
    older.swap(newer);
    newer.swap(row);
    for (std::size_t i = 0; i < n; ++i) tableau.b[i] += rounded(combine[j]) * newer[i];
    if (corrected && (j == static_cast<std::size_t>(correction.node) || j == last)) {
      const double weight = rounded(j == last ? correction.at_last : correction.at_node);
      for (std::size_t i = 0; i < n; ++i) between[i] += weight * newer[i];
      defect[j == last ? j + 1 : j] -= weight;
      defect[0] += weight;
    }
    if (corrected && j == last) {
      set_stage(j, between, correction.time(chain));
      defect[0] -= 1.0;
      defect[j] += 1.0;
    }
    if (j < terms) set_stage(corrected && j >= last ? j + 1 : j, newer, term.time);
  }
  return tableau;
}

}  // namespace invar::stabilised
