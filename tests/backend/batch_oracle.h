// What a plan computes for a batch, by definition: one interpreter (tests/tensor/interpreter.h) a sample, joined where
// the samples are summed. And the plan itself, run in any format on the same numbers.
#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "backend/host_executor.h"
#include "backend/packed_samples.h"
#include "tensor/plan.h"
#include "tests/tensor/interpreter.h"

namespace invar::oracle {

using Random = boost::random::mt19937_64;

inline Numbers normal(Random& random, Index count) {
  boost::random::normal_distribution<double> distribution;
  Numbers result;
  for (Index i = 0; i < count; ++i) result.push_back(distribution(random));
  return result;
}

inline Index below(Random& random, Index bound) {
  return boost::random::uniform_int_distribution<Index>(0, bound - 1)(random);
}

/// Every sample has the weight 1/count.
class BatchOracle {
 public:
  BatchOracle(const Graph& graph, const Numbers& theta, const SampleArrays& samples) : graph_(graph) {
    for (Index s = 0; s < samples.count; ++s) {
      const auto row = [&](const Numbers& values, Index elements) {
        return Numbers(values.begin() + s * elements, values.begin() + (s + 1) * elements);
      };
      each_.emplace_back(graph, std::vector<Numbers>{theta}, row(samples.input, samples.input_elements),
                         row(samples.target, samples.target_elements), 1.0 / static_cast<double>(samples.count));
    }
    for (NodeId id = 0; id < graph.size(); ++id) {
      if (graph[id].batched) continue;
      bool sums = false;
      for (const Operand& operand : graph[id].operands) sums = sums || graph[operand.node].batched;
      if (!sums) continue;
      Numbers total(static_cast<std::size_t>(extent_product(graph[id].shape)), 0.0);
      for (Interpreter& one : each_) {
        const Numbers& part = one.value(id);
        for (std::size_t i = 0; i < total.size(); ++i) total[i] += part[i];
      }
      for (Interpreter& one : each_) one.set(id, total);
    }
  }

  const Numbers& value(NodeId id, Index sample = 0) { return each_[static_cast<std::size_t>(sample)].value(id); }

 private:
  const Graph& graph_;
  std::vector<Interpreter> each_;
};

/// The outputs of a plan. Batched ones lie as [elements][lanes] in vectors of their own.
template <class S>
struct PlanRun {
  std::vector<std::vector<S>> outputs;
  Index lanes = 0;
};

/// Runs a plan; the output vectors, of these sizes in elements (of `lanes` scalars each where batched), are NaN before.
template <class S>
PlanRun<S> run_plan(const KernelPlan& plan, const Numbers& theta, const SampleArrays& samples,
                    const std::vector<std::pair<Index, bool>>& output_sizes) {
  PackedSamples<S> packed(samples, samples.count, lanes_for<S>(samples.count));
  std::vector<Index> all(static_cast<std::size_t>(samples.count));
  std::iota(all.begin(), all.end(), Index{0});
  packed.pack(all);
  const auto chunk = packed.chunk(0);
  PlanRun<S> result;
  result.lanes = chunk.lanes;
  HostExecutor<S> executor(std::make_shared<const KernelPlan>(plan), samples.count);
  const std::vector<S> parameters(theta.begin(), theta.end());
  executor.set_variable(0, parameters.data());
  executor.set_samples(chunk.input, chunk.target, chunk.weight, chunk.lanes, chunk.samples);
  for (std::size_t i = 0; i < output_sizes.size(); ++i) {
    const auto [size, batched] = output_sizes[i];
    result.outputs.emplace_back(static_cast<std::size_t>(size * (batched ? chunk.lanes : 1)),
                                std::numeric_limits<S>::quiet_NaN());
    executor.set_output(i, result.outputs.back().data());
  }
  executor.run();
  return result;
}

}  // namespace invar::oracle
