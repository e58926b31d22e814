// The coefficients of rkc4 for s stages: the polynomial of tables/rkc4.py as a combination of the chain's stages, the
// correction, and the error estimate. Two things are left free by the conditions of order 4, the way in which the
// correction is shared out over the later stages and the stages that the estimate is made of. They are chosen for small
// errors of stiff components that follow slow ones (Prothero & Robinson's problem, Math. Comp. 28, 1974): there stages
// of order 2 leave errors of size τ³, which order 4 alone does not bound.
#include <Eigen/Dense>
#include <algorithm>
#include <limits>
#include <numbers>

#include "integrators/rkc4.h"

namespace invar {
namespace {

#include "integrators/tables/rkc4.inc"

using stabilised::ChainCorrection;
using stabilised::ChainShape;
using stabilised::ChainTerm;
using stabilised::CombinedChain;
using stabilised::Weights;
using Terms = CombinedChain::Terms;
template <int n>
using Unknowns = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, n, 1>;
template <int n>
using Equations = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, n, n>;
template <int n, int m>
using Conditions = Eigen::Matrix<double, m, Eigen::Dynamic, Eigen::RowMajor, m, n>;

// Of the chain: w0 = 1 + kDamping / s². Stages that are damped in the interval need less correction.
constexpr double kDamping = 8.0;
// Times of stage `last`; of stage `node` in parts of it, and of X in parts of it.
constexpr double kLast = 0.65;
constexpr double kNode = 0.6;
constexpr double kBetween = 1.3;
// The factor with which the correction's stiff components enter, and that of stiff components themselves in the
// estimate, weighed against errors of the problem above.
constexpr double kCorrectionShare = 0.01;
constexpr double kModeShare = 0.03;
constexpr std::size_t kMostModes = 10;
constexpr std::size_t kMostEstimate = std::tuple_size_v<decltype(CombinedChain::estimate)>;
constexpr double kEstimate = 1.0 / 200;  // of τ⁴ θ''''

struct Made {
  CombinedChain& result;
  std::span<const double> series;
  std::array<ChainTerm, CombinedChain::kTerms> terms;
  std::array<Weights, CombinedChain::kTerms> weights;

  std::size_t stages() const { return series.size() - 1; }
  std::size_t last() const { return static_cast<std::size_t>(result.correction.last); }
  std::size_t node() const { return static_cast<std::size_t>(result.correction.node); }
  std::span<ChainTerm> chain() { return std::span(terms).first(series.size()); }
};

/// The correction reaches θ' as τ Q(z) g: Q = Σ part_k Q_k, Q_k(z) = (T_k(1 + 2 z / interval) − 1) interval / (2 k² z).
struct Sharing {
  std::array<double, kMostModes> part{};
  std::array<int, kMostModes> degree{};
  std::size_t modes = 0;
};

double mode(int degree, double z, double interval) {
  const double x = 1.0 + 2.0 * z / interval, k = degree;
  const double t = x > 1.0 ? std::cosh(k * std::acosh(x)) : std::cos(k * std::acos(std::max(x, -1.0)));
  return (t - 1.0) * interval / (2.0 * k * k * z);
}

/// Shares such that Q is Σ_j share_j A_j, with A_j = Σ_i C_i U_(i−j) for R = Σ_i C_i T_i (Clenshaw), from the highest
/// degree downwards. They are inject_j / b_j.
void find_shares(const Made& made, const Sharing& sharing, double interval, std::span<double> shares) {
  const std::size_t n = made.stages(), p = n - made.last(), nodes = p + 2;
  const ChainShape& shape = made.result.shape;
  Terms q{}, series{};  // of T_k, then of U_k
  for (std::size_t i = 0; i < nodes; ++i) {
    const double angle = (static_cast<double>(i) + 0.5) * std::numbers::pi / static_cast<double>(nodes);
    const double z = (std::cos(angle) - shape.w0) / shape.w1;
    double value = 0.0;
    for (std::size_t k = 0; k < sharing.modes; ++k) value += sharing.part[k] * mode(sharing.degree[k], z, interval);
    for (std::size_t k = 0; k < p; ++k)
      q[k] += (k == 0 ? 1.0 : 2.0) / static_cast<double>(nodes) * value * std::cos(static_cast<double>(k) * angle);
  }
  for (std::size_t k = 0; k < p; ++k) series[k] = (k == 0 ? q[k] : 0.5 * q[k]) - (k + 2 < p ? 0.5 * q[k + 2] : 0.0);
  for (std::size_t k = p; k-- > 0;) {
    double rest = series[k];
    for (std::size_t j = made.last() + 1; j < n - k; ++j) rest -= shares[j] * made.series[j + k];
    shares[n - k] = rest / made.series[n];
  }
}

/// The conditions of nonlinear problems by Newton's method: b_2, b_3, the correction's size and X. Those of linear ones
/// are met by combine_stages whatever these are. The size is returned.
double meet_conditions(Made& made, std::span<const double> shares) {
  CombinedChain& result = made.result;
  const std::span<ChainTerm> chain = made.chain();
  const double last_time = chain[made.last()].time, node_time = chain[made.node()].time;
  const double between = kBetween * last_time;
  const auto residual = [&](const Eigen::Vector4d& u) -> Eigen::Vector4d {
    result.shape.second = u(0);
    result.shape.third = u(1);
    stabilised::chebyshev_chain(result.shape, chain);
    result.correction.at_last = u(3);
    result.correction.at_node = (between - u(3) * chain[made.last()].time) / chain[made.node()].time;
    for (std::size_t j = made.last() + 1; j <= made.stages(); ++j) result.inject[j] = u(2) * shares[j] * chain[j].b;
    stabilised::chain_weights(chain, result.correction, made.weights);
    stabilised::combine_stages(4, made.series, chain, made.weights, result.combine);
    Weights total = -stabilised::exact_weights();
    for (std::size_t j = 1; j <= made.stages(); ++j) total += result.combine[j] * made.weights[j];
    return total.tail<4>();
  };
  // The quadratic through Y_0, Y_node and Y_last at X's time.
  Eigen::Vector4d u(1.0, 1.0, 0.0, between * (between - node_time) / (last_time * (last_time - node_time)));
  u(2) = -residual(u)(1) / (between * (between - node_time) * (between - last_time));
  // What b_2 and b_3 change is of size s⁻⁴: short steps would drown in rounding.
  const Eigen::Vector4d steps(0.02, 0.02, 1e-5, 1e-5);
  Eigen::Vector4d best = u;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 20; ++i) {
    const Eigen::Vector4d here = residual(u);
    const double size = here.lpNorm<Eigen::Infinity>();
    if (size < least) best = u, least = size;
    Eigen::Matrix4d jacobian;
    for (Eigen::Index k = 0; k < 4; ++k) {
      const Eigen::Vector4d step = steps(k) * Eigen::Vector4d::Unit(k);
      jacobian.col(k) = (residual(u + step) - residual(u - step)) / (2.0 * steps(k));
    }
    const Eigen::Vector4d scale = jacobian.colwise().lpNorm<Eigen::Infinity>().cwiseInverse();
    u -= scale.asDiagonal() * (jacobian * scale.asDiagonal()).fullPivLu().solve(here);
  }
  residual(best);
  return best(2);
}

/// What stages have at z = τ λ: d_j of θ' = λ θ, for θ = 1 (`mode`), and of θ' = λ (θ − t³/6) + t²/2, for θ = 0 at
/// t = 0 (`forced`).
struct StiffStages {
  Terms mode, forced;

  StiffStages(double z, std::span<const ChainTerm> chain, const ChainCorrection& correction) {
    const auto last = static_cast<std::size_t>(correction.last), node = static_cast<std::size_t>(correction.node);
    const auto derivative = [z](double y, double t) { return z * (y - t * t * t / 6.0) + t * t / 2.0; };
    double defect = 0.0;
    mode[0] = forced[0] = 0.0;
    for (std::size_t j = 1; j < chain.size(); ++j) {
      const ChainTerm& term = chain[j];
      mode[j] = term.own * z * (1.0 + mode[j - 1]) + term.first * z + term.mu * mode[j - 1];
      forced[j] = term.own * derivative(forced[j - 1], chain[j - 1].time) + term.mu * forced[j - 1];
      if (j >= 2) mode[j] += term.nu * mode[j - 2], forced[j] += term.nu * forced[j - 2];
      if (last > 0 && j > last) forced[j] += correction.inject[j] * defect;
      if (j == last)
        defect =
            derivative(correction.at_node * forced[node] + correction.at_last * forced[last], correction.time(chain)) -
            correction.at_node * derivative(forced[node], chain[node].time) -
            correction.at_last * derivative(forced[last], term.time);
    }
  }
};

/// Least |M x|² under conditions · x = target; `normal` = Mᵀ M.
template <int n, int m>
Unknowns<n> least_squares(const Equations<n>& normal, const Unknowns<n>& right, const Conditions<n, m>& conditions,
                          const Eigen::Vector<double, m>& target) {
  const Eigen::Index size = normal.rows();
  Equations<n + m> all = Equations<n + m>::Zero(size + m, size + m);
  all.topLeftCorner(size, size) = normal;
  all.topLeftCorner(size, size).diagonal().array() += 1e-13 * normal.trace();
  all.topRightCorner(size, m) = conditions.transpose();
  all.bottomLeftCorner(m, size) = conditions;
  Unknowns<n + m> sides(size + m);
  sides << right, target;
  return all.fullPivLu().solve(sides).head(size);
}

/// Nodes of the interval, dense at its ends.
double point(int i, int points, double interval) {
  return -0.5 * interval * (1.0 - std::cos(std::numbers::pi * (i + 0.5) / points));
}

/// The sharing for which errors of the forced problem are least. `size`: of the correction.
Sharing least_response(Made& made, double size, double interval) {
  const ChainCorrection& correction = made.result.correction;
  const std::span<ChainTerm> chain = made.chain();
  const auto cube = [&](std::size_t j) { return chain[j].time * chain[j].time * chain[j].time / 6.0; };
  const double between = correction.time(chain), third = between * between * between / 6.0 -
                                                         correction.at_node * cube(made.node()) -
                                                         correction.at_last * cube(made.last());
  const int p = static_cast<int>(made.stages() - made.last()), points = 4 * static_cast<int>(made.stages());
  Sharing sharing;
  sharing.modes = static_cast<std::size_t>(std::min<int>(p, kMostModes));
  const auto modes = static_cast<Eigen::Index>(sharing.modes);
  for (std::size_t k = 0; k < sharing.modes; ++k)
    sharing.degree[k] = (p * static_cast<int>(k + 1) + static_cast<int>(modes) - 1) / static_cast<int>(modes);
  Equations<kMostModes> normal = Equations<kMostModes>::Zero(modes, modes);
  Unknowns<kMostModes> right = Unknowns<kMostModes>::Zero(modes), here(modes);
  for (int i = 0; i < points; ++i) {
    const double z = point(i, points, interval);
    const StiffStages stages(z, chain, {});
    double error = -1.0 / 6.0;
    for (std::size_t j = 1; j < chain.size(); ++j) error += made.result.combine[j] * stages.forced[j];
    for (Eigen::Index k = 0; k < modes; ++k)
      here(k) = size * z * mode(sharing.degree[static_cast<std::size_t>(k)], z, interval);
    normal += (third * third + kCorrectionShare * kCorrectionShare) * here * here.transpose();
    right += third * error * here;  // g = −z third
  }
  const Conditions<kMostModes, 1> sum = Conditions<kMostModes, 1>::Ones(1, modes);
  const Unknowns<kMostModes> part = least_squares<kMostModes, 1>(normal, right, sum, Eigen::Vector<double, 1>::Ones());
  for (std::size_t k = 0; k < sharing.modes; ++k) sharing.part[k] = part(static_cast<Eigen::Index>(k));
  return sharing;
}

/// A fourth difference of stages whose terms of stiff components are least.
void make_estimate(Made& made, double interval) {
  const std::span<ChainTerm> chain = made.chain();
  const std::size_t n = made.stages(), from = n < 8 ? 1 : 2;
  std::size_t count = 0;
  for (std::size_t i = 0; i < kMostEstimate; ++i) {
    const int stage = static_cast<int>(from + ((n - from) * i + (kMostEstimate - 1) / 2) / (kMostEstimate - 1));
    if (count == 0 || made.result.estimate[count - 1].stage < stage) made.result.estimate[count++].stage = stage;
  }
  const auto unknowns = static_cast<Eigen::Index>(count);
  const auto stage = [&](Eigen::Index i) {
    return static_cast<std::size_t>(made.result.estimate[static_cast<std::size_t>(i)].stage);
  };
  Conditions<kMostEstimate, 5> conditions(5, unknowns);
  for (Eigen::Index i = 0; i < unknowns; ++i) {
    const Weights& w = made.weights[stage(i)];
    conditions.col(i) << w(0), w(1), w(2), w(4) - 2.0 * w(2), w(3);
  }
  // The fourth, of what stages 1 to 3 miss of order 2, is small in all columns.
  const Eigen::Vector<double, 5> scale = conditions.rowwise().lpNorm<Eigen::Infinity>();
  conditions = scale.cwiseInverse().asDiagonal() * conditions;
  const Eigen::Vector<double, 5> target = kEstimate / scale(4) * Eigen::Vector<double, 5>::Unit(4);
  Equations<kMostEstimate> normal = Equations<kMostEstimate>::Zero(unknowns, unknowns);
  Unknowns<kMostEstimate> forced(unknowns), modes(unknowns);
  const int points = 4 * static_cast<int>(n);
  for (int k = 0; k < points; ++k) {
    const StiffStages stages(point(k, points, interval), chain, made.result.correction);
    for (Eigen::Index i = 0; i < unknowns; ++i) {
      forced(i) = stages.forced[stage(i)];
      modes(i) = kModeShare * stages.mode[stage(i)];
    }
    normal += forced * forced.transpose() + modes * modes.transpose();
  }
  const Unknowns<kMostEstimate> weights =
      least_squares<kMostEstimate, 5>(normal, Unknowns<kMostEstimate>::Zero(unknowns), conditions, target);
  for (std::size_t i = 0; i < count; ++i) made.result.estimate[i].weight = weights(static_cast<Eigen::Index>(i));
}

void make(int stages, CombinedChain& result) {
  const auto n = static_cast<std::size_t>(stages);
  const double w0 = 1.0 + kDamping / (static_cast<double>(stages) * stages), interval = Rkc4::interval(stages);
  result.shape = {w0, (w0 + 1.0) / interval};
  const std::array<std::array<double, 2>, 2> zeros{
      {{fitted(kReal1, stages), fitted(kImaginary1, stages)}, {fitted(kReal2, stages), fitted(kImaginary2, stages)}}};
  Terms series_terms, shares;
  const auto series = std::span(series_terms).first(n + 1);
  stabilised::chebyshev_series({zeros, interval, kOffset}, result.shape, series);
  Made made{result, series, {}, {}};
  const std::span<ChainTerm> chain = made.chain();
  stabilised::chebyshev_chain(result.shape, chain);

  std::size_t last = 4;
  while (last + 2 < n && chain[last + 1].time - kLast < kLast - chain[last].time) ++last;
  const double node_time = kNode * chain[last].time;
  std::size_t node = 3;
  while (node + 1 < last && chain[node + 1].time - node_time < node_time - chain[node].time) ++node;
  result.correction = {static_cast<int>(node), static_cast<int>(last), 0.0, 0.0, result.inject};

  Sharing sharing;
  sharing.part[0] = 1.0;
  sharing.degree[0] = static_cast<int>(n - last);
  sharing.modes = 1;
  for (int round = 0; round < 3; ++round) {
    find_shares(made, sharing, interval, shares);
    const double size = meet_conditions(made, shares);
    sharing = least_response(made, size, interval);
  }
  make_estimate(made, interval);
}

}  // namespace

double Rkc4::interval(int s) {
  return fitted(kInterval, s) * s * s;
}

const CombinedChain& Rkc4::coefficients(int s) {
  return stabilised::made_once<make, kLeastStages>(s);
}

}  // namespace invar
