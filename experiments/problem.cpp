#include "experiments/problem.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "data/sampling.h"
#include "data/weight_file.h"
#include "error.h"
#include "experiments/balance.h"
#include "experiments/block_library.h"
#include "experiments/chosen_models.h"
#include "experiments/given_tensors.h"
#include "experiments/sizes.h"
#include "experiments/teacher.h"
#include "experiments/text_file.h"
#include "models/readout.h"
#include "models/registry.h"
#include "tensor/outline.h"

namespace invar {
namespace {

/// The text of the unit's model, with these options, or of the user's block.
ModelText text_of(const Configuration& configuration, const Unit& unit, const ModelOptions& options,
                  const std::string& source) {
  if (!unit.model.empty()) return model_text(unit.model, options);
  ModelText result;
  result.text = read_text_file(configuration.block);
  const BlockOutline found = outline(result.text, source, built_in_blocks());
  result.output = found.output.name;
  result.output_indices = found.output.axes;
  return result;
}

/// What the data say of options that are not given: the sides and channels of flat images, the tokens of a text.
ModelOptions options_with_data(const Unit& unit, const data::Samples& samples) {
  ModelOptions options = unit.options;
  const Shape& image = samples.image_shape;
  const Model* model = find_model(unit.model);
  if (!model) return options;
  const auto has = [&](std::string_view name) {
    return std::ranges::find(model->options, name, &ModelOption::name) != model->options.end();
  };
  const auto take = [&](std::string_view name, std::int64_t value) {
    if (has(name)) options.try_emplace(std::string(name), std::to_string(value));
  };
  // A net of tokens is known by its vocabulary, one of images by their side.
  if (samples.vocabulary > 0 && has("image"))
    throw InputError("data: " + unit.model + " takes images, and this is a text: " + samples.description +
                     "; give images, or --model lm");
  if (!image.empty() && has("vocabulary"))
    throw InputError("data: " + unit.model + " takes tokens, and these are images: " + samples.description +
                     "; give a text with --data, or --model vit");
  if (!image.empty() && image[0] == image[1]) {
    take("image", image[0]);
  } else if (!image.empty() && has("image")) {
    throw InputError("data: the images have " + std::to_string(image[0]) + " x " + std::to_string(image[1]) +
                     " pixels, and " + unit.model + " takes squares; cut them to squares of one size");
  }
  if (!image.empty()) take("channels", image[2]);
  if (samples.vocabulary > 0) take("tokens", samples.x_shape.front());
  return options;
}

bool has_letter(const BlockOutline& block, const std::string& letter) {
  const auto has = [&](const BlockOutline::Tensor& tensor) {
    return std::ranges::any_of(tensor.axes,
                               [&](const std::string& axis) {  // "t", "(j c)", "layers.0.ffn.h"
                                 const std::size_t at = axis.find(letter);
                                 if (at == std::string::npos) return false;
                                 const std::string signs = "() ";
                                 const std::size_t end = at + letter.size();
                                 return (at == 0 || signs.find(axis[at - 1]) != std::string::npos) &&
                                        (end == axis.size() || signs.find(axis[end]) != std::string::npos);
                               });
  };
  return has(block.input) || has(block.output) || std::ranges::any_of(block.parameters, has);
}

bool declares(const BlockOutline& block, const std::string& name) {
  const auto has = [&](const std::vector<BlockOutline::Tensor>& tensors) {
    return std::ranges::find(tensors, name, &BlockOutline::Tensor::name) != tensors.end();
  };
  return has(block.parameters) || has(block.constants);
}

void require_shape(const std::string& what, const Shape& block, const Shape& data, const std::string& remedy) {
  if (block != data)
    throw InputError(what + ": the block gives " + shape_text(block) + " for a sample, the data have " +
                     shape_text(data) + "; " + remedy);
}

// Integers that choose something: rows of a table, or a class.
void require_integers(const std::string& what, const data::Rows& rows, Index below, const std::string& remedy) {
  std::vector<double> row(static_cast<std::size_t>(rows.elements()));
  for (std::int64_t sample = 0; sample < rows.count(); ++sample) {
    rows.read(sample, row.data());
    const auto wrong = std::ranges::find_if(row, [&](double value) {
      return value != std::floor(value) || value < 0.0 || value >= static_cast<double>(below);
    });
    if (wrong == row.end()) continue;
    char text[64];
    std::snprintf(text, sizeof text, "%.17g", *wrong);
    throw InputError(what + " hold " + text + ", where the block takes the integers from 0 to " +
                     std::to_string(below - 1) + "; " + remedy);
  }
}

void require_memory(const Configuration& configuration, const Unit& unit, const Block& block) {
  const double needed = host_bytes(configuration, unit, block);
  const double there = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (needed <= there) return;
  char text[160];
  std::snprintf(text, sizeof text,
                "the block has %.3g parameters and a run would take some %.3g GB, where this machine has %.3g; choose "
                "smaller sizes",
                static_cast<double>(block.parameters.size()), 1e-9 * needed, 1e-9 * there);
  throw InputError(text);
}

}  // namespace

double host_bytes(const Configuration& configuration, const Unit& unit, const Block& block) {
  const bool trains = configuration.experiment == Experiment::train;
  const bool lean = unit.precision == Configuration::Precision::in_float &&
                    configuration.budget != Configuration::Budget::exact;  // its budget keeps no vectors
  const double copies = trains ? (lean ? 7.0 : 14.0) : 20.0;
  return copies * sizeof(double) * static_cast<double>(block.parameters.size());
}

std::vector<double> random_start(const Block& block, double scale, std::int64_t seed, std::string_view purpose) {
  data::Engine engine = data::engine(static_cast<std::uint64_t>(seed), purpose);
  std::vector<double> theta = data::standard_normal(engine, block.parameters.size());
  for (std::size_t i = 0; i < block.fan_in.size(); ++i) {
    const Tensor& tensor = block.parameters.tensors()[i];
    const double deviation = scale / std::sqrt(block.fan_in[i]);
    for (Index k = 0; k < tensor.size; ++k) {
      double& value = theta[static_cast<std::size_t>(tensor.offset + k)];
      value = block.start[i] ? *block.start[i] : value * deviation;
    }
  }
  return theta;
}

namespace {

/// Of a frozen tensor that no file brings.
std::vector<double> random_constant(const std::string& name, const Shape& shape, std::int64_t seed) {
  data::Engine engine = data::engine(static_cast<std::uint64_t>(seed), "constant " + name);
  std::vector<double> values = data::standard_normal(engine, extent_product(shape));
  const double fan_in = shape.empty() ? 1.0 : static_cast<double>(shape.back());
  for (double& value : values) value /= std::sqrt(fan_in);
  return values;
}

/// What a problem file or weights bring: all of the block's tensors. None where they are drawn.
std::optional<GivenTensors> given_tensors(const Configuration& configuration, DataSource& source) {
  if (const data::Problem* file = source.problem()) {
    data::WeightFile tensors{configuration.problem, "/parameters/", file->parameters};
    tensors.tensors.insert(tensors.tensors.end(), file->constants.begin(), file->constants.end());
    return GivenTensors(std::move(tensors));
  }
  if (configuration.weights.empty()) return std::nullopt;
  return GivenTensors(data::load_weight_file(configuration.weights));
}

/// `given`: null where constants are drawn.
Problem outline_with(const Configuration& configuration, const Unit& unit, DataSource& source, GivenTensors* given) {
  Problem result;
  const std::string name = unit.model.empty() ? configuration.block : unit.model;
  ModelText text = text_of(configuration, unit, before_data(unit.model, unit.options), name);
  const std::size_t input_axes = outline(text.text, name, built_in_blocks()).input.axes.size();
  const data::Problem* file = source.problem();
  const bool teacher = !file && configuration.data == "teacher";
  const data::Samples* samples = teacher ? nullptr : &source.samples(input_axes);
  text = text_of(configuration, unit, samples ? options_with_data(unit, *samples) : unit.options, name);
  const BlockOutline before = outline(text.text, name, built_in_blocks());

  KnownSizes known;
  known.extents = text.extents;
  // A setting for all models is one for those that have the letter, as with their options.
  for (const auto& [letter, extent] : unit.sizes)
    if (configuration.model.size() < 2 || has_letter(before, letter)) known.extents[letter] = extent;
  known.missing_constant = [&](const std::string& constant, const Shape& shape) {
    std::vector<double> values =
        given ? given->constant(constant, shape) : random_constant(constant, shape, unit.start_seed);
    result.constants.push_back({constant, shape, std::make_shared<const std::vector<double>>(values)});
    return values;
  };

  const bool labels = samples && samples->labels;
  result.loss = configuration.loss == Configuration::Loss::automatic ? (labels ? Loss::cross_entropy : Loss::squared)
                : configuration.loss == Configuration::Loss::squared ? Loss::squared
                                                                     : Loss::cross_entropy;
  if (labels && result.loss == Loss::squared)
    throw InputError(
        "loss: the squared error needs numbers as targets, and these are labels; use --loss cross-entropy");
  if (samples && !labels && result.loss == Loss::cross_entropy)
    throw InputError("loss: cross-entropy needs integer labels in y, and these are numbers; use --loss squared");

  // A problem file brings its start, so also the read-out's matrix where its block has one.
  // Logits at positions have labels one a position: their classes, a vocabulary, are many to be stored one by one.
  const bool is_logits = text.logits || before.output.name == "readout.logits";
  const bool reads_out = result.loss == Loss::cross_entropy && !is_logits;
  if (result.loss == Loss::cross_entropy && is_logits && before.output.axes.size() > 1)
    result.loss = Loss::label_cross_entropy;
  if (reads_out || (text.logits && result.loss != Loss::squared)) text = with_readout(text);
  result.text = text.text;
  if (reads_out && samples && !samples->y_shape.empty())
    throw InputError("loss: the labels have the shape " + shape_text(samples->y_shape) +
                     " for a sample, and the read-out " +
                     "takes the mean over positions, so one label a sample; give such labels, or --loss squared with " +
                     "numbers as targets");
  if (teacher) {
    result.block = read_block(text.text, known, name, built_in_blocks());
    require_memory(configuration, unit, result.block);
    make_teacher(result, configuration);
  } else {
    const auto as_targets = [&](const data::Samples& taken) {
      return result.loss == Loss::label_cross_entropy ? taken : data::one_hot(taken);
    };
    data::Samples expanded = as_targets(*samples);
    if (samples->vocabulary > 0) known.extents.try_emplace(text.output_indices.back(), samples->vocabulary);
    known.shapes[before.input.name] = expanded.x_shape;
    if (expanded.y_shape.size() == text.output_indices.size())
      for (std::size_t axis = 0; axis < text.output_indices.size(); ++axis)
        if (text.output_indices[axis].size() == 1 && !known.extents.contains(text.output_indices[axis]))
          known.extents[text.output_indices[axis]] = expanded.y_shape[axis];
    const BlockOutline whole = outline(text.text, name, built_in_blocks());
    if (file && given)
      for (const data::WeightTensor& tensor : given->tensors())
        if (declares(whole, tensor.name)) known.shapes[tensor.name] = tensor.shape;  // of others `start` tells
    if (!unit.model.empty()) take_sizes_from_shapes(whole, known);
    result.block = read_block(text.text, known, name, built_in_blocks());
    const Shape target = target_shape(result.block.graph[result.block.output].shape, result.loss);
    require_shape("targets of " + expanded.description, target, expanded.y_shape,
                  "choose sizes with --set, or other data");
    const std::string remedy = "give other data, or a larger vocabulary with --set";
    const bool numbers = !source.shapes_alone();
    if (numbers && result.block.input_tokens > 0)
      require_integers("inputs of " + expanded.description, *expanded.x, result.block.input_tokens, remedy);
    if (numbers && result.loss == Loss::label_cross_entropy)
      require_integers("labels of " + expanded.description, *expanded.y,
                       result.block.graph[result.block.output].shape.back(), remedy);
    result.data = expanded.description;
    result.samples = {expanded.x, expanded.y};
    if (const data::Samples* evaluation = source.evaluation(input_axes)) {
      data::Samples other = as_targets(*evaluation);
      require_shape("inputs of " + other.description, known.shapes[before.input.name], other.x_shape,
                    "give data of the same kind");
      require_shape("targets of " + other.description, target, other.y_shape, "give data of the same kind");
      result.data += "; evaluated on " + other.description;
      result.evaluation = {other.x, other.y};
    }
  }
  return result;
}

}  // namespace

Problem outline_problem(const Configuration& configuration, const Unit& unit, DataSource& source) {
  return outline_with(configuration, unit, source, nullptr);
}

Problem build_problem(const Configuration& configuration, const Unit& unit, DataSource& source) {
  std::optional<GivenTensors> given = given_tensors(configuration, source);
  Problem result = outline_with(configuration, unit, source, given ? &*given : nullptr);
  require_memory(configuration, unit, result.block);
  result.start = given ? given->start(result.block)
                       : random_start(result.block, configuration.start_scale, unit.start_seed, "start");
  given.reset();
  result.plans = plan_cost(result.block, result.loss);
  for (const Law& law : result.block.laws) {
    try {
      result.forms.push_back(law_form(result.block, law));
    } catch (const InputError&) {  // of a degree above 2, or no polynomial
      result.general.push_back(law);
    }
  }

  if (configuration.balanced) balance(result.forms, result.start);

  if (configuration.experiment == Experiment::train) {
    result.time = 0.0;
  } else if (configuration.time) {
    result.time = *configuration.time;
  } else if (const data::Problem* file = source.problem(); file && file->time) {
    result.time = *file->time;
  } else {
    throw InputError("time: neither --time nor the problem file says how long to train; give --time T");
  }
  return result;
}

}  // namespace invar
