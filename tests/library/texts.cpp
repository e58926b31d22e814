// Texts that a library's user gives: what they may hold, and where their errors are.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>

#include "hdf5/file.h"
#include "invar/block.h"
#include "problem/unit_text.h"
#include "tests/experiments/small_job.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar::api;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

const std::vector<Tensor> kParameters{{"a", {3}}, {"b", {3}}};

std::string refusal(std::string_view text) {
  try {
    const Laws laws(kParameters, text);
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

std::string block_refusal(std::string_view text, Cost cost = Cost::squared) {
  try {
    const Block block(text, {{2}, {3}, {1, 2}, {0, 1, 0}}, cost, {});
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

int lines_of(const std::string& text) {
  return static_cast<int>(std::ranges::count(text, '\n')) + (text.empty() || text.back() != '\n' ? 1 : 0);
}

/// Of "source:3:7: …"; 0 where the message does not begin so.
int line_of(const std::string& message, const std::string& source) {
  if (!message.starts_with(source + ":") || !std::isdigit(static_cast<unsigned char>(message[source.size() + 1])))
    return 0;
  return std::stoi(message.substr(source.size() + 1));
}

/// Errors of damaged texts stand in one of their lines.
void damage(const std::string& text, const std::string& source,
            const std::function<std::string(std::string)>& refused) {
  REQUIRE(refused(text) == "");
  const std::vector<std::string> garbage{"-",
                                         "[",
                                         ")",
                                         "a[",
                                         "law",
                                         "input x[d]\n",
                                         "use swiglu as f (x = x)\n",
                                         "sizes q=2",
                                         "\n\n#",
                                         "output",
                                         "with cross-entropy\n",
                                         "$",
                                         "1e999",
                                         "="};
  std::mt19937 random(1);
  int refusals = 0;
  for (int i = 0; i < 600; ++i) {
    std::string other = text;
    const std::size_t at = i < 100 ? other.size() : random() % (other.size() + 1);
    other.insert(at, garbage[random() % garbage.size()]);
    if (i % 3 == 0) other = other.substr(0, at);
    const std::string message = refused(other);
    if (message.empty()) continue;
    ++refusals;
    CAPTURE(other, message);
    CHECK(line_of(message, source) >= 1);
    CHECK(line_of(message, source) <= lines_of(other));
  }
  CHECK(refusals > 100);
}

}  // namespace

TEST_CASE("an error in a text of laws has the line and column that the user wrote") {
  CHECK_THAT(refusal("parameters a[i]\nlaw q = a[i] a[i] -"),
             StartsWith("laws:2:20: expected a tensor") && Contains("found the end of the line"));
  CHECK_THAT(refusal("parameters a[i]\nlaw q = a[i] a[i] -\n\n"), StartsWith("laws:2:20: "));
  CHECK_THAT(refusal("parameters a[i]\nlaw q = a[i] a[i]\ninput x[d]\n"),
             StartsWith("laws:3:1: 'input' begins a line"));
  CHECK_THAT(refusal("parameters a[i]\nc[i] = a[i]\nlaw q = c[i] c[i]\n"), StartsWith("laws:2:1: 'c' begins a line"));
  CHECK_THAT(refusal("parameters a[i]\nuse swiglu as f (x = a)\n"), StartsWith("laws:2:1: 'use' begins a line"));
  CHECK_THAT(refusal("lwa q = a[i]\n"), StartsWith("laws:1:1: "));
  CHECK(Laws({{"no_input", {2}}, {"no_output", {2}}},
             "parameters no_input[a] no_output[a]\nlaw s[a] = no_input[a] no_input[a] - no_output[a] no_output[a]")
            .components() == 2);
  std::string all = "# abcdefghijklmnopqrstuvwxyz\nparameters a[i]\nlaw q = a[i] a[i]\n";  // every letter
  CHECK(refusal(all).empty());
}

TEST_CASE("an error at the end of a block's text is in its last line") {
  CHECK_THAT(block_refusal("parameters A[m d]\ninput x[d]\n\n# no net\n"), StartsWith("block:2:11: the block defines"));
  CHECK_THAT(block_refusal("parameters A[m d]\n"), StartsWith("block:1:18: the block has no input"));
  CHECK_THAT(block_refusal(""), StartsWith("block:1:1: the block has no input"));
}

TEST_CASE("whatever is wrong in a text, its place is in the text") {
  damage("parameters a[i] b[i]\nlaw q[i] = a[i] a[i] -\n  b[i] b[i]\nclaim r = a[i] *\n  b[i]^3", "laws",
         [](const std::string& text) { return refusal(text); });
  damage(
      "parameters A[m d] c[d]=1\ninput x[d]\nu[d] = x[d] +\n  c[d]\nuse swiglu as f (x = u, h = 2, m = 2)\n"
      "y[m] = A[m d] u[d]\nlaw r[d] = c[d] c[d]\nwith cross-entropy\nlaw s[d] = sum[m](A[m d])\n",
      "block", [](const std::string& text) { return block_refusal(text, Cost::cross_entropy); });
}

TEST_CASE("constants are given by name") {
  const char* text =
      "parameters A[m d]\nconstants s[d]\ninput x[d]\ny[m] = A[m d] s[d] x[d]\nlaw q = A[m d] s[d] A[m d]\n";
  const auto made = [&](const std::vector<Constant>& constants) {
    return Block(text, {{2}, {1}, {1, 2}, {3}}, Cost::squared, {}, constants);
  };
  Block block = made({{"s", {2}, {10, 100}}});
  std::vector<double> gradient(2);
  const std::vector<std::int64_t> all{0};
  CHECK(block.evaluate(std::vector<double>{1, 1}, all, gradient) == Approx(0.5 * 207 * 207));
  CHECK(gradient[1] == Approx(207.0 * 200));
  CHECK(block.laws().values(std::vector<double>{1, 2})[0] == Approx(410));
  const Laws laws({{"A", {1, 2}}}, "parameters A[m d]\nconstants s[d]\nlaw q = A[m d] s[d] A[m d]\n",
                  {{"s", {2}, {10, 100}}});
  CHECK(laws.values(std::vector<double>{1, 2})[0] == Approx(410));
  CHECK_THROWS_WITH(made({}), StartsWith("block:2:11: no values for the constant 's' [2]: give them by this name"));
  CHECK_THROWS_WITH(made({{"s", {2}, {1}}}), Contains("'s' has the shape [2] and 1 values; give 2"));
  CHECK_THROWS_WITH(made({{"s", {3}, {1, 2, 3}}}), StartsWith("block:"));
  CHECK_THROWS_WITH(made({{"s", {2}, {1, NAN}}}), Contains("'s': number 1 is"));
  CHECK_THROWS_WITH(made({{"s", {2}, {1, 2}}, {"s", {2}, {1, 2}}}), Contains("'s' stands twice"));
  CHECK_THROWS_WITH(made({{"s", {2}, {1, 2}}, {"t", {1}, {1}}}), Contains("'t'"));
}

TEST_CASE("a printed net is a block with the value and gradient of the program's") {
  const invar::testing::TemporaryFolder folder;
  const std::string images = folder / "images.h5";
  {
    std::vector<std::uint8_t> pixels, labels;
    for (int i = 0; i < 6 * 8 * 8 * 3; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 37 % 251));
    for (int i = 0; i < 6; ++i) labels.push_back(static_cast<std::uint8_t>(i % 4));
    invar::hdf5::File written = invar::hdf5::File::create(images);
    written.write<std::uint8_t>("images", {6, 8, 8, 3}, pixels);
    written.write<std::uint8_t>("labels", {6}, labels);
  }
  for (const std::vector<std::string>& model :
       {std::vector<std::string>{"--model", "vit", "--set", "layers=2", "width=4", "hidden=3", "heads=2", "patch=4"},
        std::vector<std::string>{"--model", "swiglu"}}) {
    std::vector<std::string> arguments = model;
    arguments.insert(arguments.end(), {"--data", images, "--pool", "1"});
    const invar::Configuration asked = invar::testing::configuration_of(arguments);
    const invar::Problem problem = invar::testing::problem_of(asked);
    Data data{{problem.samples.input_elements}, {problem.samples.target_elements}, {}, {}};
    data.x.resize(static_cast<std::size_t>(problem.samples.count * problem.samples.input_elements));
    data.y.resize(static_cast<std::size_t>(problem.samples.count * problem.samples.target_elements));
    for (invar::Index i = 0; i < problem.samples.count; ++i) {
      problem.samples.read_input(i, data.x.data() + i * problem.samples.input_elements);
      problem.samples.read_target(i, data.y.data() + i * problem.samples.target_elements);
    }
    Block block(invar::block_texts(asked), data, Cost::cross_entropy);
    REQUIRE(block.start(1) == problem.start);
    invar::Objective<double> objective(problem.plans, problem.samples);
    std::vector<double> one(problem.start.size()), other(one);
    std::vector<std::int64_t> all(6);
    std::iota(all.begin(), all.end(), 0);
    CHECK(block.evaluate(problem.start, all, one) == objective.evaluate(problem.start.data(), other.data()));
    CHECK(one == other);
    CHECK(block.laws().list().size() == problem.block.laws.size());
  }
  std::vector<double> x(6 * 192, 0.5), y(6 * 4, 0.0);
  const invar::Configuration vit = invar::testing::configuration_of(
      {"--model", "vit", "--set", "layers=1", "--data", images, "--pool", "1", "--set", "patch=4"});
  const Block squared(invar::block_texts(vit), {{192}, {4}, x, y});  // without the lines below `with cross-entropy`
  for (const Law& law : squared.laws().list()) CHECK(law.name != "head_columns");
}

TEST_CASE("what a text uses is of the models at hand") {
  CHECK_THAT(block_refusal("input x[d]\nuse swigul as y (x = x, h = 2, m = 3)\n"),
             StartsWith("block:2:5: ") && Contains("swiglu"));
  CHECK(block_refusal("input x[d]\nuse swiglu as y (x = x, h = 2, m = 3)\n") == "");
}

TEST_CASE("inputs that look up rows are integers, and targets of cross-entropy distributions") {
  const auto lm = [](std::vector<double> x) {
    return Block("parameters E[v d] U[k d]\ninput x[t]\ny[t k] = U[k d] lookup[v](E[v d], x[t])\n",
                 {{2}, {2, 3}, std::move(x), {1, 2, 3, 4, 5, 6}}, Cost::squared, {{"v", 5}, {"d", 2}});
  };
  CHECK(lm({0, 4}).parameters().size() == 2);
  CHECK_THROWS_WITH(lm({0, 5}), Contains("number 1 of x is 5") && Contains("from 0 to 4"));
  CHECK_THROWS_WITH(lm({0.5, 1}), Contains("number 0 of x is 0.5"));
  const char* text = "parameters A[m d]\ninput x[d]\ny[m] = A[m d] x[d]\n";
  CHECK_THROWS_WITH(Block(text, {{1}, {2}, {1}, {2, -1}}, Cost::cross_entropy), Contains("has -1 among the classes"));
  CHECK_THROWS_WITH(Block("parameters A[d]\ninput x[d]\ny = A[d] x[d]\n", {{1}, {}, {1}, {1}}, Cost::cross_entropy),
                    Contains("distributions over classes"));
}
