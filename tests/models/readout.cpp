// The read-out as text: what it appends, and what it leaves alone.
#include <catch2/catch.hpp>

#include "models/readout.h"

using namespace invar;
using Catch::Matchers::Contains;

namespace {

ModelText user_block(const std::string& text, std::vector<std::string> indices) {
  return {.text = text, .output = "y", .output_indices = std::move(indices)};
}

}  // namespace

TEST_CASE("a read-out of tokens reads their mean, one of a vector the vector itself") {
  const ModelText tokens = with_readout(user_block("input x[p q d]\ny[p q d] = x[p q d]\n", {"p", "q", "d"}));
  CHECK_THAT(tokens.text, Contains("readout.mean[d] = sum[p q](y[p q d]) / (dim(p) dim(q))\n"));
  CHECK_THAT(tokens.text, Contains("readout.logits[l] = readout.U[l d] readout.mean[d]\n"));
  const ModelText vector = with_readout(user_block("input x[d]\ny[d] = x[d]\n", {"d"}));
  CHECK_THAT(vector.text, !Contains("mean") && Contains("readout.logits[l] = readout.U[l d] y[d]\n"));
  CHECK(vector.output == "readout.logits");
  CHECK(vector.output_indices == std::vector<std::string>{"l"});
}

TEST_CASE("the classes' letter is free in the block, its comments aside") {
  const ModelText text = with_readout(user_block("# k, v\nparameters A[l d]\ninput x[d]\ny[l] = A[l d] x[d]\n", {"l"}));
  CHECK(text.output_indices == std::vector<std::string>{"k"});
}

TEST_CASE("a read-out replaces the block's output line and moves no line") {
  const std::string block = "input x[d]\n  output y\ny[d] = x[d]\noutputs[d] = y[d]";
  const ModelText text = with_readout(user_block(block, {"d"}));
  CHECK(text.text.starts_with("input x[d]\n\ny[d] = x[d]\noutputs[d] = y[d]\n# linear read-out\n"));
  CHECK_THAT(text.text, Contains("\noutput readout.logits\n"));
}

TEST_CASE("without the block's last matrix a read-out has the law of its columns only") {
  CHECK_THAT(with_readout(user_block("input x[d]\ny[d] = x[d]\n", {"d"})).text,
             Contains("law readout_columns[d]") && !Contains("readout_output"));
}
