// Found laws as people write them.
#include <catch2/catch.hpp>
#include <regex>

#include "exact/formula.h"
#include "tensor/outline.h"
#include "tests/exact/counted_blocks.h"

namespace invar {
namespace {

using namespace exact;

std::vector<std::string> written(const std::string& text) {
  const Block block = read_counted("text", text);
  std::vector<std::string> lines;
  for (const LawFormula& law : formulas(find_laws(block, {}), block.parameters, outline(text, "text").axes())) {
    std::string indices;
    for (const std::string& index : law.indices) indices += (indices.empty() ? "" : " ") + index;
    lines.push_back((indices.empty() ? "" : "[" + indices + "] ") + law.text + " (" + std::to_string(law.components) +
                    (law.independent == law.components ? "" : ", " + std::to_string(law.independent) + " independent") +
                    ")");
  }
  return lines;
}

std::vector<std::string> of_reference(const std::string& name) {
  return written(std::regex_replace(counted_blocks().at(name).text, std::regex("(law|sizes c)[^\n]*\n"), ""));
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("laws that were found are written in the block's own notation") {
  CHECK(of_reference("toy abx") == Lines{"a a - b b (1)"});
  CHECK(of_reference("SwiGLU") == Lines{"[h] V[h d] V[h d] - A[m h] A[m h] (3)"});
  CHECK(of_reference("SwiGLU bias") == Lines{"[h] V[h d] V[h d] - A[m h] A[m h] + c[h] c[h] (3)"});
  CHECK(of_reference("ReGLU") ==
        Lines{"[h] W[h d] W[h d] - A[m h] A[m h] (3)", "[h] V[h d] V[h d] - A[m h] A[m h] (3)"});
  CHECK(of_reference("ReLU2 nobias") == Lines{"[h] W[h d] W[h d] - 2 A[m h] A[m h] (3)"});
  CHECK(of_reference("GELU bias").empty());
  CHECK(of_reference("MHA noPE") == Lines{"[h a a'] Q[h d a] Q[h d a'] - K[h d a] K[h d a'] (6)",
                                          "[h a a'] V[h d a] V[h d a'] - O[h a d] O[h a' d] (6)"});
  CHECK(of_reference("GQA H4 G2 noPE") == Lines{"[g a a'] Q[g r d a] Q[g r d a'] - K[g d a] K[g d a'] (6)",
                                                "[g a a'] V[g d a] V[g d a'] - O[g r a d] O[g r a' d] (6)"});
  CHECK(of_reference("MoE softmax dense h2") ==
        Lines{"[e h] V[e h d] V[e h d] - A[e m h] A[e m h] (4)", "[d] sum[e](G[e d]) (3)"});
  CHECK(of_reference("RMSNorm(g)+SwiGLU") ==
        Lines{"[d] g[d] g[d] - W[h d] W[h d] - V[h d] V[h d] (3)", "[h] V[h d] V[h d] - A[m h] A[m h] (2)"});
  // Pairs of columns that a rotation turns together.
  CHECK(of_reference("MHA RoPE half dh4 d3 H1") ==
        Lines{"[a a'] Q[h d a] Q[h d a] + Q[h d a'] Q[h d a'] - K[h d a] K[h d a] - K[h d a'] K[h d a'], of (0, 2), "
              "(1, 3) (2)",
              "[a a'] V[h d a] V[h d a'] - O[h a d] O[h a' d] (10)"});
  // 15 of which 14 are independent.
  CHECK(of_reference("linear UVx d2 r5 m2") == Lines{"[r r'] U[m r] U[m r'] - V[r d] V[r' d] (15, 14 independent)"});
  // Linear and quadratic in one.
  CHECK(written("sizes h=2\nparameters a[h] b[h] w[h]\ninput x\ny = sum[h](a[h] exp(w[h] x + b[h]))\n") ==
        Lines{"[h] a[h] a[h] - 2 b[h] (2)"});
}

}  // namespace invar
