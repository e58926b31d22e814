// What --print-block prints is the net that the same command line trains: its text, used as a block of one's own on the
// same data, has the same parameters, start, gradient and laws, to the last bit.
#include <catch2/catch.hpp>
#include <fstream>

#include "hdf5/file.h"
#include "problem/unit_text.h"
#include "tests/experiments/small_job.h"
#include "tests/hdf5/temporary_folder.h"

namespace invar::testing {
namespace {

std::vector<double> gradient_at_start(const Problem& problem) {
  Objective<double> objective(problem.plans, problem.samples);
  std::vector<double> result(problem.start.size() + 1);
  result.back() = objective.evaluate(problem.start.data(), result.data());
  return result;
}

std::vector<std::string> laws_of(const Block& block) {
  std::vector<std::string> lines;
  for (const Law& law : block.laws) {
    std::string line = std::string(to_string(law.kind)) + " " + law.scope + "." + law.name + "[";
    for (const std::string& index : law.indices) line += index + " ";
    lines.push_back(line + "] = " + law.formula);
  }
  return lines;
}

void require_same(const Problem& printed, const Problem& model) {
  REQUIRE(printed.block.parameters.tensors().size() == model.block.parameters.tensors().size());
  for (std::size_t i = 0; i < model.block.parameters.tensors().size(); ++i) {
    CHECK(printed.block.parameters.tensors()[i].name == model.block.parameters.tensors()[i].name);
    CHECK(printed.block.parameters.tensors()[i].shape == model.block.parameters.tensors()[i].shape);
  }
  CHECK(printed.loss == model.loss);
  CHECK(printed.start == model.start);
  CHECK(laws_of(printed.block) == laws_of(model.block));
  CHECK(printed.forms.size() == model.forms.size());
  CHECK(printed.block.warnings.empty());
  CHECK(model.block.warnings.empty());
  CHECK(gradient_at_start(printed) == gradient_at_start(model));
}

/// The block that is printed for `asked`, trained as `rest` says, and the model trained as `trained` says.
void compare(const Configuration& asked, const std::vector<std::string>& rest, const Configuration& trained) {
  const TemporaryFolder folder;
  const std::string file = folder / "printed.txt";
  std::ofstream(file) << block_texts(asked);
  INFO(block_texts(asked));
  require_same(problem_of(configuration_of({"--block", file}, rest)), problem_of(trained));
}

}  // namespace

TEST_CASE("a printed block is the model, with every option and both losses") {
  std::vector<SmallModel> models = small_models();
  std::erase_if(models, [](const SmallModel& small) { return small.arguments[0] != "--model"; });
  for (const std::string_view net : {"vit", "lm"})
    for (const ModelOptions& options : net_options(*find_model(net)))
      models.push_back(small_net(*find_model(net), options));
  for (const SmallModel& small : models)
    for (const std::string loss : {"squared", "cross-entropy"}) {
      CAPTURE(small.name, loss);
      const std::vector<std::string> rest{"--loss", loss, "--samples", "6", "--data", "teacher", "--batch", "3"};
      std::vector<std::string> arguments = small.arguments;
      if (loss != "squared" && !small.classes.empty()) arguments.push_back(small.classes);
      const Configuration model = configuration_of(arguments, rest);
      compare(model, rest, model);
    }
}

TEST_CASE("a printed block takes the data that the model takes, whatever its sizes by default") {
  const TemporaryFolder folder;
  const std::string tokens = folder / "tokens.h5", images = folder / "images.h5", numbers = folder / "numbers.h5";
  {
    std::vector<std::int32_t> x, y;
    for (int i = 0; i < 6 * 5; ++i) {
      x.push_back(i * 7 % 19);
      y.push_back(i * 5 % 23);
    }
    hdf5::File file = hdf5::File::create(tokens);
    file.create_group("data");
    file.write<std::int32_t>("data/x", {6, 5}, x);
    file.write<std::int32_t>("data/y", {6, 5}, y);
  }
  {
    std::vector<std::uint8_t> pixels, labels;
    for (int i = 0; i < 6 * 8 * 8 * 3; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 37 % 251));
    for (int i = 0; i < 6; ++i) labels.push_back(static_cast<std::uint8_t>(i % 4));
    hdf5::File file = hdf5::File::create(images);
    file.write<std::uint8_t>("images", {6, 8, 8, 3}, pixels);
    file.write<std::uint8_t>("labels", {6}, labels);
  }
  {
    std::vector<double> x, y;
    for (int i = 0; i < 6 * 5; ++i) {
      x.push_back(i * 7 % 19 - 9.0);
      y.push_back(i * 5 % 23 - 11.0);
    }
    hdf5::File file = hdf5::File::create(numbers);
    file.create_group("data");
    file.write<double>("data/x", {6, 5}, x);
    file.write<double>("data/y", {6, 5}, y);
  }
  const std::vector<std::string> on_tokens{"--data", tokens}, on_images{"--data", images, "--pool", "1"},
      on_numbers{"--data", numbers};
  for (const std::string tied : {"tied=false", "tied=true"}) {
    const std::vector<std::string> lm{"--model", "lm", "--set", "layers=1", "width=4", "hidden=3", tied};
    compare(configuration_of(lm), on_tokens, configuration_of(lm, on_tokens));
    compare(configuration_of(lm, on_tokens), on_tokens, configuration_of(lm, on_tokens));
  }
  const std::vector<std::string> vit{"--model", "vit", "--set", "layers=1", "width=4", "hidden=3", "patch=4"};
  compare(configuration_of(vit, on_images), on_images, configuration_of(vit, on_images));
  for (const std::string name : {"swiglu", "linear", "moe-softmax"}) {
    const std::vector<std::string> model{"--model", name};
    compare(configuration_of(model), on_numbers, configuration_of(model, on_numbers));
    compare(configuration_of(model), on_images, configuration_of(model, on_images));
  }
  const std::vector<std::string> narrow{"--model", "swiglu", "--set", "width=3"};
  compare(configuration_of(narrow), on_numbers, configuration_of(narrow, on_numbers));
}

}  // namespace invar::testing
