#include "problem/elsewhere.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "data/sampling.h"
#include "problem/law_sizes.h"
#include "problem/probes.h"

namespace invar {
namespace {

constexpr std::uint64_t kSeed = 1;
// Sizes of the displacement. At the far ones functions saturate and their defects are those of roundings: they tell
// only whether a gradient comes at all.
constexpr std::array kModerate = {0.5, 2.0, 0.0};
constexpr std::array kFar = {10.0, 100.0};
constexpr int kFarDraws = 8;  // of each, while something has not been reached: a gate may open on one side only

/// The start displaced at random, or, at distance 0, drawn anew: where the start is so large that functions saturate
/// around it they do not there.
std::vector<double> apart(const Problem& problem, double distance, int draw) {
  const bool anew = distance == 0.0;
  std::vector<double> theta = anew ? std::vector<double>(problem.start.size()) : problem.start;
  data::Engine engine =
      data::engine(kSeed, "elsewhere " + std::to_string(distance) + (draw > 0 ? " " + std::to_string(draw) : ""));
  const std::vector<double> random = data::standard_normal(engine, static_cast<Index>(theta.size()));
  const Block& block = problem.block;
  for (std::size_t i = 0; i < block.fan_in.size(); ++i) {
    const Tensor& tensor = block.parameters.tensors()[i];
    const auto begin = static_cast<std::size_t>(tensor.offset), end = begin + static_cast<std::size_t>(tensor.size);
    double squares = 0.0;
    for (std::size_t k = begin; k < end; ++k) squares += theta[k] * theta[k];
    const double own = std::sqrt(squares / static_cast<double>(std::max<Index>(1, tensor.size)));
    const double drawn = 1.0 / std::sqrt(block.fan_in[i]);
    const double scale = anew ? drawn : distance * std::max(own, drawn);
    for (std::size_t k = begin; k < end; ++k) theta[k] += scale * random[k];
  }
  return theta;
}

bool is_zero(const Problem& problem, std::size_t component, const double* theta) {
  for (const LawForm& form : problem.forms) {
    const auto own = static_cast<std::size_t>(form.components());
    if (component < own) {
      const auto slope = component_gradient(form, static_cast<std::int64_t>(component), theta);
      return std::ranges::all_of(slope, [](const auto& entry) { return entry.second == 0.0; });
    }
    component -= own;
  }
  std::vector<double> slope(problem.start.size());
  for (const Law& law : problem.general) {
    GeneralLaw general(problem.block, law);
    const auto own = static_cast<std::size_t>(general.components());
    if (component < own) {
      general.gradient(static_cast<Index>(component), theta, slope.data());
      return std::ranges::all_of(slope, [](double entry) { return entry == 0.0; });
    }
    component -= own;
  }
  return false;
}

}  // namespace

Elsewhere measure_elsewhere(const Problem& problem) {
  Probes probes(problem);
  const std::size_t forms = form_components(problem), all = forms + general_components(problem);
  Elsewhere result{std::vector<double>(all, std::numeric_limits<double>::quiet_NaN()),
                   std::vector<bool>(all),
                   std::vector<bool>(all),
                   {}};
  std::vector<double> defects(forms), values(all - forms), general(all - forms);
  std::vector<std::vector<double>> points;
  const auto look = [&](double distance, bool moderate, int draw = 0) {
    points.push_back(apart(problem, distance, draw));
    probes.measure(points.back().data(), nullptr, defects);
    if (!general.empty()) probes.measure_general(points.back().data(), values, general);
    for (std::size_t c = 0; c < all; ++c) {
      const double defect = c < forms ? defects[c] : general[c - forms];
      if (std::isnan(defect)) continue;
      result.reached[c] = true;
      if (moderate) result.defect[c] = std::fmax(result.defect[c], defect);
    }
  };
  for (const double distance : kModerate) look(distance, true);
  for (int draw = 0; draw < kFarDraws; ++draw)
    for (const double distance : kFar)
      if (draw == 0 || std::ranges::count(result.reached, false) > 0) look(distance, false, draw);
  for (std::size_t c = 0; c < all; ++c)
    if (!result.reached[c])
      result.constant[c] =
          std::ranges::all_of(points, [&](const auto& theta) { return is_zero(problem, c, theta.data()); });
  result.theta = std::move(points.front());
  return result;
}

}  // namespace invar
