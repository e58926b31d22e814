#include "problem/scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "error.h"
#include "integrators/method.h"

namespace invar {
namespace {

// Standardised images reach 10 or so, unscaled ones 255.
constexpr double kUsual = 1e3;

double largest(const std::vector<double>& values) {
  double size = 0.0;
  for (const double value : values) size = std::max(size, std::abs(value));
  return size;
}

/// Loss and norm of the gradient at the start over the two samples with the largest input and target.
template <class S>
std::pair<double, double> at_start(const Problem& problem, Index with_input, Index with_target) {
  const LoadedSamples& all = problem.samples;
  SampleArrays few{2, all.input_elements, all.target_elements,
                   std::vector<double>(static_cast<std::size_t>(2 * all.input_elements)),
                   std::vector<double>(static_cast<std::size_t>(2 * all.target_elements))};
  for (const Index i : {0, 1}) {
    all.read_input(i == 0 ? with_input : with_target, few.input.data() + i * all.input_elements);
    all.read_target(i == 0 ? with_input : with_target, few.target.data() + i * all.target_elements);
  }
  Objective<S> objective(problem.plans, few);
  std::vector<S> theta(problem.start.begin(), problem.start.end()), gradient(theta.size());
  const auto loss = static_cast<double>(objective.evaluate(theta.data(), gradient.data()));
  double square = 0.0;
  for (const S g : gradient) square += static_cast<double>(g) * static_cast<double>(g);
  return {loss, std::sqrt(square)};
}

}  // namespace

void check_scale(const Problem& problem, Configuration::Precision precision) {
  const LoadedSamples& samples = problem.samples;
  if (samples.count == 0 || samples.input_elements == 0 || samples.target_elements == 0) return;
  const data::RowsSummary &input = samples.input->summary(), &target = samples.target->summary();
  const double start = largest(problem.start), worst = std::max({input.largest, target.largest, start});
  if (worst < kUsual) return;
  const bool in_double = precision == Configuration::Precision::in_double;
  const auto [loss, gradient] =
      in_double ? at_start<double>(problem, input.at, target.at) : at_start<float>(problem, input.at, target.at);
  const double most =
      std::sqrt(in_double ? std::numeric_limits<double>::max() : double{std::numeric_limits<float>::max()});
  if (std::abs(loss) <= most && gradient <= most) return;
  const std::string place = worst == start            ? "the parameters at the start"
                            : worst == target.largest ? "the targets of " + problem.data
                                                      : "the inputs of " + problem.data;
  throw InputError(place + " reach " + number_text(worst) + ", so that the loss at the start is " + number_text(loss) +
                   " and the norm of its gradient " + number_text(gradient) + ", beyond what numbers in " +
                   (in_double ? "double" : "float") + " precision can train: scale them to about 1" +
                   (worst == start ? ", in their file, or by --start-scale where they are drawn" : "") +
                   (in_double ? "" : "; or use --precision double"));
}

std::string scale_hint(const Problem& problem) {
  const double input = problem.samples.input->summary().largest, target = problem.samples.target->summary().largest;
  if (std::max(input, target) < kUsual) return {};
  return std::string("; the ") + (target >= input ? "targets" : "inputs") + " reach " +
         number_text(std::max(input, target)) + ": scale the data to about 1";
}

}  // namespace invar
