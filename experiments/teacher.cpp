#include "experiments/teacher.h"

#include <algorithm>

#include "data/sampling.h"
#include "error.h"

namespace invar {
namespace {

constexpr std::int64_t kTeacherSeed = 1;
constexpr Index kSamplesAtOnce = 64;

}  // namespace

void make_teacher(Problem& problem, const Configuration& configuration) {
  const std::int64_t count = configuration.samples.value_or(kUsualSamples);
  if (count == 0) throw InputError("samples: a teacher has no end of samples; give their number, --samples 256");
  const Graph& graph = problem.block.graph;
  const Shape input = graph[problem.block.input].shape, output = graph[problem.block.output].shape;
  data::Samples inputs = data::synthetic_inputs(input, count, kTeacherSeed);
  const std::vector<double> theta = random_start(problem.block, 1.0, kTeacherSeed, "teacher");

  SampleArrays& samples = problem.samples;
  samples = {inputs.count, extent_product(input), extent_product(output), std::move(inputs.x), {}};
  samples.target.assign(static_cast<std::size_t>(samples.count * samples.target_elements), 0.0);

  const auto plan = std::make_shared<const KernelPlan>(make_plan(graph, {{problem.block.output, 0, 0, 0}}));
  HostExecutor<double> executor(plan, kSamplesAtOnce);
  PackedSamples<double> packed(samples, kSamplesAtOnce, kSamplesAtOnce);
  AlignedVector<double> out(static_cast<std::size_t>(kSamplesAtOnce * samples.target_elements));
  executor.set_variable(0, theta.data());
  executor.set_output(0, out.data());
  std::vector<Index> numbers;
  for (Index first = 0; first < samples.count; first += kSamplesAtOnce) {
    numbers.clear();
    for (Index s = first; s < std::min(samples.count, first + kSamplesAtOnce); ++s) numbers.push_back(s);
    packed.pack(numbers);
    const auto chunk = packed.chunk(0);
    executor.set_samples(chunk.input, chunk.target, chunk.weight, chunk.lanes, chunk.samples);
    executor.run();
    for (std::size_t lane = 0; lane < numbers.size(); ++lane) {
      double* row = samples.target.data() + numbers[lane] * samples.target_elements;
      for (Index e = 0; e < samples.target_elements; ++e)
        row[e] = out[static_cast<std::size_t>(e * chunk.lanes) + lane];
      if (problem.loss != Loss::cross_entropy) continue;
      const Index label = std::max_element(row, row + samples.target_elements) - row;
      std::fill_n(row, samples.target_elements, 0.0);
      row[label] = 1.0;
    }
  }
  problem.data = "teacher: " + std::to_string(samples.count) +
                 " inputs from N(0, 1), targets of a random network of the same block";
}

}  // namespace invar
