// Batches on a device that is the host: costs and gradients of an objective, whole steps of training, and what
// estimates say of them.
#include <catch2/catch.hpp>
#include <numeric>

#include "backend/cuda/batch_cost.h"
#include "integrators/loop.h"
#include "integrators/registry.h"
#include "problem/gradient_field.h"
#include "tests/device_double.h"
#include "tests/models/small_block.h"

namespace invar {
namespace {

using cuda::DeviceDouble;

/// A language model of two layers that route to one of two experts.
SmallBlock tiny_net(Index samples) {
  const ModelText text = model_text("lm", {{"layers", "2"},
                                           {"width", "8"},
                                           {"hidden", "6"},
                                           {"heads", "2"},
                                           {"head-size", "4"},
                                           {"tokens", "5"},
                                           {"vocabulary", "11"},
                                           {"experts", "2"},
                                           {"top", "1"}});
  CostCase net{"lm", text.text, {}, Loss::label_cross_entropy};
  for (const auto& [letter, extent] : text.extents) net.known.extents.emplace(letter, extent);
  return small_block(net, 17, samples);
}

}  // namespace

TEST_CASE("an objective on a device has the host's costs and gradients however it is cut into chunks") {
  const SmallBlock small = small_block(cost_cases().front(), 11, 23);
  const auto make = [](const auto& plan, const auto& sizes) {
    return std::make_unique<cuda::PlanExecutor<double, DeviceDouble>>(DeviceDouble(), plan, sizes);
  };
  Objective<double> host(small.plans, small.samples, 6), device(small.plans, small.samples, 6, make);
  const std::vector<double>& theta = small.theta;
  std::vector<double> expected(theta.size()), found(theta.size());
  const std::vector<Index> batches[] = {{3, 1, 22, 1}, {7, 8, 9, 10, 11, 12}};
  for (int pass = 0; pass < 2; ++pass) {
    CHECK(device.evaluate(theta.data(), found.data()) ==
          Approx(host.evaluate(theta.data(), expected.data())).epsilon(1e-14));
    CHECK(relative_distance(found, expected) < 1e-13);
    for (const auto& batch : batches) {
      CHECK(device.evaluate(theta.data(), batch, found.data()) ==
            Approx(host.evaluate(theta.data(), batch, expected.data())).epsilon(1e-14));
      CHECK(relative_distance(found, expected) < 1e-13);
    }
    host.hessian_product(theta.data(), theta.data(), expected.data());
    device.hessian_product(theta.data(), theta.data(), found.data());
    CHECK(relative_distance(found, expected) < 1e-13);
  }
  // Chunks of few samples, the last of them incomplete, packed beforehand or each when its turn comes: the same bits.
  const Index sample = small.plans.wide->gradient(1, Experts::all)->unbatched_arena * 8;
  for (const Index few : {1, 2, 5}) {
    cuda::DeviceBatch<double> batch(small.plans, small.samples, 23, make, few * sample);
    cuda::DeviceBatch<double> streamed(small.plans, small.samples, 23, make, few * sample, 0);
    std::vector<Index> all(23);
    std::iota(all.begin(), all.end(), Index{0});
    batch.pack(all);
    streamed.pack(all);
    const double cost = host.evaluate(theta.data(), expected.data());
    std::vector<double> other(theta.size());
    for (int pass = 0; pass < 2; ++pass) {
      batch.gradient(theta.data(), found.data());
      CHECK(relative_distance(found, expected) < 1e-13);
      streamed.gradient(theta.data(), other.data());
      CHECK(other == found);
      CHECK(streamed.cost(theta.data()) == Approx(cost).epsilon(1e-14));
    }
  }
}

TEST_CASE("training on a device takes the host's steps") {
  // All that `train` does in a step but the laws: batches drawn and packed, gradients, the step. A net of two layers
  // whose batch is two chunks on the device, and blocks in all precisions.
  const SmallBlock small = tiny_net(20);
  const auto end = [&]<class S, class G>(Objective<G>& objective, S) {
    BatchField<S, G> field(objective, 6, false, 3);
    const Schedule schedule({ScheduleRule::Kind::linear, 0.01}, 0.05, 25,
                            std::is_same_v<S, float> ? StepFormat::float32 : StepFormat::float64);
    const Plan plan = plan_steps(schedule, schedule.time(), 1);
    MethodOptions options;
    options.schedule = &schedule;
    const MadeMethod<S> method = find_method("gradient-descent").make<S>(options);
    State<S> theta =
        Eigen::Map<const State<double>>(small.theta.data(), static_cast<Index>(small.theta.size())).template cast<S>();
    Observer<S> nobody;
    CHECK(invar::run<S>(*method, field, theta, plan, {}, nobody).counters.accepted == 25);
    return std::vector<double>(theta.begin(), theta.end());
  };
  const auto compare_ends = [&]<class S, class G>(S s, G, double tolerance) {
    Objective<G> host(small.plans, small.samples, 6);
    Objective<G> device(small.plans, small.samples, 6, [](const auto& plan, const auto& sizes) {
      return std::make_unique<cuda::PlanExecutor<G, DeviceDouble>>(DeviceDouble(), plan, sizes);
    });
    const std::vector<double> expected = end(host, s);
    CHECK(relative_distance(expected, small.theta) > 0.01);
    CHECK(relative_distance(end(device, s), expected) < tolerance);
  };
  compare_ends(double{}, double{}, 1e-13);
  compare_ends(double{}, float{}, 1e-5);
  compare_ends(float{}, float{}, 1e-5);
}

TEST_CASE("the estimate of a batch counts what a device does") {
  // In chunks, the last of them incomplete: the largest that 4 GiB hold are those of all samples, so one has fewer.
  const SmallBlock small = tiny_net(7);
  const auto compare_counts = [&](const CostPlans& plans, const SampleSource& samples, auto scalar) {
    using S = decltype(scalar);
    const auto totals = std::make_shared<cuda::DeviceTotals>();
    const auto make = [&](const auto& plan, const auto& sizes) {
      return std::make_unique<cuda::PlanExecutor<S, DeviceDouble>>(DeviceDouble(totals), plan, sizes);
    };
    const std::vector<S> theta = cast<S>(small.theta);
    std::vector<S> gradient(theta.size());
    std::vector<Index> batch(static_cast<std::size_t>(samples.count));
    std::iota(batch.begin(), batch.end(), Index{0});
    for (const bool with_gradient : {true, false})
      for (const Index most : {cuda::kMostChunkBytes, 3 * plans.wide->gradient(1, Experts::all)->unbatched_arena *
                                                          static_cast<Index>(sizeof(S))}) {
        CAPTURE(with_gradient, most);
        const cuda::BatchCost cost =
            cuda::batch_cost(plans, samples.count, with_gradient, sizeof(S), cuda::kH100, most);
        CHECK(cost.chunks == (most == cuda::kMostChunkBytes ? 1 : 3));
        cuda::DeviceBatch<S> device(plans, samples, samples.count, make, most);
        *totals = {};
        device.pack(batch);
        const auto run = [&] {
          with_gradient ? device.gradient(theta.data(), gradient.data()) : device.cost(theta.data());
        };
        run();
        CHECK(totals->bytes == cost.bytes());
        *totals = {};
        device.pack(batch);
        run();
        CHECK(totals->flops == cost.flops);
        CHECK(totals->gemm_flops == cost.gemm_flops);
        CHECK(totals->launches == cost.launches);
        CHECK(static_cast<double>(totals->link_bytes) == cost.link_bytes);
        CHECK(totals->bytes == 0);
        if (with_gradient) {
          const cuda::BatchCost step = cuda::step_cost(plans, samples.count, sizeof(S), cuda::kH100, most);
          cuda::DeviceBatch<S> steps(plans, samples, samples.count, make, most);
          *totals = {};
          steps.place(theta.data());
          steps.pack(batch);
          steps.step(S(0.01));
          CHECK(totals->bytes == step.bytes());
          *totals = {};
          steps.pack(batch);
          steps.step(S(0.01));
          CHECK(totals->launches == step.launches);
          CHECK(static_cast<double>(totals->link_bytes) == step.link_bytes);
          CHECK(step.seconds < cost.seconds + 3 * 4e-6);
          *totals = {};
        }
        CHECK(cost.seconds > std::max(cost.flops / 67e12, cost.traffic_bytes / 3.35e12));
        CHECK(cost.seconds < cost.flops / 34e12 + cost.traffic_bytes / 3.35e12 + cost.link_bytes / 64e9 +
                                 3.001e-6 * static_cast<double>(cost.launches));
      }
  };
  compare_counts(small.plans, small.samples, double{});
  compare_counts(plan_wide_cost(small.block, small.loss), small.samples, float{});
}

}  // namespace invar
