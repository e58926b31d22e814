// Texts in index notation: parsed, derived, planned, and a step taken on data of three samples where the text asks for
// little; the laws, too. Input: the text. What is large is refused here, as a program's own limits would: by the sizes
// that the reader tells.
#include <numeric>

#include "backend/objective.h"
#include "law/evaluate.h"
#include "law/form.h"
#include "law/general_law.h"
#include "models/readout.h"
#include "problem/block_library.h"
#include "tensor/outline.h"
#include "tests/fuzz/fuzz.h"

namespace invar {
namespace {

constexpr Index kMostNumbers = 20'000, kMostNodes = 2'000, kSamples = 3;

/// Extents of what the text leaves open, 2 to 4.
KnownSizes sizes_of(const BlockOutline& block) {
  KnownSizes known;
  const auto add = [&](const BlockOutline::Tensor& tensor) {
    for (const std::string& axis : tensor.axes)
      for (const char letter : axis)
        if (std::string name(1, letter); letter != '(' && letter != ')' && letter != ' ' && !block.sizes.contains(name))
          known.extents.emplace(std::move(name), 2 + letter % 3);
  };
  add(block.input);
  for (const BlockOutline::Tensor& tensor : block.parameters) add(tensor);
  for (const BlockOutline::Tensor& tensor : block.constants) add(tensor);
  known.missing_constant = [](const std::string&, const Shape& shape) {
    Index count = 1;
    for (const Index extent : shape)
      if (__builtin_mul_overflow(count, extent, &count) || count > kMostNumbers) throw InputError("a large constant");
    std::vector<double> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 2);
    return values;
  };
  return known;
}

bool is_small(const Block& block) {
  if (block.graph.size() > kMostNodes) return false;
  double numbers = 0.0;
  for (NodeId node = 0; node < block.graph.size(); ++node) {
    double elements = 1.0;
    for (const Index extent : block.graph[node].shape) elements *= static_cast<double>(extent);
    numbers += elements;
  }
  return numbers <= static_cast<double>(kMostNumbers);
}

std::vector<double> ramp(Index count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.5 - 0.125 * static_cast<double>(i % 9);
  return values;
}

void take_step(const Block& block, Loss loss) {
  const CostPlans plans = plan_cost(block, loss);
  std::vector<double> inputs(static_cast<std::size_t>(kSamples * plans.input_elements));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    inputs[i] = block.input_tokens > 0 ? static_cast<double>(static_cast<Index>(i) % block.input_tokens)
                                       : 0.25 * static_cast<double>(i % 7) - 0.5;
  const SampleArrays samples(kSamples, plans.input_elements, plans.target_elements, std::move(inputs),
                             std::vector<double>(static_cast<std::size_t>(kSamples * plans.target_elements), 0.0));
  Objective<double> objective(plans, samples);
  std::vector<double> theta = ramp(plans.parameters), gradient(theta.size()), product(theta.size());
  objective.evaluate(theta.data(), gradient.data());
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] -= 0.1 * gradient[i];
  objective.hessian_product(theta.data(), gradient.data(), product.data());
  for (const Law& law : block.laws) {
    GeneralLaw general(block, law);
    std::vector<double> values(static_cast<std::size_t>(general.components())), low(values.size());
    general.value(theta.data(), values.data());
    if (!values.empty()) general.gradient(0, theta.data(), gradient.data());
    fuzz::ends_well([&] {
      const LawForm form = law_form(block, law);
      Evaluator evaluator(form);
      values.resize(static_cast<std::size_t>(form.components()));
      low.resize(values.size());
      evaluator.value({theta.data(), nullptr}, {values.data(), low.data()}, Arithmetic::plain);
    });
  }
}

}  // namespace
}  // namespace invar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace invar;
  const std::string_view text = fuzz::text_of({bytes, size});
  fuzz::ends_well([&] {
    const KnownSizes known = sizes_of(outline(text, "block", built_in_blocks()));
    const Block block = read_block(text, known, "block", built_in_blocks());
    if (!is_small(block)) return;
    take_step(block, Loss::squared);
    if (!block.graph[block.output].shape.empty()) take_step(block, Loss::label_cross_entropy);
  });
  return 0;
}
