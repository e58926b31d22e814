#include "problem/balance.h"

#include <Eigen/Dense>
#include <Eigen/Sparse>
#include <cmath>
#include <limits>

#include "error.h"
#include "law/defect.h"
#include "law/evaluate.h"

namespace invar {
namespace {

constexpr int kMostIterations = 100;
constexpr int kMostSolverSteps = 1000;
constexpr double kSolved = 1e-10;
// Of the sum of the absolute values of a law's terms: what its rounding leaves.
constexpr double kBalancedEnough = 64 * std::numeric_limits<double>::epsilon();

struct Values {
  Eigen::VectorXd value;
  double worst = 0.0;  // largest |h| relative to the sum of the absolute values of its terms
};

bool quadratic_law(const LawForm& form) {
  return form.kind == LawKind::law && !form.products.empty();
}

Values values(const std::vector<LawForm>& forms, const std::vector<double>& theta) {
  std::vector<double> magnitudes(theta.size()), all;
  for (std::size_t i = 0; i < theta.size(); ++i) magnitudes[i] = std::abs(theta[i]);
  Values result;
  for (const LawForm& form : forms) {
    if (!quadratic_law(form)) continue;
    const auto count = static_cast<std::size_t>(form.components());
    std::vector<double> value(count), low(count), magnitude(count);
    Evaluator evaluator(form);
    evaluator.value(theta.data(), {value.data(), low.data()});
    evaluator.value_magnitude(magnitudes.data(), magnitude.data());
    for (std::size_t c = 0; c < count; ++c)
      if (magnitude[c] > 0.0) result.worst = std::max(result.worst, std::abs(value[c]) / magnitude[c]);
    all.insert(all.end(), value.begin(), value.end());
  }
  result.value = Eigen::Map<const Eigen::VectorXd>(all.data(), static_cast<Eigen::Index>(all.size()));
  return result;
}

using Sparse = Eigen::SparseMatrix<double>;

Sparse jacobian(const std::vector<LawForm>& forms, const std::vector<double>& theta, Eigen::Index rows) {
  std::vector<Eigen::Triplet<double>> entries;
  Eigen::Index row = 0;
  for (const LawForm& form : forms) {
    if (!quadratic_law(form)) continue;
    for (std::int64_t c = 0; c < form.components(); ++c, ++row)
      for (const auto& [element, slope] : component_gradient(form, c, theta.data()))
        entries.emplace_back(row, element, slope);
  }
  Sparse matrix(rows, static_cast<Eigen::Index>(theta.size()));
  matrix.setFromTriplets(entries.begin(), entries.end());
  return matrix;
}

}  // namespace

void balance(const std::vector<LawForm>& forms, std::vector<double>& theta) {
  for (int iteration = 0; iteration < kMostIterations; ++iteration) {
    const Values at = values(forms, theta);
    if (at.value.size() == 0 || at.worst <= kBalancedEnough) return;
    const Sparse slopes = jacobian(forms, theta, at.value.size());
    // Laws may depend on each other: then JJᵀ is singular, but conjugate gradients stay in its range. They need not
    // converge, Newton's next step mends what they leave.
    const Sparse gram = slopes * slopes.transpose();
    Eigen::ConjugateGradient<Sparse, Eigen::Lower | Eigen::Upper> solver;
    solver.setTolerance(kSolved);
    solver.setMaxIterations(kMostSolverSteps);
    solver.compute(gram);
    const Eigen::VectorXd step = slopes.transpose() * solver.solve(at.value).eval();
    for (std::size_t i = 0; i < theta.size(); ++i) theta[i] -= step[static_cast<Eigen::Index>(i)];
  }
  throw InputError("balanced: no start with all quadratic laws at 0 was found in " + std::to_string(kMostIterations) +
                   " Newton steps; choose another --start-seeds or leave --balanced out");
}

}  // namespace invar
