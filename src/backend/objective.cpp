#include "backend/objective.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <numeric>

#include "error.h"
#include "tensor/product_cost.h"

namespace invar {
namespace {

// Chunks c, c + n, c + 2n, … add up in group c of n, the groups one after the other: a fixed order that up to n threads
// can share.
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

// A wide chunk's larger values stay near the second cache level, so that one kernel finds there what the one before it
// left. But it is so long that what is done once a chunk, whatever its length, takes little beside its products: each
// parameter is read twice, its gradient written and added. (Measured for blocks of width 192 and 256, and for nets of
// 6 and 12 layers of them: half the bytes and twice take 1.01 to 1.05 times as long; a share of 0.1 takes 1.03 times
// where experts have many parameters, 0.05 more memory.)
constexpr Index kWideValueBytes = 5 * 512 * 1024;
constexpr double kParameterNanoseconds = 1.5;
constexpr double kParameterShare = 0.07;

Index largest_value(const KernelPlan& plan) {
  Index elements = 1;
  for (const PointwiseKernel& kernel : plan.pointwise)
    if (kernel.batched) elements = std::max(elements, kernel.elements);
  return elements;
}

template <class S>
Index samples_a_wide_chunk(const CostPlans& plans, Index samples) {
  const double sample = plans.gradient->flops_per_sample / kOperationsPerNanosecond,
               once = kParameterNanoseconds * static_cast<double>(plans.parameters);
  const Index fits = kWideValueBytes / (largest_value(*plans.gradient) * static_cast<Index>(sizeof(S)));
  const auto pays = static_cast<Index>(std::ceil(std::min(once / (kParameterShare * sample), 1e9)));
  const Index most = std::clamp<Index>(std::max(fits, pays), 1, samples);
  // Every chunk has the same length, some for samples that are not there. Two threads want an even number of chunks.
  const auto cost = [&](Index length) {
    Index chunks = (samples + length - 1) / length;
    if (chunks > 1) chunks = (chunks + 1) / 2 * 2;
    return static_cast<double>(chunks) * (static_cast<double>(length) * sample + once);
  };
  Index best = most;
  for (Index length = most; length > most / 2; --length)
    if (cost(length) < cost(best)) best = length;
  return best;
}

template <class S>
ChunkShape chunk_shape(const CostPlans& plans, Index samples) {
  const Index innermost = samples_a_chunk<S>(plans, samples), outermost = samples_a_wide_chunk<S>(plans, samples);
  if (plans.wide_pays(outermost, std::min(innermost, lanes_for<S>(samples)), samples))
    return {outermost, SampleAxis::outermost};
  return {innermost, SampleAxis::innermost};
}

/// Fewer groups than 8 where their gradients would take more memory than a chunk's values do.
Index most_groups(const CostPlans& plans, const ChunkShape& shape) {
  if (shape.axis == SampleAxis::innermost) return kGroups;
  const Index values = plans.wide->gradient(shape.samples)->unbatched_arena;
  return std::clamp<Index>(values / std::max<Index>(1, plans.parameters), 2, kGroups);
}

/// The numbers first, first + 1, …
void count_up(std::vector<Index>& samples, Index first, Index count) {
  samples.resize(static_cast<std::size_t>(count));
  std::iota(samples.begin(), samples.end(), first);
}

template <class S>
typename cuda::DeviceBatch<S>::Make cuda_maker(cuda::DeviceOptions options) {
  if constexpr (std::is_same_v<S, Quad>)
    throw InputError("the cuda backend has no quad precision: use --backend host");
  else {
    cuda::require_cuda();
    return [options](const auto& plan, const auto& sizes) { return cuda::make_cuda_executor<S>(plan, sizes, options); };
  }
}

}  // namespace

template <class S>
Objective<S>::Pass::Pass(const CostPlans& plans, const SampleSource& source, Index samples, Index packed_bytes)
    : capacity(samples), shape(chunk_shape<S>(plans, samples)), groups(most_groups(plans, shape)) {
  const Index row = source.input_elements + source.target_elements;
  if (samples * row > packed_bytes / static_cast<Index>(sizeof(S))) return;
  std::vector<Index> numbers;
  count_up(numbers, 0, samples);
  kept = std::make_unique<PackedSamples<S>>(source, samples, shape.samples, shape.axis);
  kept->pack(numbers);
}

template <class S>
Objective<S>::Objective(CostPlans plans, const SampleSource& samples, Index batch,
                        typename cuda::DeviceBatch<S>::Make make)
    : plans_(std::move(plans)), source_(&samples), make_(std::move(make)) {
  if (batch > 0) device_batch_ = std::make_unique<cuda::DeviceBatch<S>>(plans_, samples, batch, make_);
}

template <class S>
cuda::DeviceBatch<S>& Objective<S>::full_on_device() {
  if (!device_full_) {
    device_full_ = std::make_unique<cuda::DeviceBatch<S>>(plans_, *source_, source_->count, make_);
    std::vector<Index> all;
    count_up(all, 0, source_->count);
    device_full_->pack(all);
  }
  return *device_full_;
}

template <class S>
cuda::DeviceBatch<S>* Objective<S>::device() {
  if (!make_) return nullptr;
  return device_batch_ ? device_batch_.get() : &full_on_device();
}

template <class S>
Objective<S>::Objective(CostPlans plans, const SampleSource& samples, Index batch, int threads, Backend backend)
    : Objective(backend == Backend::host
                    ? Objective(std::move(plans), samples, batch, threads)
                    : Objective(std::move(plans), samples, batch, cuda_maker<S>({backend == Backend::cuda_tf32}))) {
  epsilon_ = product_epsilon(backend, epsilon_);
}

template <class S>
void Objective<S>::Pass::make_executors(const CostPlans& plans, const SampleSource& source, What what, int threads) {
  auto& made = executors[static_cast<std::size_t>(what)];
  if (!made.empty()) return;
  const bool wide = shape.axis == SampleAxis::outermost;
  const auto plan = what == What::gradient  ? (wide ? plans.wide->gradient(shape.samples) : plans.gradient)
                    : what == What::hessian ? (wide ? plans.wide->hessian(shape.samples) : plans.hessian)
                                            : (wide ? plans.wide->cost(shape.samples) : plans.cost);
  const Index useful = std::clamp<Index>(chunks(capacity), 1, groups);
  for (int t = 0; t < std::max(1, std::min(threads, static_cast<int>(useful))); ++t)
    made.push_back(std::make_unique<HostExecutor<S>>(plan, wide ? 1 : shape.samples));
  while (!kept && packs.size() < made.size())
    packs.emplace_back(source, std::min(shape.samples, capacity), shape.samples, shape.axis);
}

template <class S>
Objective<S>::Objective(CostPlans plans, const SampleSource& samples, Index batch, int threads, Index packed_bytes)
    : plans_(std::move(plans)), source_(&samples), threads_(threads), packed_bytes_(packed_bytes) {
  if (batch > 0) batch_ = std::make_unique<Pass>(plans_, samples, batch, 0);
  partial_cost_.assign(static_cast<std::size_t>(kGroups), S(0));
  sums_.resize(static_cast<std::size_t>(std::max(1, std::min(threads, static_cast<int>(kGroups)))));
}

template <class S>
typename Objective<S>::Pass& Objective<S>::full() {
  if (!full_) full_ = std::make_unique<Pass>(plans_, *source_, source_->count, packed_bytes_);
  return *full_;
}

template <class S>
S Objective<S>::run(Pass& pass, What what, const S* theta, const S* v, std::span<const Index> batch, S* out) {
  // Of what a run never asks for, no memory is taken.
  pass.make_executors(plans_, *source_, what, threads_);
  auto& executors = pass.executors[static_cast<std::size_t>(what)];
  const Index samples = batch.empty() ? source_->count : static_cast<Index>(batch.size());
  const Index chunks = pass.chunks(samples), groups = std::min(pass.groups, chunks);
  const Index entries = what == What::cost ? 0 : size();
  const int threads = std::min(static_cast<int>(executors.size()), static_cast<int>(groups));
  if ((groups - 1) * entries > static_cast<Index>(partial_.size()))
    partial_.assign(static_cast<std::size_t>((groups - 1) * entries), S(0));
  for (int t = 0; t < threads && chunks > groups; ++t)
    sums_[static_cast<std::size_t>(t)].resize(static_cast<std::size_t>(entries));

  const auto work = [&](int t) {
    HostExecutor<S>& executor = *executors[static_cast<std::size_t>(t)];
    AlignedVector<S>& sum = sums_[static_cast<std::size_t>(t)];
    executor.set_variable(0, theta);
    executor.set_variable(1, v);
    S cost(0);
    executor.set_output(1, &cost);
    std::vector<Index> numbers;
    const auto chunk_of = [&](Index c) {
      if (pass.kept) return pass.kept->chunk(c);
      PackedSamples<S>& pack = pass.packs[static_cast<std::size_t>(t)];
      const Index first = c * pass.shape.samples, here = std::min(pass.shape.samples, samples - first);
      if (batch.empty()) count_up(numbers, first, here);
      pack.pack(
          batch.empty() ? numbers : batch.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(here)),
          samples);
      return pack.chunk(0);
    };
    for (Index group = t; group < groups; group += threads) {
      S* total = group == 0 ? out : partial_.data() + (group - 1) * entries;
      S total_cost(0);
      for (Index c = group; c < chunks; c += pass.groups) {
        const auto chunk = chunk_of(c);
        executor.set_samples(chunk.input, chunk.target, chunk.weight, chunk.lanes, chunk.samples);
        executor.set_output(0, c == group ? total : sum.data());
        executor.run();
        total_cost += cost;
        if (c != group)
          for (Index i = 0; i < entries; ++i) total[i] += sum[static_cast<std::size_t>(i)];
      }
      partial_cost_[static_cast<std::size_t>(group)] = total_cost;
    }
  };
  // Of the gradient's entries each thread adds up a part, over all groups in their order.
  const auto add_up = [&](int t) {
    const Index last = entries * (t + 1) / threads;
    for (Index first = entries * t / threads; first < last; first += kStretch) {
      const Index here = std::min(kStretch, last - first);
      for (Index group = 1; group < groups; ++group) {
        const S* part = partial_.data() + (group - 1) * entries + first;
        for (Index i = 0; i < here; ++i) out[first + i] += part[i];
      }
    }
  };
  if (threads == 1) {
    work(0);
    add_up(0);
  } else {
    std::exception_ptr failure;  // of reading a sample: an exception must not leave a parallel region
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static, 1)
      for (int t = 0; t < threads; ++t) {
        try {
          work(t);
        } catch (...) {
#pragma omp critical
          failure = std::current_exception();
        }
      }
#pragma omp for schedule(static, 1)
      for (int t = 0; t < threads; ++t) add_up(t);
    }
    if (failure) std::rethrow_exception(failure);
  }

  S cost = partial_cost_[0];
  for (Index group = 1; group < groups; ++group) cost += partial_cost_[static_cast<std::size_t>(group)];
  return cost;
}

template <class S>
S Objective<S>::evaluate(const S* theta, S* gradient) {
  if (make_) return full_on_device().gradient(theta, gradient);
  return run(full(), What::gradient, theta, nullptr, {}, gradient);
}

template <class S>
S Objective<S>::evaluate(const S* theta, std::span<const Index> batch, S* gradient) {
  if (make_) {
    device_batch_->pack(batch);
    return device_batch_->gradient(theta, gradient);
  }
  return run(*batch_, What::gradient, theta, nullptr, batch, gradient);
}

template <class S>
S Objective<S>::cost(const S* theta) {
  if (make_) return full_on_device().cost(theta);
  return run(full(), What::cost, theta, nullptr, {}, nullptr);
}

template <class S>
void Objective<S>::hessian_product(const S* theta, const S* v, S* out) {
  if (make_) return full_on_device().hessian_product(theta, v, out);
  run(full(), What::hessian, theta, v, {}, out);
}

template class Objective<float>;
template class Objective<double>;
template class Objective<Quad>;

}  // namespace invar
