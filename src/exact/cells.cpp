#include "exact/cells.h"

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <map>
#include <utility>

namespace invar::exact {
namespace {

constexpr double kMargin = 1e-6;       // between two scores, relative to their sizes
constexpr double kLeastScore = 1e-12;  // of one that is compared with 0

std::size_t at(std::int32_t n) {
  return static_cast<std::size_t>(n);
}

struct RealPoint {
  std::vector<double> values;
  std::vector<bool> outcomes;
  bool clear = true;  // every comparison has a margin, every number is finite
};

void compare(const Choice& choice, std::int32_t which, const std::vector<double>& values, double& outcome,
             bool& clear) {
  if (choice.scores.size() == 1) {
    const double score = values[at(choice.scores[0])];
    clear = clear && std::abs(score) > kLeastScore;
    outcome = score > 0.0 ? 1.0 : 0.0;
    return;
  }
  std::vector<double> scores;
  for (const std::int32_t step : choice.scores) scores.push_back(values[at(step)]);
  std::vector<double> sorted = scores;
  std::ranges::sort(sorted, std::greater<>{});
  const double last = sorted[at(choice.k) - 1], next = sorted[at(choice.k)];
  clear = clear && last - next > kMargin * (std::abs(last) + std::abs(next));
  outcome = scores[at(which)] >= last ? 1.0 : 0.0;
}

RealPoint evaluate(const Tape& tape, const std::vector<double>& parameters, const std::vector<double>& inputs) {
  RealPoint point;
  point.values.resize(tape.operations.size());
  point.outcomes.assign(tape.operations.size(), false);
  for (std::int32_t n = 0; n < tape.size(); ++n) {
    const Operation& operation = tape.operations[at(n)];
    const auto value = [&](std::int32_t step) { return point.values[at(step)]; };
    double& own = point.values[at(n)];
    switch (operation.step) {
      case Step::constant:
        own = tape.constants[at(operation.a)].value;
        break;
      case Step::parameter:
        own = parameters[at(operation.a)];
        break;
      case Step::input:
        own = inputs[at(operation.a)];
        break;
      case Step::add:
        own = value(operation.a) + value(operation.b);
        break;
      case Step::multiply:
        own = value(operation.a) * value(operation.b);
        break;
      case Step::inverse:
        own = 1.0 / value(operation.a);
        break;
      case Step::root:
        own = std::sqrt(value(operation.a));
        break;
      case Step::exp:  // what it is does not matter where it is too large: only outcomes do
        own = std::exp(std::clamp(value(operation.a), -300.0, 300.0));
        break;
      case Step::log:
        own = std::log(value(operation.a));
        break;
      case Step::erf:
        own = std::erf(value(operation.a));
        break;
      case Step::sine:
        own = std::sin(value(operation.a));
        break;
      case Step::cosine:
        own = std::cos(value(operation.a));
        break;
      case Step::outcome:
        compare(tape.choices[at(operation.a)], operation.b, point.values, own, point.clear);
        point.outcomes[at(n)] = own > 0.5;
        break;
    }
  }
  return point;
}

}  // namespace

Cells find_cells(const Tape& tape, std::size_t count, double parameter_size, std::uint64_t seed) {
  Cells result;
  boost::random::mt19937_64 random(seed);
  boost::random::normal_distribution<double> normal;
  // What has to be seen often enough: both outcomes of each comparison, each row that an integer may choose.
  std::vector<std::int32_t> outcomes;
  for (std::int32_t n = 0; n < tape.size(); ++n)
    if (tape.operations[at(n)].step == Step::outcome) outcomes.push_back(n);
  result.local = !outcomes.empty();
  std::map<std::pair<std::int32_t, bool>, std::size_t> seen;
  std::vector<std::size_t> chosen(tape.vocabulary > 0 ? at(tape.inputs) : 0, 0);
  std::vector<double> parameters(at(tape.parameters));
  for (double& number : parameters) number = parameter_size * normal(random);

  const std::size_t tries = 400 + 40 * count;
  for (std::size_t i = 0; i < tries; ++i) {
    Cell cell{.outcomes = std::vector<bool>(tape.operations.size(), false), .chosen = {}};
    std::vector<double> inputs;
    if (tape.vocabulary > 0) {
      boost::random::uniform_int_distribution<std::int32_t> row(0, tape.vocabulary - 1);
      cell.chosen.assign(at(tape.inputs), 0);
      for (std::int32_t first = 0; first < tape.inputs; first += tape.vocabulary)
        cell.chosen[at(first + row(random))] = 1;
      inputs.assign(cell.chosen.begin(), cell.chosen.end());
    } else {
      const double size = std::pow(10.0, static_cast<double>(i % 7) - 2.0);  // a decade after the other
      for (std::int32_t k = 0; k < tape.inputs; ++k) inputs.push_back(size * normal(random));
    }
    if (!outcomes.empty()) {
      RealPoint point = evaluate(tape, parameters, inputs);
      if (!point.clear) continue;
      cell.outcomes = std::move(point.outcomes);
    }
    bool wanted = result.samples.size() < count;
    for (const std::int32_t n : outcomes) wanted = seen[{n, cell.outcomes[at(n)]}] < count || wanted;
    for (std::size_t k = 0; k < chosen.size(); ++k) wanted = (cell.chosen[k] == 1 && chosen[k] < 3) || wanted;
    if (!wanted) continue;
    for (const std::int32_t n : outcomes) ++seen[{n, cell.outcomes[at(n)]}];
    for (std::size_t k = 0; k < chosen.size(); ++k) chosen[k] += cell.chosen[k];
    result.samples.push_back(std::move(cell));
  }
  for (const std::int32_t n : outcomes)
    for (const bool outcome : {false, true})
      if (!seen.contains({n, outcome}))
        result.missing.push_back("comparison " + std::to_string(tape.operations[at(n)].a) + ": outcome " +
                                 (outcome ? "1" : "0"));
  return result;
}

}  // namespace invar::exact
