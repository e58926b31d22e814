// A block of block_cases.h with random samples and parameters, ready to be evaluated in any format.
#pragma once

#include <cmath>

#include "backend/objective.h"
#include "data/sampling.h"
#include "tests/models/block_cases.h"

namespace invar {

/// Every block case: with the squared error, and behind a read-out with cross-entropy; the texts with the squared
/// error, those of whole architectures with labels.
struct CostCase {
  std::string name;
  std::string text;
  KnownSizes known;
  Loss loss = Loss::squared;
};

inline std::vector<CostCase> cost_cases() {
  std::vector<CostCase> cases;
  for (const BlockCase& one : block_cases()) {
    cases.push_back({one.name, one.text.text, one.known, Loss::squared});
    if (!one.text.logits && one.text.output_indices.back() == "m" && !cases.back().known.extents.contains("m"))
      cases.back().known.extents["m"] = 2;
    const BlockCase read = behind_readout(one);
    cases.push_back({read.name, read.text.text, read.known, Loss::cross_entropy});
    if (!one.text.logits) continue;
    cases.push_back(cases.back());
    cases.back().name += " with labels";
    cases.back().loss = Loss::label_cross_entropy;
  }
  for (const auto& [file, input] : std::vector<std::pair<std::string, Shape>>{{"linear_attention.txt", {4, 3}},
                                                                              {"latent_attention.txt", {4, 3}},
                                                                              {"lora_silu_ffn.txt", {4}},
                                                                              {"maxout.txt", {4}},
                                                                              {"grouped_heads.txt", {4, 3}},
                                                                              {"joined_maps.txt", {4, 3}},
                                                                              {"tied_logits.txt", {5}}}) {
    CostCase one{file, text_of(file), {}, Loss::squared};
    one.known.shapes["x"] = input;
    if (file == "lora_silu_ffn.txt" || file == "maxout.txt") one.known.extents["m"] = 2;
    cases.push_back(one);
  }
  for (const char* file : {"qwen3.txt", "llama.txt", "gpt2.txt"}) {
    CostCase one{file, text_of(file), {}, Loss::label_cross_entropy};
    one.known.extents = {{"v", 5}, {"t", 3}, {"d", 4}, {"a", 4}, {"k", 3}};
    if (one.name == "gpt2.txt") one.known.extents.insert({{"n", 4}, {"h", 2}});
    cases.push_back(one);
  }
  return cases;
}

struct SmallBlock {
  Block block;
  Loss loss = Loss::squared;
  CostPlans plans{};
  SampleArrays samples{};
  std::vector<double> theta{};
};

/// Targets of the squared error are random; labels are too; those of cross-entropy random numbers that sum to 1: with
/// them the gradient with respect to the logits is any vector that sums to 0.
inline SmallBlock small_block(const CostCase& which, std::uint64_t seed, Index samples = 5) {
  data::Engine engine = data::engine(seed, "test");
  KnownSizes known = which.known;
  known.missing_constant = [&](const std::string&, const Shape& shape) {
    return data::standard_normal(engine, extent_product(shape));
  };
  SmallBlock small{.block = read_block(which.text, known, which.name, built_in_blocks()), .loss = which.loss};
  small.plans = plan_cost(small.block, which.loss);
  const Graph& graph = small.block.graph;
  const Shape& logits = graph[small.block.output].shape;
  const Index input = extent_product(graph[small.block.input].shape), classes = logits.empty() ? 1 : logits.back();
  const Index target = extent_product(target_shape(logits, which.loss));
  const Index labels = which.loss == Loss::label_cross_entropy ? classes : 0;
  small.samples = {samples, input, target, data::random_inputs(engine, samples * input, small.block.input_tokens),
                   data::random_inputs(engine, samples * target, labels)};
  if (which.loss == Loss::cross_entropy)
    for (auto row = small.samples.target.begin(); row != small.samples.target.end(); row += classes) {
      double sum = 0.0;
      for (Index k = 0; k < classes; ++k) sum += row[k];
      for (Index k = 0; k < classes; ++k) row[k] += (1.0 - sum) / static_cast<double>(classes);
    }
  small.theta = data::standard_normal(engine, small.block.parameters.size());
  for (double& value : small.theta) value *= 0.7;
  return small;
}

template <class S>
std::vector<S> cast(const std::vector<double>& values) {
  std::vector<S> result;
  for (const double value : values) result.push_back(static_cast<S>(value));
  return result;
}

/// ‖a − b‖ / ‖b‖.
template <class A, class B>
double relative_distance(const std::vector<A>& a, const std::vector<B>& b) {
  Quad difference(0), size(0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Quad d = static_cast<Quad>(a[i]) - static_cast<Quad>(b[i]);
    difference += d * d;
    size += static_cast<Quad>(b[i]) * static_cast<Quad>(b[i]);
  }
  return static_cast<double>(sqrt(difference / (size > 0 ? size : Quad(1))));
}

template <class S>
std::vector<S> gradient_of(const SmallBlock& small, const std::vector<S>& theta) {
  Objective<S> objective(small.plans, small.samples);
  std::vector<S> gradient(theta.size());
  objective.evaluate(theta.data(), gradient.data());
  return gradient;
}

template <class S>
std::vector<S> hessian_times(const SmallBlock& small, const std::vector<S>& theta, const std::vector<S>& v) {
  Objective<S> objective(small.plans, small.samples);
  std::vector<S> product(theta.size());
  objective.hessian_product(theta.data(), v.data(), product.data());
  return product;
}

}  // namespace invar
