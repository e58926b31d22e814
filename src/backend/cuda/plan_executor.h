// A plan with the samples as an axis (no tensor has lanes), executed by a device.
//
// A Device has memory (allocate, upload, download), three launches in the order of their calls (each: a body over an
// index; rows: a body over rows; gemm), and record, which runs a sequence of launches, to be replayed if it can. All
// addresses are fixed when the executor is made, so every run is the same sequence of launches with the same arguments.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "backend/cuda/device_executor.h"
#include "backend/cuda/euler_reductions_executor.h"
#include "backend/cuda/gemm.h"
#include "backend/cuda/kernels.h"

namespace invar::cuda {

/// From this many terms a sum is shared by a team.
inline constexpr Index kTermsOfTeam = 32;

template <class S, class Device>
class PlanExecutor final : public DeviceExecutor<S> {
 public:
  PlanExecutor(Device device, std::shared_ptr<const KernelPlan> plan, const VectorSizes& sizes)
      : device_(std::move(device)), plan_(std::move(plan)), sizes_(sizes) {
    if (plan_->batched_arena > 0) throw std::invalid_argument("a plan with lanes cannot run on a device");
    check_limits(*plan_);
    arena_ = device_.template allocate<S>(plan_->unbatched_arena, "the intermediate values");
    std::vector<S> constants(plan_->constants.begin(), plan_->constants.end());
    constants.push_back(S(1));
    constants_ = stored(constants, "the constants");
    for (int i = 0; i < 2; ++i) {
      variables_[i] = device_.template allocate<S>(sizes.variables[i], "the parameters");
      outputs_[i] = device_.template allocate<S>(sizes.outputs[i], "the gradient");
      sums_[i] = device_.template allocate<S>(sizes.outputs[i], "the gradient's sum");
    }
    for (int i = 0; i < 3; ++i) samples_[i] = device_.template allocate<S>(sizes.samples[i], "the samples");
    for (const KernelPlan::Zero& zero : plan_->zeros)
      each(zero.size, Fill<S>{outputs_[zero.vector] + zero.offset, S(0)});
    for (const Kernel& kernel : plan_->kernels) {
      switch (kernel.kind) {
        case Kernel::Kind::product:
          add(plan_->products[kernel.index]);
          break;
        case Kernel::Kind::pointwise:
          add(plan_->pointwise[kernel.index]);
          break;
        case Kernel::Kind::row:
          add(plan_->rows[kernel.index]);
          break;
        case Kernel::Kind::choice:
          add(plan_->choices[kernel.index]);
          break;
      }
    }
  }

  // The steps hold its address.
  PlanExecutor(const PlanExecutor&) = delete;
  PlanExecutor& operator=(const PlanExecutor&) = delete;

  void set_variable(int slot, const S* values) override {
    device_.upload(variables_[slot], values, sizes_.variables[slot]);
  }
  void set_samples(const S* input, const S* target, const S* weight) override {
    device_.upload(samples_[0], input, sizes_.samples[0]);
    device_.upload(samples_[1], target, sizes_.samples[1]);
    device_.upload(samples_[2], weight, sizes_.samples[2]);
  }
  void run(bool first) override {
    device_.record([this] {
      for (const auto& step : steps_) step();
    });
    for (int i = 0; i < 2; ++i) {
      if (first) device_.each(sizes_.outputs[i], Fill<S>{sums_[i], S(0)});
      device_.each(sizes_.outputs[i], AddTo<S>{sums_[i], outputs_[i]});
    }
  }
  void sum(int vector, S* values) override { device_.download(values, sums_[vector], sizes_.outputs[vector]); }

  void place(const S* theta) override {
    room_for_point();
    device_.upload(point_, theta, sizes_.variables[0]);
  }
  void begin_step() override { device_.each(sizes_.variables[0], Copy<S>{variables_[0], point_}); }
  double end_step(S tau) override {
    device_.each(sizes_.variables[0], EulerUpdate<S>{sums_[0], variables_[0], point_, tau});
    device_.rows(stretches(), SquaresOfStretches<S>{point_, sizes_.variables[0], kStretch, squares_});
    std::vector<double> parts(static_cast<std::size_t>(stretches()));
    device_.download(parts.data(), squares_, stretches());
    return std::sqrt(std::accumulate(parts.begin(), parts.end(), 0.0));
  }
  void fetch(S* before, S* after, S* k) override {
    device_.download(before, variables_[0], sizes_.variables[0]);
    device_.download(after, point_, sizes_.variables[0]);
    device_.download(k, sums_[0], sizes_.variables[0]);
  }
  std::unique_ptr<DeviceReductions> reductions(const EulerReductions& plan) override {
    room_for_point();
    return std::make_unique<EulerReductionsExecutor<S, Device>>(device_, plan,
                                                                EulerStep<S>{variables_[0], point_, sums_[0], 0.0});
  }

  const Device& device() const { return device_; }

 private:
  void room_for_point() {
    if (point_) return;
    point_ = device_.template allocate<S>(sizes_.variables[0], "the parameters");
    squares_ = device_.template allocate<double>(stretches(), "the parameters' norm");
  }

  Index stretches() const { return stretches_of(sizes_.variables[0]); }

  template <class Body>
  void each(Index count, const Body& body) {
    steps_.push_back([this, count, body] { device_.each(count, body); });
  }
  template <class Body>
  void rows(Index count, const Body& body) {
    steps_.push_back([this, count, body] { device_.rows(count, body); });
  }

  template <class T>
  const T* stored(const std::vector<T>& values, const char* what) {
    return placed_on(device_, values, what);
  }

  /// What several kernels share, as T: there once.
  template <class T, class From>
  const T* table(const std::shared_ptr<const std::vector<From>>& values, const char* what) {
    const void*& place = tables_[values.get()];
    if (!place) place = stored(std::vector<T>(values->begin(), values->end()), what);
    return static_cast<const T*>(place);
  }

  S* address(const Location& place) {
    if (place.batched) throw std::invalid_argument("a plan with lanes cannot run on a device");
    // Sources are only read: the cast lets one function serve sources and targets.
    switch (place.where) {
      case Location::Where::arena:
        return arena_ + place.offset;
      case Location::Where::variable:
        return variables_[place.index] + place.offset;
      case Location::Where::output:
        return outputs_[place.index] + place.offset;
      case Location::Where::sample:
        return samples_[place.index] + place.offset;
      case Location::Where::constant:
        return const_cast<S*>(constants_) + place.offset;
      case Location::Where::none:
        break;
    }
    return const_cast<S*>(constants_) + plan_->constants.size();
  }

  void add(const ProductKernel& kernel) {
    const S *a = address(kernel.a), *b = address(kernel.b);
    S* out = address(kernel.out);
    const S scale = static_cast<S>(kernel.scale);
    if (const auto gemm = gemm_of(kernel)) {
      if (gemm->swapped) std::swap(a, b);
      for (std::size_t i = 0; i < gemm->sums.size(); ++i) {
        const Place& sum = gemm->sums[i];
        const S *first = a + (gemm->swapped ? sum.b : sum.a), *second = b + (gemm->swapped ? sum.a : sum.b),
                beta = S(i > 0);
        if (gemm->batch != Gemm::Batch::addresses) {
          steps_.push_back(
              [this, gemm, scale, first, second, beta, out] { device_.gemm(*gemm, scale, first, second, beta, out); });
          continue;
        }
        std::vector<const S*> as, bs;
        std::vector<S*> cs;
        for (const Place& place : gemm->outer) {
          as.push_back(first + (gemm->swapped ? place.b : place.a));
          bs.push_back(second + (gemm->swapped ? place.a : place.b));
          cs.push_back(out + place.out);
        }
        steps_.push_back([this, gemm, scale, beta, as = stored(as, "addresses"), bs = stored(bs, "addresses"),
                          cs = stored(cs, "addresses")] { device_.gemm(*gemm, scale, as, bs, beta, cs); });
      }
      return;
    }
    SumOfProducts<S> sums{a, b, out, scale, {}, {}};
    for (const Loop& loop : kernel.outer) sums.free.append(loop);
    sums.free.append(kernel.rows);
    sums.free.append(kernel.columns);
    for (const Loop& loop : kernel.outer_sum) sums.summed.append(loop);
    sums.summed.append(kernel.sum);
    if (sums.summed.size >= kTermsOfTeam)
      rows(sums.free.size, sums);
    else
      each(sums.free.size, sums);
  }

  void add(const PointwiseKernel& kernel) {
    std::vector<S*> memory;
    for (const Location& place : kernel.memory) memory.push_back(address(place));
    std::vector<DeviceGather<S>> gathers;
    for (const PointwiseKernel::Gather& gather : kernel.gathers)
      gathers.push_back({address(gather.from), table<std::int32_t>(gather.offsets, "tables of offsets"), gather.run,
                         gather.constant});
    std::vector<DeviceInstruction<S>> instructions;
    for (const Instruction& from : kernel.instructions) {
      const bool gathered = from.code == Instruction::Code::gather;
      instructions.push_back({from.code, from.function, from.out.memory, !gathered && from.a.memory,
                              !gathered && from.b.memory, from.out.index, gathered ? from.gather : from.a.index,
                              from.b.index, static_cast<S>(from.factor_a), static_cast<S>(from.factor_b),
                              static_cast<S>(from.offset)});
    }
    each(kernel.elements, Pointwise<S>{stored(instructions, "instructions"), static_cast<int>(instructions.size()),
                                       stored(memory, "addresses"), stored(gathers, "addresses")});
  }

  void add(const RowKernel& kernel) {
    const S* in = address(kernel.in);
    S* out = address(kernel.out);
    if (kernel.op == Op::one_hot) return each(kernel.outer * kernel.extent, OneHot<S>{in, out, kernel.extent});
    Row<S> row{in, nullptr, nullptr, 1, kernel.extent, kernel.inner};
    if (kernel.active.where != Location::Where::none) {
      row.active = address(kernel.active);
    } else if (kernel.mask) {
      row.mask = table<S>(kernel.mask, "masks");
      row.mask_size = static_cast<Index>(kernel.mask->size());
    }
    const S lowest = -std::numeric_limits<S>::infinity();
    const Index count = kernel.outer * kernel.inner;
    if (kernel.op == Op::log_sum_exp)
      rows(count, LogSumExpRows<S>{row, out, lowest});
    else if (kernel.op == Op::top_k)
      rows(count, TopKRows<S>{row, out, kernel.k});
    else
      rows(count, SoftmaxRows<S>{row, out, lowest});
  }

  void add(const ChoiceKernel& kernel) {
    Choice<S> choice{address(kernel.integers),
                     address(kernel.other),
                     address(kernel.out),
                     static_cast<S>(kernel.scale),
                     kernel.extent,
                     kernel.other_stride,
                     kernel.out_stride,
                     {},
                     {}};
    // Loops that move the output: no two of their places meet, whatever is chosen.
    for (const Loop& loop : kernel.loops) (loop.out != 0 ? choice.free : choice.summed).append(loop);
    each(kernel.elements, Fill<S>{choice.out, S(0)});
    each(choice.free.size, choice);
  }

  Device device_;
  std::shared_ptr<const KernelPlan> plan_;
  VectorSizes sizes_;
  S* arena_ = nullptr;
  const S* constants_ = nullptr;  // the last of them is the number 1
  S *variables_[2] = {}, *outputs_[2] = {}, *sums_[2] = {}, *samples_[3] = {};
  S* point_ = nullptr;                         // where steps on the device have got to
  double* squares_ = nullptr;                  // of it, one a stretch
  std::map<const void*, const void*> tables_;  // on the device, by those on the host
  std::vector<std::function<void()>> steps_;
};

}  // namespace invar::cuda
