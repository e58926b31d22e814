// What a problem makes of data that fit in more than one way, and what it warns of.
#include <catch2/catch.hpp>
#include <fstream>

#include "hdf5/file.h"
#include "tests/experiments/small_job.h"
#include "tests/hdf5/temporary_folder.h"

namespace invar::testing {
namespace {

/// Six samples; `axis`: targets [6, 1] instead of [6].
std::string table(const TemporaryFolder& folder, bool axis) {
  const std::string path = folder / (axis ? "axis.h5" : "numbers.h5");
  const std::vector<double> x{1, -2, 3, 0.5, -1, 2, 4, -3, 1, 2, 0.25, -1}, y{0.5, 1.5, -2, 3, 0.25, -1};
  hdf5::File file = hdf5::File::create(path);
  file.create_group("data");
  file.write<double>("data/x", {6, 2}, x);
  file.write<double>("data/y", axis ? hdf5::Shape{6, 1} : hdf5::Shape{6}, y);
  return path;
}

Problem problem_on(const std::vector<std::string>& block, const std::string& data) {
  return problem_of(configuration_of(block, {"--data", data}));
}

}  // namespace

TEST_CASE("one number a sample is a target of a block with one output, with an axis and without") {
  const TemporaryFolder folder;
  const std::string scalar = folder / "scalar.txt";
  std::ofstream(scalar) << "parameters w[d]\ninput x[d]\ny = w[d] x[d]\n";
  for (const std::vector<std::string>& block :
       {std::vector<std::string>{"--model", "swiglu"}, std::vector<std::string>{"--block", scalar}}) {
    const Problem with = problem_on(block, table(folder, true)), without = problem_on(block, table(folder, false));
    CHECK(extent_product(with.block.graph[with.block.output].shape) == 1);
    CHECK(with.start == without.start);
    CHECK(data::values(*with.samples.target) == data::values(*without.samples.target));
  }
  CHECK_THROWS_WITH(problem_on({"--model", "swiglu", "--set", "outputs=3"}, table(folder, false)),
                    Catch::Contains("the block gives [3]"));
}

TEST_CASE("what the output does not need is warned of, each with its place") {
  const TemporaryFolder folder;
  const std::string text = folder / "b.txt";
  std::ofstream(text) << "sizes k=3\nparameters A[d k] W[k d] unused[k] told[k]\nconstants q[k] c[k]\ninput x[d]\n"
                         "use swiglu as s (x = x, h=2, m=2)\nz[k] = W[k d] x[d]\ny[d] = A[d k] silu(z[k])\n"
                         "w[d] = y[d] x[d]\noutput y\nlaw l = told[k] c[k]\n";
  const std::vector<std::string> found =
      problem_of(configuration_of({"--block", text}, {"--data", "teacher", "--set", "d=2"})).block.warnings;
  const std::string unused = " is used by no line that the output needs";
  CHECK(found ==
        std::vector<std::string>{text + ":2:26: the parameter 'unused'" + unused + ": its gradient is 0",
                                 text + ":2:36: the parameter 'told'" + unused +
                                     ": its gradient is 0, and what laws say of it " + "holds by itself",
                                 text + ":3:11: the constant 'q'" + unused, text + ":8:1: the definition 'w'" + unused,
                                 text + ":5:5: of this used block 's.W', 's.V', 's.A', 's.u', 's.v' and 's' are" +
                                     " used by no line that the output needs"});
}

}  // namespace invar::testing
