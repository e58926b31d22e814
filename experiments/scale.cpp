#include "experiments/scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "error.h"
#include "integrators/method.h"

namespace invar {
namespace {

// Standardised images reach 10 or so, unscaled ones 255.
constexpr double kUsual = 1e3;

struct Largest {
  double size = 0.0;
  Index at = 0;
};

Largest largest(const std::vector<double>& values) {
  Largest result;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (const double size = std::abs(values[i]); size > result.size) result = {size, static_cast<Index>(i)};
  return result;
}

/// Loss and norm of the gradient at the start over the two samples with the largest input and target.
template <class S>
std::pair<double, double> at_start(const Problem& problem, Index with_input, Index with_target) {
  const SampleArrays& all = problem.samples;
  SampleArrays few{2, all.input_elements, all.target_elements, {}, {}};
  const auto append = [](std::vector<double>& to, const std::vector<double>& from, Index sample, Index elements) {
    to.insert(to.end(), from.begin() + sample * elements, from.begin() + (sample + 1) * elements);
  };
  for (const Index sample : {with_input, with_target}) {
    append(few.input, all.input, sample, all.input_elements);
    append(few.target, all.target, sample, all.target_elements);
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
  const SampleArrays& samples = problem.samples;
  if (samples.count == 0 || samples.input_elements == 0 || samples.target_elements == 0) return;
  const Largest input = largest(samples.input), target = largest(samples.target), start = largest(problem.start);
  const double worst = std::max({input.size, target.size, start.size});
  if (worst < kUsual) return;
  const bool in_double = precision == Configuration::Precision::in_double;
  const Index with_input = input.at / samples.input_elements, with_target = target.at / samples.target_elements;
  const auto [loss, gradient] = in_double ? at_start<double>(problem, with_input, with_target)
                                          : at_start<float>(problem, with_input, with_target);
  const double most =
      std::sqrt(in_double ? std::numeric_limits<double>::max() : double{std::numeric_limits<float>::max()});
  if (std::abs(loss) <= most && gradient <= most) return;
  const std::string place = worst == start.size    ? "the parameters at the start"
                            : worst == target.size ? "the targets of " + problem.data
                                                   : "the inputs of " + problem.data;
  throw InputError(place + " reach " + number_text(worst) + ", so that the loss at the start is " + number_text(loss) +
                   " and the norm of its gradient " + number_text(gradient) + ", beyond what numbers in " +
                   (in_double ? "double" : "float") + " precision can train: scale them to about 1" +
                   (worst == start.size ? ", for example by --start-scale" : ""));
}

std::string scale_hint(const Problem& problem) {
  const double input = largest(problem.samples.input).size, target = largest(problem.samples.target).size;
  if (std::max(input, target) < kUsual) return {};
  return std::string("; the ") + (target >= input ? "targets" : "inputs") + " reach " +
         number_text(std::max(input, target)) + ": scale the data to about 1";
}

}  // namespace invar
