// The executor of the cuda backend, on a device that is the host: the numbers of the host's executor for every model,
// with the same bits in two runs. And the real device, where there is one.
#include <catch2/catch.hpp>
#include <numeric>

#include "backend/cuda/plan_cost.h"
#include "tests/device_double.h"
#include "tests/models/small_block.h"

namespace invar {
namespace {

using cuda::DeviceDouble;

template <class S>
struct Wide {
  Wide(const SmallBlock& small, std::shared_ptr<const KernelPlan> made)
      : plan(std::move(made)),
        theta(cast<S>(small.theta)),
        v(theta.rbegin(), theta.rend()),
        packed(small.samples, small.samples.count, small.samples.count, SampleAxis::outermost) {
    std::vector<Index> all(static_cast<std::size_t>(small.samples.count));
    std::iota(all.begin(), all.end(), Index{0});
    packed.pack(all);
    const auto size = static_cast<Index>(theta.size());
    sizes = {{size, size},
             {size, 1},
             {small.samples.count * small.samples.input_elements, small.samples.count * small.samples.target_elements,
              small.samples.count}};
  }
  /// The gradient, or product, and the cost behind it.
  std::vector<S> on(cuda::DeviceExecutor<S>& executor) const {
    std::vector<S> result(theta.size() + 1);
    const auto chunk = packed.chunk(0);
    executor.set_variable(0, theta.data());
    executor.set_variable(1, v.data());
    executor.set_samples(chunk.input, chunk.target, chunk.weight);
    executor.run(true);
    executor.sum(0, result.data());
    executor.sum(1, result.data() + theta.size());
    return result;
  }
  std::vector<S> on_host() const {
    HostExecutor<S> executor(plan, 1);
    std::vector<S> result(theta.size() + 1);
    const auto chunk = packed.chunk(0);
    executor.set_variable(0, theta.data());
    executor.set_variable(1, v.data());
    executor.set_samples(chunk.input, chunk.target, chunk.weight, 1, 1);
    executor.set_output(0, result.data());
    executor.set_output(1, result.data() + theta.size());
    executor.run();
    return result;
  }

  std::shared_ptr<const KernelPlan> plan;
  std::vector<S> theta, v;
  PackedSamples<S> packed;
  cuda::VectorSizes sizes;
};

template <class S>
void compare(const SmallBlock& small, const std::shared_ptr<const KernelPlan>& plan, double tolerance, Index& gemms) {
  const Wide<S> wide(small, plan);
  cuda::PlanExecutor<S, DeviceDouble> executor(DeviceDouble(), plan, wide.sizes);
  const std::vector<S> found = wide.on(executor);
  CHECK(relative_distance(found, wide.on_host()) < tolerance);
  CHECK(wide.on(executor) == found);
  const DeviceDouble& device = executor.device();
  gemms += device.gemms;
  const cuda::PlanCost cost = cuda::cost_on_device(*plan, sizeof(S));
  CHECK(cost.launches == device.launches);
  CHECK(cost.bytes == device.bytes.at("the constants") +
                          (plan->unbatched_arena > 0 ? device.bytes.at("the intermediate values") : 0));
  CHECK(cost.gemm_flops == device.gemm_flops);
}

}  // namespace

TEST_CASE("the device's executor has the host's gradients and Hessian products") {
  std::uint64_t seed = 700;
  Index gemms = 0;
  for (const CostCase& which : cost_cases())
    for (const Index samples : {1, 7}) {
      CAPTURE(which.name, samples);
      const SmallBlock small = small_block(which, ++seed, samples);
      for (const auto& plan :
           {small.plans.wide->gradient(samples, Experts::all), small.plans.wide->hessian(samples, Experts::all)}) {
        compare<double>(small, plan, 1e-13, gemms);
        compare<float>(small, plan, 3e-5, gemms);
      }
    }
  CHECK(gemms > 1000);
}

TEST_CASE("the device's executor has the host's gradients of whole nets") {
  const std::pair<const char*, ModelOptions> nets[] = {
      {"vit", {{"layers", "2"}, {"width", "36"}, {"hidden", "50"}, {"heads", "2"}, {"patch", "4"}, {"image", "24"}}},
      {"lm",
       {{"layers", "2"},
        {"width", "40"},
        {"hidden", "60"},
        {"heads", "2"},
        {"head-size", "20"},
        {"tokens", "37"},
        {"vocabulary", "90"},
        {"experts", "3"},
        {"top", "2"}}}};
  Index gemms = 0;
  for (const auto& [name, options] : nets) {
    CAPTURE(name);
    const ModelText text = model_text(name, options);
    CostCase net{name, text.text, {}, Loss::label_cross_entropy};
    for (const auto& [letter, extent] : text.extents) net.known.extents.emplace(letter, extent);
    SmallBlock small = small_block(net, 5, 3);
    for (double& value : small.theta) value *= 0.2;
    for (const auto& plan : {small.plans.wide->gradient(3, Experts::all), small.plans.wide->hessian(3, Experts::all)}) {
      compare<double>(small, plan, 1e-11, gemms);
      compare<float>(small, plan, 3e-3, gemms);
    }
  }
  CHECK(gemms > 100);
}

TEST_CASE("the cuda backend says what it cannot do") {
  const SmallBlock small = small_block(cost_cases().front(), 11, 3);
  CHECK_THROWS_WITH(Objective<Quad>(small.plans, small.samples, 0, 1, Backend::cuda), Catch::Contains("quad"));
  if (!cuda::cuda_unavailable().empty())
    CHECK_THROWS_WITH(Objective<float>(small.plans, small.samples, 0, 1, Backend::cuda),
                      Catch::Contains("--backend host"));
  // The operation is named, not only the number that is too high.
  const auto plan = small.plans.wide->gradient(3, Experts::all);
  REQUIRE(!plan->pointwise.empty());
  auto wider = std::make_shared<KernelPlan>(*plan);
  wider->pointwise.front().registers = cuda::kRegisters + 1;
  Instruction apply;
  apply.code = Instruction::Code::apply;
  apply.function = Function::softplus;
  wider->pointwise.front().instructions.push_back(apply);
  const auto make = [&] {
    const Wide<double> wide(small, wider);
    const cuda::PlanExecutor<double, DeviceDouble> executor(DeviceDouble(), wide.plan, wide.sizes);
  };
  CHECK_THROWS_AS(make(), InputError);
  CHECK_THROWS_WITH(make(), Catch::Contains("49") && Catch::Contains("softplus") && Catch::Contains("--backend host"));
  using Executor = cuda::PlanExecutor<double, DeviceDouble>;
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<Executor>);  // its steps hold its address
}

TEST_CASE("a second run on the device is added to the first") {
  const SmallBlock small = small_block(cost_cases().front(), 3, 4);
  const Wide<double> wide(small, small.plans.wide->gradient(4, Experts::all));
  cuda::PlanExecutor<double, DeviceDouble> executor(DeviceDouble(), wide.plan, wide.sizes);
  std::vector<double> once = wide.on(executor), twice(wide.theta.size());
  executor.run(false);
  executor.sum(0, twice.data());
  for (std::size_t i = 0; i < twice.size(); ++i) CHECK(twice[i] == 2.0 * once[i]);
}

TEST_CASE("the CUDA device has the host's gradients and Hessian products") {
  if (const std::string why = cuda::cuda_unavailable(); !why.empty()) {
    WARN("skipped: " << why);
    const SmallBlock small = small_block(cost_cases().front(), 3, 4);
    const Wide<double> wide(small, small.plans.wide->gradient(4, Experts::all));
    CHECK_THROWS_WITH(cuda::make_cuda_executor<double>(wide.plan, wide.sizes), Catch::Contains("--backend host"));
    return;
  }
  std::uint64_t seed = 700;
  for (const CostCase& which : cost_cases()) {
    CAPTURE(which.name);
    const SmallBlock small = small_block(which, ++seed, 7);
    for (const auto& plan : {small.plans.wide->gradient(7, Experts::all), small.plans.wide->hessian(7, Experts::all)}) {
      const Wide<double> in_double(small, plan);
      const auto executor = cuda::make_cuda_executor<double>(plan, in_double.sizes);
      const std::vector<double> found = in_double.on(*executor);
      CHECK(relative_distance(found, in_double.on_host()) < 1e-12);
      CHECK(in_double.on(*executor) == found);
      const Wide<float> in_float(small, plan);
      CHECK(relative_distance(in_float.on(*cuda::make_cuda_executor<float>(plan, in_float.sizes)), in_float.on_host()) <
            1e-4);
    }
  }
}

}  // namespace invar
