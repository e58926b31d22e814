// Objectives of wide blocks, for most of which plans with the samples as an axis are chosen (how many registers a pack
// fills decides, too), and these plans by themselves: the cost, gradient and Hessian-vector product of the plans with
// the samples innermost, and bits that do not depend on the number of threads.
#include <catch2/catch.hpp>

#include "backend/objective.h"
#include "models/registry.h"
#include "problem/block_library.h"
#include "tensor/outline.h"
#include "tests/backend/run_wide.h"

using namespace invar;
using namespace invar::oracle;

namespace {

struct Wide {
  std::string model;
  ModelOptions options;
  Index tokens, width;
};

const Wide kWide[] = {
    {"swiglu", {{"width", "300"}, {"outputs", "150"}}, 1, 170},
    {"attention", {{"heads", "3"}, {"head-size", "40"}}, 50, 120},
    {"attention-rope", {{"heads", "3"}, {"head-size", "64"}, {"causal", "true"}}, 130, 192},
    {"moe-softmax", {{"experts", "3"}, {"width", "200"}, {"outputs", "160"}, {"top", "2"}}, 1, 160},
};

Block read(const Wide& wide) {
  const ModelText text = model_text(wide.model, wide.options);
  KnownSizes known;
  for (const std::string& letter : outline(text.text, wide.model).input.axes)
    known.extents[letter] = letter == "t" ? wide.tokens : wide.width;
  return read_block(text.text, known, wide.model);
}

/// Output `which` of a plan with the samples innermost.
std::vector<double> innermost(const KernelPlan& plan, const Numbers& theta, const Numbers& v,
                              const SampleArrays& samples, std::size_t which, Index size) {
  HostExecutor<double> executor(std::make_shared<const KernelPlan>(plan), samples.count);
  PackedSamples<double> packed(samples, samples.count, samples.count);
  std::vector<Index> all(static_cast<std::size_t>(samples.count));
  std::iota(all.begin(), all.end(), Index{0});
  packed.pack(all);
  const auto chunk = packed.chunk(0);
  std::vector<double> outputs[2] = {std::vector<double>(theta.size()), std::vector<double>(1)};
  executor.set_variable(0, theta.data());
  executor.set_variable(1, v.data());
  executor.set_samples(chunk.input, chunk.target, chunk.weight, chunk.lanes, chunk.samples);
  executor.set_output(0, outputs[0].data());
  executor.set_output(1, outputs[1].data());
  executor.run();
  outputs[which].resize(static_cast<std::size_t>(size));
  return outputs[which];
}

}  // namespace

TEST_CASE("wide blocks have the gradients and products of narrow ones") {
  Random random(7);
  for (const Wide& wide : kWide) {
    CAPTURE(wide.model);
    const Block block = read(wide);
    const CostPlans plans = plan_cost(block, Loss::squared);
    const Index count = wide.tokens > 1 ? 7 : 203;
    const SampleArrays samples{count, plans.input_elements, plans.target_elements,
                               normal(random, count * plans.input_elements),
                               normal(random, count * plans.target_elements)};
    Numbers theta = normal(random, plans.parameters);
    for (double& value : theta) value *= 0.05;
    const Numbers v = normal(random, plans.parameters);

    std::vector<double> slope(theta.size()), product(theta.size()), again(theta.size());
    Objective<double> objective(plans, samples, 5), shared(plans, samples, 5, 2);
    const double cost = objective.evaluate(theta.data(), slope.data());
    objective.hessian_product(theta.data(), v.data(), product.data());
    CHECK(distance({cost}, innermost(*plans.gradient, theta, v, samples, 1, 1)) < 1e-13);
    const std::vector<double> expected = innermost(*plans.gradient, theta, v, samples, 0, plans.parameters);
    CHECK(distance(slope, expected) < 1e-12);
    CHECK(distance(run_wide<double>(*plans.wide->gradient(count), theta, v, samples, plans.parameters), expected) <
          1e-12);
    CHECK(distance(product, innermost(*plans.hessian, theta, v, samples, 0, plans.parameters)) < 1e-12);

    CHECK(shared.evaluate(theta.data(), again.data()) == cost);
    CHECK(again == slope);

    // A mini-batch is a set of samples of its own.
    const std::vector<Index> batch{5, 2, 6, 2};
    SampleArrays chosen{static_cast<Index>(batch.size()), samples.input_elements, samples.target_elements, {}, {}};
    for (const Index s : batch) {
      const auto append = [s](const Numbers& from, Index elements, Numbers& to) {
        to.insert(to.end(), from.begin() + s * elements, from.begin() + (s + 1) * elements);
      };
      append(samples.input, samples.input_elements, chosen.input);
      append(samples.target, samples.target_elements, chosen.target);
    }
    objective.evaluate(theta.data(), batch, slope.data());
    CHECK(distance(slope, innermost(*plans.gradient, theta, v, chosen, 0, plans.parameters)) < 1e-12);

    std::vector<float> narrow(theta.begin(), theta.end()), float_slope(theta.size());
    Objective<float> in_float(plans, samples);
    in_float.evaluate(narrow.data(), float_slope.data());
    objective.evaluate(theta.data(), slope.data());
    CHECK(distance({float_slope.begin(), float_slope.end()}, slope) < 1e-4);
  }
}

TEST_CASE("wide nets have the gradients and products of narrow ones") {
  Random random(8);
  const std::pair<const char*, ModelOptions> nets[] = {
      {"vit", {{"layers", "2"}, {"width", "96"}, {"hidden", "200"}, {"heads", "2"}, {"patch", "4"}, {"image", "32"}}},
      {"lm",
       {{"layers", "2"},
        {"width", "96"},
        {"hidden", "160"},
        {"heads", "2"},
        {"head-size", "48"},
        {"tokens", "70"},
        {"vocabulary", "300"},
        {"top", "2"}}}};
  for (const auto& [name, options] : nets) {
    CAPTURE(name);
    const ModelText text = model_text(name, options);
    KnownSizes known;
    for (const auto& [letter, extent] : text.extents) known.extents.emplace(letter, extent);
    const Block block = read_block(text.text, known, name, built_in_blocks());
    const CostPlans plans = plan_cost(block, Loss::label_cross_entropy);
    const Index count = 9;
    SampleArrays samples{count, plans.input_elements, plans.target_elements,
                         normal(random, count * plans.input_elements), Numbers()};
    if (block.input_tokens > 0)
      for (double& value : samples.input) value = static_cast<double>(below(random, block.input_tokens));
    for (Index i = 0; i < count * plans.target_elements; ++i)
      samples.target.push_back(static_cast<double>(below(random, block.graph[block.output].shape.back())));
    Numbers theta = normal(random, plans.parameters);
    for (std::size_t i = 0; i < block.fan_in.size(); ++i) {
      const Tensor& tensor = block.parameters.tensors()[i];
      for (Index e = tensor.offset; e < tensor.offset + tensor.size; ++e)
        theta[static_cast<std::size_t>(e)] =
            block.start[i].value_or(theta[static_cast<std::size_t>(e)] / std::sqrt(block.fan_in[i]));
    }
    const Numbers v = normal(random, plans.parameters);
    std::vector<double> slope(theta.size()), product(theta.size()), again(theta.size());
    Objective<double> objective(plans, samples), shared(plans, samples, 0, 3);
    const double cost = objective.evaluate(theta.data(), slope.data());
    objective.hessian_product(theta.data(), v.data(), product.data());
    CHECK(distance({cost}, innermost(*plans.gradient, theta, v, samples, 1, 1)) < 1e-13);
    const std::vector<double> expected = innermost(*plans.gradient, theta, v, samples, 0, plans.parameters);
    CHECK(distance(slope, expected) < 1e-11);
    CHECK(distance(run_wide<double>(*plans.wide->gradient(count), theta, v, samples, plans.parameters), expected) <
          1e-11);
    CHECK(distance(product, innermost(*plans.hessian, theta, v, samples, 0, plans.parameters)) < 1e-11);
    CHECK(shared.evaluate(theta.data(), again.data()) == cost);
    CHECK(again == slope);
    // The cost alone leaves out the way back, two thirds of the operations.
    CHECK(distance({objective.cost(theta.data())}, {cost}) < 1e-14);
    CHECK(objective.cost(theta.data()) == shared.cost(theta.data()));
    CHECK(plans.cost->flops_per_sample < 0.4 * plans.gradient->flops_per_sample);
  }
}

TEST_CASE("a value that readers can compute from what they read is not stored") {
  const CostPlans plans = plan_cost(read(kWide[0]), Loss::squared);
  const auto plan = plans.wide->gradient(203);
  // Of SwiGLU's hidden units: u, v and their joint value forward; those, and three slopes, backward.
  const auto hidden = [](const PointwiseKernel& kernel) { return kernel.elements == 203 * 300; };
  Index arrays = 0;
  for (const PointwiseKernel& kernel : plan->pointwise)
    if (hidden(kernel)) arrays += static_cast<Index>(kernel.memory.size());
  CHECK(std::count_if(plan->pointwise.begin(), plan->pointwise.end(), hidden) == 2);
  CHECK(arrays == 8);
}

TEST_CASE("causal attention multiplies half a matrix of scores") {
  const auto halves = [](const char* causal) {
    const Wide wide{"attention", {{"heads", "2"}, {"head-size", "32"}, {"causal", causal}}, 100, 64};
    const auto plan = plan_cost(read(wide), Loss::squared).wide->gradient(2);
    return std::pair{std::count_if(plan->products.begin(), plan->products.end(),
                                   [](const ProductKernel& kernel) { return kernel.low != ProductSide::none; }),
                     plan->flops_fixed};
  };
  const auto [none, all] = halves("false");
  const auto [products, operations] = halves("true");
  CHECK(none == 0);
  // Scores, mixture, and backward two products of each.
  CHECK(products == 6);
  const double full = 2.0 * 2.0 * 2.0 * 100.0 * 100.0 * 32.0;  // of one of them: samples, heads, tokens², head size
  CHECK(all - operations == Approx(6.0 * full * 99.0 / 200.0));
}

TEST_CASE("narrow blocks keep the samples innermost") {
  const Wide narrow{"attention", {{"heads", "4"}, {"head-size", "8"}}, 16, 32};
  const CostPlans plans = plan_cost(read(narrow), Loss::squared);
  CHECK_FALSE(plans.wide_pays(16, 16, 512));
  CHECK(plans.wide_pays(1, 8, 1));  // lanes that hold nothing are worse
}
