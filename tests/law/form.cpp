// From notation to form: values, symmetric pairs, groups, refusals.
#include "law/form.h"

#include <catch2/catch.hpp>

#include "cases.h"
#include "error.h"

using namespace invar;
using namespace invar::law_test;

TEST_CASE("a form has the value of the law's text, to twice double's precision") {
  const Block block = law_block();
  Random random(1);
  for (const Law& law : block.laws) {
    const LawForm form = law_form(block, law);
    Evaluator evaluator(form);
    const std::vector<double> theta = random_vector(random, block.parameters.size());
    const std::vector<Quad> expected = quad_components(block, law, form, to_quad(theta));
    Results value(form.components());
    evaluator.value(theta.data(), value.out());
    std::vector<double> magnitude(expected.size());
    evaluator.value_magnitude(absolute(theta).data(), magnitude.data());
    for (std::size_t c = 0; c < expected.size(); ++c) {
      INFO(law.name << " component " << c << " expected " << expected[c]);
      CHECK(abs(value[c] - expected[c]) <= Quad(1e-30) * magnitude[c]);
      CHECK(abs(expected[c]) <= Quad(magnitude[c]) * 1.001);
    }
  }
}

TEST_CASE("the pair of indices whose exchange changes nothing is found, by value and not by name") {
  const Block block = law_block();
  const auto pair = [&](const char* name) {
    const LawForm form = form_of(block, name);
    return form.symmetric ? form.indices[static_cast<std::size_t>(form.pair[0])] +
                                form.indices[static_cast<std::size_t>(form.pair[1])]
                          : std::string();
  };
  CHECK(pair("query_key") == "ab");
  CHECK(pair("value_output") == "ab");
  CHECK(pair("tied") == "df");
  CHECK(pair("cross_both") == "ab");
  CHECK(pair("grouped") == "ab");
  CHECK(pair("cross") == "");   // PᵀR
  CHECK(pair("square") == "");  // M², not symmetric though both factors are M
  CHECK(pair("sums_product") == "");
  CHECK(pair("pair_half") == "");
  CHECK(pair("frozen") == "");
}

TEST_CASE("a symmetric law keeps a ≤ b, counts off-diagonals twice and is one matrix for each other index") {
  const LawForm form = form_of(law_block(), "query_key");
  REQUIRE(form.components() == 2 * 10);
  double weight = 0.0;
  for (std::size_t c = 0; c < form.component.size(); ++c) {
    CHECK(form.component[c][1] <= form.component[c][2]);
    CHECK(form.group[c] == form.component[c][0]);
    weight += form.norm_weight[c];
  }
  CHECK(weight == 2 * 16);
  CHECK(form.slices() == 2 * 2 * 4);  // the columns of Q and K of each head, once each
}

TEST_CASE("a linear law is one vector, a law of neurons is one law each (Eq. 10)") {
  const Block block = law_block();
  CHECK(form_of(block, "gate").groups() == 1);
  CHECK(form_of(block, "frozen").groups() == 1);
  CHECK(form_of(block, "neuron").groups() == 7);
  CHECK(form_of(block, "pair_half").groups() == 4);
  CHECK(form_of(block, "tied").groups() == 1);
  CHECK(form_of(block, "grouped").groups() == 2);
  CHECK(form_of(block, "cross").groups() == 16);
}

TEST_CASE("frozen numbers become coefficients and zeros drop out") {
  const LawForm form = form_of(law_block(), "weighted");
  for (std::int64_t c = 0; c < form.components(); ++c) {
    REQUIRE(form.sums_of(c).size() == 2);
    CHECK(form.sums_of(c)[0].coefficient == 0.5);
    CHECK(form.sums_of(c)[1].coefficient == -1.25);
  }
  const LawForm row = form_of(law_block(), "gate_row");
  CHECK(row.elements.size() == 5);
}

TEST_CASE("a law written in two ways has one set of slices and products") {
  const auto form = [](const std::string& law) {
    const Block block = read_block(
        "sizes d=6 a=3\nparameters Q[d a] K[d a]\ninput x[d]\ny[a] = x[d] Q[d a]\nlaw l[a b] = " + law, {}, "t");
    return law_form(block, block.laws[0]);
  };
  const LawForm one = form("Q[d a] Q[d b] - K[d a] K[d b]");
  const LawForm other = form("2 * Q[d b] Q[d a] - K[d a] K[d b] - Q[d a] Q[d b]");
  REQUIRE(one.products.size() == other.products.size());
  CHECK(one.slices() == other.slices());
  CHECK(other.symmetric);
  for (std::size_t i = 0; i < one.products.size(); ++i)
    CHECK(one.products[i].coefficient == other.products[i].coefficient);
}

TEST_CASE("what is no polynomial of degree 2 in the parameters is refused, with the law's name") {
  const auto refusal = [](const std::string& law) {
    const Block block =
        read_block("sizes d=3\nparameters a[d] b[d]\ninput x[d]\ny[d] = x[d] a[d]\nlaw odd[d] = " + law, {}, "t");
    try {
      law_form(block, block.laws[0]);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(refusal("a[d] a[d] b[d]"), Catch::Contains("'odd'") && Catch::Contains("degree"));
  CHECK_THAT(refusal("exp(a[d])"), Catch::Contains("'odd'") && Catch::Contains("function"));
  CHECK(refusal("a[d] b[d] + 1").empty());
}

TEST_CASE("a graph that reshapes, broadcasts and takes diagonals expands to the same polynomial") {
  Block block;
  block.parameters.append("T", {6, 4});
  block.parameters.append("u", {4});
  Graph& graph = block.graph;
  const NodeId t = graph.variable(*block.parameters.find("T"));
  const NodeId u = graph.variable(*block.parameters.find("u"));
  const NodeId split = graph.reshape(t, {2, 3, 2, 2});
  const NodeId diagonal = graph.contract({{split, {0, 1, 2, 2}}}, {0, 2}, {2, 2}, 3.0);  // sums over 1
  const NodeId joined = graph.reshape(diagonal, {4});
  const NodeId product = graph.contract({{joined, {0}}, {u, {1}}}, {0, 1}, {4, 4}, -0.5);
  const NodeId broadcast = graph.contract({{u, {0}}}, {0, 1}, {4, 4});  // constant along axis 1
  const NodeId sum = graph.combine({{product, {0, 1}}, {broadcast, {1, 0}}}, {2.0, 1.0}, {0, 1}, {4, 4}, 0.75);
  const NodeId summed = graph.contract({{broadcast, {0, 1}}, {u, {0}}}, {0}, {4});  // 4 u²
  Random random(3);
  for (const NodeId node : {sum, summed, graph.reshape(sum, {2, 8})}) {
    const Law law{LawKind::law, "built", std::vector<std::string>(graph[node].shape.size(), "i"), node, "", ""};
    const LawForm form = law_form(block, law);
    Evaluator evaluator(form);
    const std::vector<double> theta = random_vector(random, block.parameters.size());
    const std::vector<Quad> expected = quad_components(block, law, form, to_quad(theta));
    Results value(form.components());
    evaluator.value(theta.data(), value.out());
    for (std::size_t c = 0; c < expected.size(); ++c) CHECK(abs(value[c] - expected[c]) <= Quad(1e-29));
  }
  const NodeId mixed = graph.reshape(graph.variable({"T", {2, 3}, 0, 6}), {3, 2});
  CHECK_THROWS_AS(law_form(block, {LawKind::law, "mixed", {"i", "j"}, mixed, "", ""}), InputError);
}
