// The order of every method, twice: measured by halving the step, and from the conditions of its tableau, one for each
// rooted tree (Hairer, Nørsett & Wanner, Solving ODEs I, II.2).
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "fields.h"
#include "integrators/explicit_pair.h"

using namespace invar;
using namespace invar::testing;

namespace {

// Long enough for errors in which the leading power rules well above the rounding, at order 8 too.
constexpr double kTime = 16.0;

/// The finest pair of step numbers whose errors are above the rounding.
double measured_order(const MethodEntry& entry, VectorField<double>& field, const State<double>& start,
                      const State<double>& exact) {
  const auto error = [&](int n) {
    return (equal_steps(entry, field, start, kTime, n) - exact).lpNorm<Eigen::Infinity>();
  };
  double order = 0.0, coarse = error(32);
  for (int n = 64; n <= 4096; n *= 2) {
    const double fine = error(n);
    if (fine < 1e-13) break;
    order = std::log2(coarse / fine);
    coarse = fine;
  }
  return order;
}

/// Its root's subtrees, as indices of smaller trees.
struct Tree {
  std::vector<std::size_t> children;
  int order = 1;
  long double density = 1.0L;  // γ
};

/// Appends the forests of `vertices` vertices, of trees up to `largest`, to `path`.
void grow(const std::vector<Tree>& trees, int vertices, std::size_t largest, std::vector<std::size_t>& path,
          std::vector<Tree>& grown) {
  if (vertices == 0) {
    Tree tree{path, 1, 1.0L};
    for (const std::size_t child : path) {
      tree.order += trees[child].order;
      tree.density *= trees[child].density;
    }
    tree.density *= tree.order;
    grown.push_back(tree);
    return;
  }
  for (std::size_t i = 0; i <= largest; ++i) {
    if (trees[i].order > vertices) continue;
    path.push_back(i);
    grow(trees, vertices - trees[i].order, i, path, grown);
    path.pop_back();
  }
}

std::vector<Tree> rooted_trees(int order) {
  std::vector<Tree> trees(1);
  for (int n = 2; n <= order; ++n) {
    std::vector<Tree> grown;
    std::vector<std::size_t> path;
    grow(trees, n - 1, trees.size() - 1, path, grown);
    trees.insert(trees.end(), grown.begin(), grown.end());
  }
  return trees;
}

/// The largest |Σ w_i Φ_i(t) − target / γ(t)| of the trees of each order, from index 1.
std::vector<double> residuals(const std::vector<Tree>& trees, const std::vector<double>& a,
                              const std::vector<double>& weights, double target) {
  const std::size_t stages = weights.size();
  std::vector<std::vector<long double>> phi;
  std::vector<double> largest(static_cast<std::size_t>(trees.back().order) + 1);
  for (const Tree& tree : trees) {
    std::vector<long double> here(stages, 1.0L);
    for (const std::size_t child : tree.children) {
      for (std::size_t i = 0; i < stages; ++i) {
        long double sum = 0.0L;
        for (std::size_t j = 0; j < stages; ++j) sum += static_cast<long double>(a[i * stages + j]) * phi[child][j];
        here[i] *= sum;
      }
    }
    long double residual = -static_cast<long double>(target) / tree.density;
    for (std::size_t i = 0; i < stages; ++i) residual += static_cast<long double>(weights[i]) * here[i];
    double& worst = largest[static_cast<std::size_t>(tree.order)];
    worst = std::max(worst, static_cast<double>(std::abs(residual)));
    phi.push_back(std::move(here));
  }
  return largest;
}

void check_order(const std::vector<Tree>& trees, const std::vector<double>& a, const std::vector<double>& weights,
                 double target, int order) {
  const std::vector<double> worst = residuals(trees, a, weights, target);
  for (int q = 1; q <= order; ++q) {
    CAPTURE(q);
    CHECK(worst[static_cast<std::size_t>(q)] < 2e-14);
  }
  CHECK(worst[static_cast<std::size_t>(order) + 1] > 1e-6);
}

/// The tableau of which the method's steps are made.
Tableau tableau_of(const MethodEntry& entry) {
  const Schedule schedule({}, 0.1, 1.0, std::nullopt, StepFormat::float64);
  MethodOptions options;
  options.schedule = &schedule;
  FunctionField<double> field(12, factor_field<double>);
  State<double> theta = factor_start<double>(6);
  const auto method = entry.make<double>(options);
  double t = 0.0;
  method->start(field, theta, t);
  REQUIRE(method->advance(theta, t, 1.0).accepted);
  const Tableau* tableau = method->last_step().tableau;
  return tableau ? *tableau : Tableau{};
}

}  // namespace

TEST_CASE("halving the step shows the order of every method of a fixed order") {
  // A rotation at the speed 1 + cos(t)/2. With t as a component of the state it would be autonomous and nonlinear, and
  // the steps the same: see "time given to the field" in test_pairs.cpp.
  FunctionField<double> field(2, [](const State<double>& x, double t, State<double>& d) {
    const double speed = 1.0 + 0.5 * std::cos(t);
    d << speed * x(1), -speed * x(0);
  });
  const double angle = kTime + 0.5 * std::sin(kTime);
  const State<double> exact = Eigen::Vector2d(std::cos(angle), -std::sin(angle));
  for (const MethodEntry& entry : kMethods) {
    if (entry.order == 0) continue;
    CAPTURE(entry.name);
    CHECK(measured_order(entry, field, Eigen::Vector2d(1.0, 0.0), exact) == Approx(entry.order).margin(0.1));
  }
}

TEST_CASE("every tableau satisfies all conditions of its order and none of the next") {
  const std::vector<Tree> trees = rooted_trees(9);
  REQUIRE(trees.size() == 1 + 1 + 2 + 4 + 9 + 20 + 48 + 115 + 286);
  int checked = 0;
  for (const MethodEntry& entry : kMethods) {
    const Tableau tableau = tableau_of(entry);
    if (tableau.stages == 0 || entry.order == 0) continue;  // an order that varies: auto shows that of its pair
    CAPTURE(entry.name);
    check_order(trees, tableau.a, tableau.b, 1.0, entry.order);
    for (std::size_t i = 0; i < tableau.c.size(); ++i) {
      double row = 0.0;
      for (std::size_t j = 0; j < tableau.c.size(); ++j) row += tableau.a[i * tableau.c.size() + j];
      CHECK(std::abs(row - tableau.c[i]) < 1e-14);
    }
    ++checked;
  }
  CHECK(checked >= 7);
}

TEST_CASE("error estimates vanish to the order of the embedded method, and not beyond") {
  const std::vector<Tree> trees = rooted_trees(6);
  const Tableau tsit5 = tableau_of(find_method("tsit5")), dop853 = tableau_of(find_method("dop853"));
  check_order(trees, tsit5.a, tsit5_coefficients().error, 0.0, 4);
  check_order(trees, dop853.a, dop853_coefficients().error, 0.0, 5);
  check_order(trees, dop853.a, dop853_coefficients().lower_error, 0.0, 3);
}
