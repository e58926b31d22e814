// The nets against an independent implementation: check files with parameters, data, output, loss and gradients. They
// are no part of the project: the folder comes from INVAR_SHARED.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "data/tables.h"
#include "hdf5/file.h"
#include "tests/models/small_block.h"

namespace invar {
namespace {

using Attributes = hdf5::Group;

std::string number(const Attributes& of, const std::string& name) {
  return std::to_string(of.attribute<std::int64_t>(name));
}

ModelOptions vit_options(const Attributes& file) {
  return {{"layers", number(file, "layers")},     {"width", number(file, "d")},        {"hidden", number(file, "h")},
          {"heads", number(file, "heads")},       {"patch", number(file, "patch")},    {"image", number(file, "size")},
          {"channels", number(file, "channels")}, {"classes", number(file, "classes")}};
}

ModelOptions lm_options(const Attributes& file) {
  ModelOptions options{{"layers", number(file, "layers")},
                       {"width", number(file, "d")},
                       {"hidden", number(file, "h")},
                       {"heads", number(file, "heads")},
                       {"head-size", number(file, "dh")},
                       {"vocabulary", number(file, "vocabulary")},
                       {"tokens", number(file, "n")},
                       {"top", number(file, "top")},
                       {"pairing", file.text_attribute("pairing")}};
  const std::string experts = number(file, "experts");
  const bool sigmoid = file.text_attribute("gate") == "nsigmoid";
  options["gate"] = experts == "0" ? "none" : sigmoid ? "normalised-sigmoid" : "softmax";
  if (experts != "0") options["experts"] = experts;
  return options;
}

/// [channel, row, column] → [row, column, channel], sample by sample.
std::vector<double> channels_last(const std::vector<double>& x, Index samples, Index channels) {
  const Index pixels = static_cast<Index>(x.size()) / (samples * channels);
  std::vector<double> result(x.size());
  for (Index s = 0; s < samples; ++s)
    for (Index c = 0; c < channels; ++c)
      for (Index p = 0; p < pixels; ++p)
        result[static_cast<std::size_t>((s * pixels + p) * channels + c)] =
            x[static_cast<std::size_t>((s * channels + c) * pixels + p)];
  return result;
}

struct Loaded {
  hdf5::File file;
  SmallBlock small;
};

Loaded load(const std::string& path) {
  const data::Problem problem = data::load_problem(path);
  hdf5::File file = hdf5::File::open(path);
  const bool images = file.text_attribute("kind") == "vit";
  const ModelText text =
      with_readout(images ? model_text("vit", vit_options(file)) : model_text("lm", lm_options(file)));
  CostCase one{path, text.text, {}, Loss::label_cross_entropy};
  for (const data::NamedTensor& tensor : problem.parameters) one.known.shapes[tensor.name] = tensor.shape;
  SmallBlock small = small_block(one, 1);
  const data::Samples& samples = problem.samples;
  small.samples = {
      samples.count, small.samples.input_elements, small.samples.target_elements,
      images ? channels_last(data::values(*samples.x), samples.count, file.attribute<std::int64_t>("channels"))
             : data::values(*samples.x),
      data::values(*samples.y)};
  small.theta.clear();
  for (const Tensor& tensor : small.block.parameters.tensors()) {
    const std::vector<double>& values = problem.parameter(tensor.name)->values;
    small.theta.insert(small.theta.end(), values.begin(), values.end());
  }
  CHECK(small.block.parameters.tensors().size() == problem.parameters.size());
  return {std::move(file), std::move(small)};
}

template <class S>
std::vector<S> outputs(const SmallBlock& small) {
  const Index samples = small.samples.count, elements = extent_product(small.block.graph[small.block.output].shape);
  HostExecutor<S> executor(
      std::make_shared<const KernelPlan>(make_plan(small.block.graph, {{small.block.output, 0, 0, 0}})), samples);
  PackedSamples<S> packed(small.samples, samples, samples);
  std::vector<Index> all;
  for (Index s = 0; s < samples; ++s) all.push_back(s);
  packed.pack(all);
  const auto chunk = packed.chunk(0);
  const std::vector<S> theta = cast<S>(small.theta);
  std::vector<S> lanes(static_cast<std::size_t>(chunk.lanes * elements)), rows;
  executor.set_variable(0, theta.data());
  executor.set_output(0, lanes.data());
  executor.set_samples(chunk.input, chunk.target, chunk.weight, chunk.lanes, chunk.samples);
  executor.run();
  for (Index s = 0; s < samples; ++s)
    for (Index e = 0; e < elements; ++e) rows.push_back(lanes[static_cast<std::size_t>(e * chunk.lanes + s)]);
  return rows;
}

template <class S>
void check(const Loaded& loaded, double tolerance) {
  const SmallBlock& small = loaded.small;
  const double far = relative_distance(outputs<S>(small), loaded.file.dataset("/expected/output").read<double>());
  CHECK(far < tolerance);
  Objective<S> objective(small.plans, small.samples);
  const std::vector<S> theta = cast<S>(small.theta);
  std::vector<S> gradient(theta.size());
  const auto cost = static_cast<double>(objective.evaluate(theta.data(), gradient.data()));
  const double expected = loaded.file.dataset("/expected/loss").read<double>().front();
  CHECK(std::abs(cost - expected) <= tolerance * expected);
  for (const Tensor& tensor : small.block.parameters.tensors()) {
    CAPTURE(tensor.name);
    const auto there = loaded.file.dataset("/expected/gradient/" + tensor.name).read<double>();
    const std::vector<S> here(gradient.begin() + tensor.offset, gradient.begin() + tensor.offset + tensor.size);
    CHECK(relative_distance(here, there) < tolerance);
  }
}

}  // namespace

TEST_CASE("output, cost and gradient of the nets are those of the independent implementation") {
  const char* shared = std::getenv("INVAR_SHARED");
  if (!shared) {
    WARN("skipped: INVAR_SHARED names no folder with check files");
    return;
  }
  for (const char* name : {"vit", "lm", "lm_top2", "lm_nsigmoid", "lm_swiglu"}) {
    CAPTURE(name);
    const Loaded loaded = load(std::string(shared) + "/peers/torch/check_" + name + ".h5");
    check<double>(loaded, 1e-12);
    check<float>(loaded, 1e-5);
  }
}

}  // namespace invar
