// A full batch that is packed chunk by chunk has the bits of one that stays packed, and the cost alone is that of the
// gradient's plan.
#include <catch2/catch.hpp>
#include <stdexcept>

#include "backend/objective.h"
#include "models/registry.h"
#include "tensor/outline.h"
#include "tests/backend/batch_oracle.h"

using namespace invar;
using namespace invar::oracle;

namespace {

/// Samples that are nowhere in memory.
struct Waves final : SampleSource {
  using SampleSource::SampleSource;
  void read_input(Index sample, double* row) const override {
    for (Index i = 0; i < input_elements; ++i) row[i] = std::sin(static_cast<double>(7 * sample + 3 * i));
  }
  void read_target(Index sample, double* row) const override {
    if (sample == refused) throw std::runtime_error("refused");
    for (Index i = 0; i < target_elements; ++i) row[i] = std::cos(static_cast<double>(5 * sample + i));
  }
  Index refused = -1;
};

struct Case {
  std::string model;
  ModelOptions options;
  Index width, count;
};

const Case kCases[] = {{"swiglu", {{"width", "6"}, {"outputs", "2"}}, 5, 1733},
                       {"swiglu", {{"width", "300"}, {"outputs", "150"}}, 170, 2000}};

CostPlans plans_of(const Case& which) {
  const ModelText text = model_text(which.model, which.options);
  KnownSizes known;
  for (const std::string& letter : outline(text.text, which.model).input.axes) known.extents[letter] = which.width;
  return plan_cost(read_block(text.text, known, which.model), Loss::squared);
}

template <class S>
void check(const Case& which, double tolerance) {
  CAPTURE(which.width);
  const CostPlans plans = plans_of(which);
  const Waves waves(which.count, plans.input_elements, plans.target_elements);
  Random random(3);
  const auto numbers = [&] {
    std::vector<S> values;
    for (const double value : normal(random, plans.parameters)) values.push_back(static_cast<S>(0.1 * value));
    return values;
  };
  const std::vector<S> theta = numbers(), v = numbers();
  Objective<S> kept(plans, waves);
  std::vector<S> slope(theta.size()), product(theta.size()), again(theta.size());
  const S cost = kept.evaluate(theta.data(), slope.data());
  kept.hessian_product(theta.data(), v.data(), product.data());
  CHECK(std::abs(static_cast<double>(kept.cost(theta.data()) - cost)) <= tolerance * static_cast<double>(cost));
  for (const int threads : {1, 3}) {
    CAPTURE(threads);
    Objective<S> streamed(plans, waves, 0, threads, 0);
    CHECK(streamed.evaluate(theta.data(), again.data()) == cost);
    CHECK(again == slope);
    streamed.hessian_product(theta.data(), v.data(), again.data());
    CHECK(again == product);
    CHECK(streamed.cost(theta.data()) == kept.cost(theta.data()));
  }
}

}  // namespace

TEST_CASE("a full batch has the same bits packed whole and chunk by chunk") {
  for (const Case& which : kCases) {
    check<double>(which, 1e-15);
    check<float>(which, 1e-6);
  }
}

TEST_CASE("a batch has the bits of samples of its own") {
  for (const Case& which : kCases) {
    const CostPlans plans = plans_of(which);
    const Waves waves(which.count, plans.input_elements, plans.target_elements);
    std::vector<Index> batch;
    for (Index i = 0; i < 700; ++i) batch.push_back((i * 37 + 11) % which.count);
    SampleArrays own(700, waves.input_elements, waves.target_elements, {}, {});
    own.input.resize(static_cast<std::size_t>(700 * own.input_elements));
    own.target.resize(static_cast<std::size_t>(700 * own.target_elements));
    for (Index i = 0; i < 700; ++i) {
      waves.read_input(batch[static_cast<std::size_t>(i)], own.input.data() + i * own.input_elements);
      waves.read_target(batch[static_cast<std::size_t>(i)], own.target.data() + i * own.target_elements);
    }
    const Numbers theta(static_cast<std::size_t>(plans.parameters), 0.03);
    Numbers slope(theta.size()), expected(theta.size());
    Objective<double> all(plans, waves, 700, 2), alone(plans, own);
    CHECK(all.evaluate(theta.data(), batch, slope.data()) == alone.evaluate(theta.data(), expected.data()));
    CHECK(slope == expected);
  }
}

TEST_CASE("a sample that cannot be read ends the evaluation on any thread") {
  const CostPlans plans = plans_of(kCases[0]);
  Waves waves(1733, plans.input_elements, plans.target_elements);
  waves.refused = 1700;
  const Numbers theta(static_cast<std::size_t>(plans.parameters), 0.1);
  for (const int threads : {1, 2, 4}) {
    Objective<double> objective(plans, waves, 0, threads, 0);
    CHECK_THROWS_WITH(objective.cost(theta.data()), "refused");
  }
}
