// The read-out as text: what it appends, and what it leaves alone.
#include <catch2/catch.hpp>

#include "models/readout.h"
#include "tensor/outline.h"

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

TEST_CASE("a read-out replaces the block's output and moves no line") {
  const std::string block = "input x[d]\n  output y\ny[d] = x[d]\noutputs[d] = y[d]";
  const ModelText text = with_readout(user_block(block, {"d"}));
  CHECK(text.text.starts_with(block + "\nwith cross-entropy\n# linear read-out\n"));
  CHECK_THAT(text.text, Contains("\noutput readout.logits\n"));
  CHECK(outline(text.text, "b.txt").output.name == "readout.logits");
}

TEST_CASE("axes that are joined, or of a used block, have letters of their own in the read-out") {
  const ModelText joined = with_readout(user_block("input x[h a]\ny[(h a)] = x[h a]\n", {"(h a)"}));
  CHECK_THAT(joined.text, Contains("parameters readout.U[k l]\nreadout.logits[k] = readout.U[k l] y[l]\n"));
  const ModelText used = with_readout(user_block("use swiglu as y (x = r)\n", {"t", "y.m"}));
  CHECK_THAT(used.text, Contains("readout.mean[l] = sum[t](y[t l]) / dim(t)\n"));
}

TEST_CASE("a text is split at the lines of its loss, and put together again as it was") {
  const std::string above = "input x[d]\ny[d] = x[d]\n", below = "law l[d] = readout.U[l d]\n";
  const ModelText split = split_at_loss(above + "with cross-entropy\n" + below);
  CHECK(split.logits);
  CHECK(split.text == above);
  CHECK(with_readout(split).text == above + "with cross-entropy\n" + below);
  const ModelText whole = split_at_loss(above + "# with cross-entropy\n");
  CHECK(!whole.logits);
  CHECK(whole.text == above + "# with cross-entropy\n");
}

TEST_CASE("without the block's last matrix a read-out has the law of its columns only") {
  CHECK_THAT(with_readout(user_block("input x[d]\ny[d] = x[d]\n", {"d"})).text,
             Contains("law readout_columns[d]") && !Contains("readout_output"));
}
