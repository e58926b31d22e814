#include "backend/objective.h"

#include <algorithm>
#include <numeric>

#include "tensor/derivative.h"

namespace invar {
namespace {

// Chunks c, c + 8, c + 16, … add up in group c, the groups one after the other: a fixed order that up to 8 threads can
// share.
constexpr Index kGroups = 8;

// A chunk's intermediate values stay in the second cache level (1 to 2 MiB on the processors of today), mostly: longer
// chunks pay less for what is done once a chunk. (Measured on 2 MiB: 256 KiB takes 1.5 times as long, 3 MiB 1.07
// times.)
constexpr Index kChunkBytes = 1024 * 1024;
constexpr Index kLongestChunk = 512;

// Entries of the groups' gradients that are added up at a time: they stay in the first cache level.
constexpr Index kStretch = 1024;

template <class S>
Index samples_a_chunk(const CostPlans& plans, Index samples) {
  const Index elements = plans.gradient->batched_arena + plans.input_elements + plans.target_elements;
  const Index width = kPackWidth<S>;
  const Index fits = kChunkBytes / (elements * static_cast<Index>(sizeof(S))) / width * width;
  const Index most = std::clamp<Index>(fits, width, std::max(width, kLongestChunk));
  // One sample beyond few whole packs would take as long as a pack. By itself it takes some 1.5 samples' products, and
  // memory sets the pace of another walk over weights and gradient: worth 50 operations a parameter, by measurement.
  const auto wide = static_cast<double>(width);
  const KernelPlan& plan = *plans.gradient;
  if (samples % width == 1 && samples > width && samples < 4 * width && samples <= most &&
      (wide - 1.5) * plan.flops_per_sample > 50.0 * static_cast<double>(plans.parameters) + plan.flops_fixed)
    return samples - 1;
  Index chunks = (samples + most - 1) / most;
  // As much work for every group, so for every thread: an even number, of more than two groups' rounds whole rounds.
  if (chunks > 1) chunks = chunks > 2 * kGroups ? (chunks + kGroups - 1) / kGroups * kGroups : (chunks + 1) / 2 * 2;
  return lanes_for<S>((samples + chunks - 1) / chunks);
}

std::vector<Index> all_samples(Index count) {
  std::vector<Index> samples(static_cast<std::size_t>(count));
  std::iota(samples.begin(), samples.end(), Index{0});
  return samples;
}

}  // namespace

CostPlans plan_cost(const Block& block, Loss loss) {
  Graph graph = block.graph;
  const NodeId cost = append_cost(graph, block.output, loss);
  const std::vector<NodeId> slopes = gradient(graph, cost, block.parameter_nodes);
  const std::vector<NodeId> each = sample_gradients(graph, cost, block.parameter_nodes);
  std::vector<NodeId> directions;
  for (const Tensor& tensor : block.parameters.tensors()) directions.push_back(graph.variable(tensor, 1));
  const std::vector<NodeId> curvatures = forward_derivative(graph, slopes, block.parameter_nodes, directions);

  const auto requests = [&](const std::vector<NodeId>& nodes) {
    std::vector<Request> result;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const Tensor& tensor = block.parameters.tensors()[i];
      result.push_back({nodes[i], 0, tensor.offset, tensor.size});
    }
    return result;
  };
  std::vector<Request> first = requests(slopes);
  first.push_back({cost, 1, 0, 1});
  return {std::make_shared<const KernelPlan>(make_plan(graph, first)),
          std::make_shared<const KernelPlan>(make_plan(graph, requests(curvatures))),
          std::make_shared<const KernelPlan>(make_plan(graph, requests(each))),
          block.parameters.size(),
          extent_product(graph[block.input].shape),
          extent_product(target_shape(graph[block.output].shape, loss))};
}

template <class S>
Objective<S>::Objective(CostPlans plans, const SampleArrays& samples, Index batch, int threads)
    : plans_(std::move(plans)),
      samples_(&samples),
      chunk_samples_(samples_a_chunk<S>(plans_, samples.count)),
      full_(samples, samples.count, chunk_samples_) {
  full_.pack(all_samples(samples.count));
  Index longest = chunk_samples_;
  if (batch > 0) {
    const Index batch_chunk = samples_a_chunk<S>(plans_, batch);
    longest = std::max(longest, batch_chunk);
    batch_ = std::make_unique<PackedSamples<S>>(samples, batch, batch_chunk);
  }
  const Index groups = std::min(kGroups, full_.chunks());
  for (int t = 0; t < std::max(1, std::min(threads, static_cast<int>(groups))); ++t)
    workers_.push_back({std::make_unique<HostExecutor<S>>(plans_.gradient, longest), nullptr,
                        AlignedVector<S>(static_cast<std::size_t>(size()), S(0))});
  partial_.assign(static_cast<std::size_t>((groups - 1) * size()), S(0));
  partial_cost_.assign(static_cast<std::size_t>(kGroups), S(0));
}

template <class S>
S Objective<S>::run(const PackedSamples<S>& packed, bool hessian, const S* theta, const S* v, S* out) {
  const Index groups = std::min(kGroups, packed.chunks());
  const int threads = std::min(static_cast<int>(workers_.size()), static_cast<int>(groups));
  if ((groups - 1) * size() > static_cast<Index>(partial_.size()))
    partial_.assign(static_cast<std::size_t>((groups - 1) * size()), S(0));

  const auto work = [&](int t) {
    Worker& worker = workers_[static_cast<std::size_t>(t)];
    HostExecutor<S>& executor = hessian ? *worker.hessian : *worker.gradient;
    executor.set_variable(0, theta);
    executor.set_variable(1, v);
    S cost(0);
    executor.set_output(1, &cost);
    for (Index group = t; group < groups; group += threads) {
      S* total = group == 0 ? out : partial_.data() + (group - 1) * size();
      S total_cost(0);
      for (Index c = group; c < packed.chunks(); c += kGroups) {
        const auto chunk = packed.chunk(c);
        executor.set_samples(chunk.input, chunk.target, chunk.weight, chunk.lanes, chunk.samples);
        executor.set_output(0, c == group ? total : worker.sum.data());
        executor.run();
        total_cost += cost;
        if (c != group)
          for (Index i = 0; i < size(); ++i) total[i] += worker.sum[static_cast<std::size_t>(i)];
      }
      partial_cost_[static_cast<std::size_t>(group)] = total_cost;
    }
  };
  // Of the gradient's entries each thread adds up a part, over all groups in their order.
  const auto add_up = [&](int t) {
    const Index last = size() * (t + 1) / threads;
    for (Index first = size() * t / threads; first < last; first += kStretch) {
      const Index here = std::min(kStretch, last - first);
      for (Index group = 1; group < groups; ++group) {
        const S* part = partial_.data() + (group - 1) * size() + first;
        for (Index i = 0; i < here; ++i) out[first + i] += part[i];
      }
    }
  };
  if (threads == 1) {
    work(0);
    add_up(0);
  } else {
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static, 1)
      for (int t = 0; t < threads; ++t) work(t);
#pragma omp for schedule(static, 1)
      for (int t = 0; t < threads; ++t) add_up(t);
    }
  }

  S cost = partial_cost_[0];
  for (Index group = 1; group < groups; ++group) cost += partial_cost_[static_cast<std::size_t>(group)];
  return cost;
}

template <class S>
S Objective<S>::evaluate(const S* theta, S* gradient) {
  return run(full_, false, theta, nullptr, gradient);
}

template <class S>
S Objective<S>::evaluate(const S* theta, std::span<const Index> batch, S* gradient) {
  batch_->pack(batch);
  return run(*batch_, false, theta, nullptr, gradient);
}

template <class S>
void Objective<S>::hessian_product(const S* theta, const S* v, S* out) {
  // Most runs never ask for one: its memory is taken at the first.
  for (Worker& worker : workers_)
    if (!worker.hessian) worker.hessian = std::make_unique<HostExecutor<S>>(plans_.hessian, chunk_samples_);
  run(full_, true, theta, v, out);
}

template class Objective<float>;
template class Objective<double>;
template class Objective<Quad>;

}  // namespace invar
