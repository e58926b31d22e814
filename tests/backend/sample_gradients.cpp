// Gradients of single samples: their mean is the gradient of the batch, and each is that of a batch of one.
#include "backend/sample_gradients.h"

#include <catch2/catch.hpp>

#include "tests/backend/batch_oracle.h"
#include "tests/models/block_cases.h"

using namespace invar;
using namespace invar::oracle;

namespace {

template <class S>
double distance(const std::vector<S>& a, const std::vector<S>& b) {
  S difference(0), size(0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    size += b[i] * b[i];
  }
  using std::sqrt;
  return static_cast<double>(sqrt(difference / (size > S(0) ? size : S(1))));
}

template <class S>
void check(const CostPlans& plans, const SampleArrays& samples, const Numbers& start, double tolerance) {
  CAPTURE(sizeof(S), samples.count);
  const std::vector<S> theta(start.begin(), start.end());
  Objective<S> objective(plans, samples, 1);
  SampleGradients<S> single(plans, samples);
  std::vector<S> expected(theta.size()), mean(theta.size(), S(0)), alone(theta.size());
  objective.evaluate(theta.data(), expected.data());
  std::vector<Index> order;
  single.for_each(theta.data(), [&](Index sample, const S*) { order.push_back(sample); });
  for (Index s = 0; s < samples.count; ++s) CHECK(order.at(static_cast<std::size_t>(s)) == s);
  CHECK(order.size() == static_cast<std::size_t>(samples.count));
  single.for_each(theta.data(), [&](Index sample, const S* gradient) {
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += gradient[i] / S(static_cast<double>(samples.count));
    if (sample % 5 != 0) return;
    const Index numbers[] = {sample};
    objective.evaluate(theta.data(), numbers, alone.data());
    CHECK(distance(std::vector<S>(gradient, gradient + mean.size()), alone) <= tolerance);
  });
  CHECK(distance(mean, expected) <= tolerance);
}

}  // namespace

TEST_CASE("the mean of the samples' gradients is the gradient, and each is the gradient of its sample") {
  Random random(50);
  for (const BlockCase& one : block_cases())
    for (const Loss loss : {Loss::squared, Loss::cross_entropy}) {
      CAPTURE(one.name);
      const BlockCase chosen = loss == Loss::squared ? one : behind_readout(one);
      const Block block = read_block(chosen.text.text, chosen.known, chosen.name, built_in_blocks());
      const CostPlans plans = plan_cost(block, loss);
      const Numbers theta = normal(random, plans.parameters);
      for (const Index count : {Index{1}, Index{8}, Index{21}}) {
        SampleArrays samples{count, plans.input_elements, plans.target_elements,
                             normal(random, count * plans.input_elements),
                             normal(random, count * plans.target_elements)};
        if (block.input_tokens > 0)
          for (double& token : samples.input) token = static_cast<double>(below(random, block.input_tokens));
        check<double>(plans, samples, theta, 1e-12);
        if (count == 8) check<Quad>(plans, samples, theta, 1e-30);
      }
    }
}
