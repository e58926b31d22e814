#include "problem/teacher.h"

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
  data::Samples inputs = data::synthetic_inputs(input, count, kTeacherSeed, problem.block.input_tokens);
  const std::vector<double> theta = random_start(problem.block, 1.0, kTeacherSeed, "teacher");

  const Index target_elements = extent_product(target_shape(output, problem.loss));
  SampleArrays samples{inputs.count, extent_product(input), target_elements, data::values(*inputs.x),
                       std::vector<double>(static_cast<std::size_t>(inputs.count * target_elements), 0.0)};

  const auto plan = std::make_shared<const KernelPlan>(make_plan(graph, {{problem.block.output, 0, 0, 0}}));
  HostExecutor<double> executor(plan, kSamplesAtOnce);
  PackedSamples<double> packed(samples, kSamplesAtOnce, kSamplesAtOnce);
  const Index elements = extent_product(output), classes = output.empty() ? 1 : output.back();
  AlignedVector<double> out(static_cast<std::size_t>(kSamplesAtOnce * elements));
  std::vector<double> answer(static_cast<std::size_t>(elements));
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
      for (Index e = 0; e < elements; ++e)
        answer[static_cast<std::size_t>(e)] = out[static_cast<std::size_t>(e * chunk.lanes) + lane];
      if (problem.loss == Loss::squared) std::copy(answer.begin(), answer.end(), row);
      if (problem.loss == Loss::squared) continue;
      for (Index position = 0; position < elements / classes; ++position) {
        const auto logits = answer.begin() + position * classes;
        const Index label = std::max_element(logits, logits + classes) - logits;
        if (problem.loss == Loss::label_cross_entropy)
          row[position] = static_cast<double>(label);
        else
          row[position * classes + label] = 1.0;
      }
    }
  }
  problem.samples = {inputs.x, data::rows_of(samples.count, std::move(samples.target))};
  problem.data = "teacher: " + std::to_string(samples.count) +
                 (problem.block.input_tokens > 0 ? " inputs of random tokens" : " inputs from N(0, 1)") +
                 ", targets of a random network of the same block";
}

}  // namespace invar
