// Plans that compute the routed rows only: the cost, gradient and Hessian-vector product of plans that compute all, for
// blocks of experts put together at random, and the work that they save.
#include "tensor/routed_rows.h"

#include <catch2/catch.hpp>

#include "backend/cost_plans.h"
#include "backend/objective.h"
#include "tests/backend/run_wide.h"

using namespace invar;
using namespace invar::oracle;

namespace {

std::string one_of(Random& random, const std::vector<std::string>& choices) {
  return choices[static_cast<std::size_t>(below(random, static_cast<Index>(choices.size())))];
}

/// A layer of experts from `in` to `out`, whose axes are `tokens` and d or m; the lines after the parameters.
std::string layer(Random& random, const std::string& tokens, const std::string& n, const std::string& in,
                  const std::string& out) {
  const auto pick = [&random](const std::vector<std::string>& choices) { return one_of(random, choices); };
  const std::string t = tokens, te = pick({t + "e", "e " + t});
  const std::string score = "s" + n + "[" + te + "]", mask = "active" + n + "[" + te + "]",
                    gate = "g" + n + "[" + te + "]", hidden = pick({t + "e h", "e h " + t, "h e " + t}),
                    u = "u" + n + "[" + hidden + "]", v = "v" + n + "[" + hidden + "]",
                    z = "z" + n + "[" + hidden + "]", mixed = "r" + n + "[" + t + "m e]";
  std::string text = score + " = G" + n + "[e d] " + in + "[" + t + "d]\n";
  text += mask + " = top_k[e](" + score + ", k=" + pick({"1", "2", "3"}) + ")\n";
  text += gate + " = " +
          pick({"softmax[e](" + score + ", where " + mask + ")", mask, mask + " sigmoid(" + score + ")",
                "softmax[e](" + score + ") " + mask}) +
          "\n";
  text += u + " = W" + n + "[e h d] " + in + "[" + t + "d]" + pick({"", " + b" + n + "[e h]"}) + "\n";
  text += v + " = V" + n + "[h e d] " + in + "[" + t + "d]\n";
  text += z + " = " +
          pick({"silu(" + u + ") " + v, "tanh(" + u + ")", "exp(tanh(" + u + ")) - 0.5 " + v,
                "rms_norm[h](" + u + ") " + v}) +
          "\n";
  text += mixed + " = A" + n + "[e m h] " + z + "\n";
  text += out + "[" + t + "m] = " +
          pick({gate + " " + mixed, gate + " A" + n + "[e m h] " + z,
                gate + " " + mixed + " + B" + n + "[m d] " + in + "[" + t + "d]", gate + " sin(" + mixed + ")",
                "sum[e](" + mixed + ") + " + gate + " " + mixed}) +
          "\n";
  return text;
}

std::string parameters(const std::string& n) {
  return "parameters G" + n + "[e d] W" + n + "[e h d] V" + n + "[h e d] A" + n + "[e m h] B" + n + "[m d] b" + n +
         "[e h]\n";
}

std::string random_text(Random& random) {
  const std::string tokens = one_of(random, {"", "t ", "t p "});
  std::string text = "sizes d=3 m=3 e=4 h=5\n" + parameters("1") + parameters("2") + "input x[" + tokens + "d]\n";
  text += layer(random, tokens, "1", "x", "y");
  if (below(random, 2) == 0) {
    text += layer(random, tokens, "2", "y2", "w");
    // The second layer's input has the first one's output as its features.
    const auto at = text.find("s2[");
    text.insert(at, "y2[" + tokens + "d] = y[" + tokens + "m] E[m d] + x[" + tokens + "d]\n");
    text.insert(text.find("input"), "parameters E[m d]\n");
    return text + "output w\n";
  }
  return text + "output y\n";
}

}  // namespace

TEST_CASE("routed rows give the gradients and products of all rows") {
  Random random(12);
  int stretched = 0;
  for (int trial = 0; trial < 150; ++trial) {
    const std::string text = random_text(random);
    CAPTURE(trial, text);
    KnownSizes known;
    known.extents = {{"t", 2}, {"p", 3}};
    if (text.find("x[t") == std::string::npos) known.extents.erase("t");
    if (text.find("x[t p") == std::string::npos) known.extents.erase("p");
    const Block block = read_block(text, known, "text");
    const CostPlans plans = plan_cost(block, Loss::squared);
    const Index count = 1 + below(random, 9);
    const SampleArrays samples{count, plans.input_elements, plans.target_elements,
                               normal(random, count * plans.input_elements),
                               normal(random, count * plans.target_elements)};
    Numbers theta = normal(random, plans.parameters);
    for (double& value : theta) value *= 0.5;
    const Numbers v = normal(random, plans.parameters);
    const auto routed_gradient = plans.wide->gradient(count), routed_product = plans.wide->hessian(count);
    for (const ProductKernel& kernel : routed_gradient->products) stretched += kernel.stretched != ProductSide::none;

    Objective<double> narrow(plans, samples);
    std::vector<double> slope(theta.size()), product(theta.size());
    narrow.evaluate(theta.data(), slope.data());
    narrow.hessian_product(theta.data(), v.data(), product.data());
    CHECK(distance(run_wide<double>(*routed_gradient, theta, v, samples, plans.parameters), slope) < 1e-12);
    CHECK(distance(run_wide<double>(*routed_product, theta, v, samples, plans.parameters), product) < 1e-12);
  }
  CHECK(stretched > 500);
}

TEST_CASE("routed rows halve the work of two experts of four, and pass on what is no number") {
  const auto block = [](const std::string& k) {
    return read_block(
        "sizes d=8 m=8 e=4 h=16\nparameters G[e d] W[e h d] A[e m h]\ninput x[d]\ns[e] = G[e d] x[d]\n"
        "active[e] = top_k[e](s[e], k=" +
            k +
            ")\ng[e] = softmax[e](s[e], where active[e])\n"
            "y[m] = g[e] A[e m h] tanh(W[e h d] x[d])\n",
        {}, "text");
  };
  const CostPlans half = plan_cost(block("2"), Loss::squared), all = plan_cost(block("4"), Loss::squared);
  const Index count = 30;
  // Of an expert: two products forward, three backward, and the slope of its gate.
  const double expert = 2.0 * static_cast<double>(count) * (5.0 * 8 * 16 + 8);
  CHECK(all.wide->gradient(count)->flops_fixed - half.wide->gradient(count)->flops_fixed == Approx(2.0 * expert));

  Random random(3);
  SampleArrays samples{count, 8, 8, normal(random, count * 8), normal(random, count * 8)};
  const Numbers theta = normal(random, half.parameters);
  samples.input[17] = std::nan("");
  const std::vector<double> slope =
      run_wide<double>(*half.wide->gradient(count), theta, theta, samples, half.parameters);
  CHECK(std::any_of(slope.begin(), slope.end(), [](double x) { return std::isnan(x); }));
}
