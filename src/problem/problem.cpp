#include "problem/problem.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "data/sampling.h"
#include "data/weight_file.h"
#include "error.h"
#include "models/readout.h"
#include "problem/balance.h"
#include "problem/block_library.h"
#include "problem/chosen_models.h"
#include "problem/given_tensors.h"
#include "problem/program.h"
#include "problem/sizes.h"
#include "problem/teacher.h"
#include "problem/unit_text.h"
#include "tensor/outline.h"

namespace invar {
namespace {

std::vector<std::string> tensor_names(const BlockOutline& block) {
  std::vector<std::string> names;
  for (const auto* tensors : {&block.parameters, &block.constants})
    for (const BlockOutline::Tensor& tensor : *tensors) names.push_back(tensor.name);
  return names;
}

void require_shape(const std::string& what, const Shape& block, const Shape& data, const std::string& remedy) {
  if (block != data)
    throw InputError(what + ": the block gives " + shape_text(block) + " for a sample, the data have " +
                     shape_text(data) + "; " + remedy);
}

void require_classes(const BlockOutline::Tensor& output) {
  if (output.axes.empty())
    throw InputError(output.at + ": the output '" + output.name +
                     "' is a single number, and cross-entropy takes classes, or features to read them out of: give " +
                     "it an axis, as in " + output.name + "[m], or use --loss squared with numbers as targets");
}

int lines_of(const std::string& text) {
  return static_cast<int>(std::ranges::count(text, '\n')) + (text.empty() || text.back() == '\n' ? 0 : 1);
}

/// One number a sample is the same with an axis of length 1 and without.
void fit_number(Shape& shape, std::size_t axes) {
  if (shape.empty() && axes == 1) shape = {1};
  if (shape == Shape{1} && axes == 0) shape.clear();
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
  const bool lean = unit.precision == Configuration::Precision::in_float &&
                    configuration.budget != Configuration::Budget::exact;  // its budget keeps no vectors
  const double copies = lean ? configuration.program->lean_copies : configuration.program->copies;
  return copies * sizeof(double) * static_cast<double>(block.parameters.size());
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

/// All but the start and what follows from it. `given`: null where constants are drawn.
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
  const bool says_itself = text.logits || before.output.name == "readout.logits";
  const bool reads_out = result.loss == Loss::cross_entropy && !says_itself;
  TextSource named(name);
  if (result.loss == Loss::cross_entropy) {
    if (reads_out) {
      require_classes(before.output);
      named = {name, lines_of(text.text), "the linear read-out that cross-entropy adds"};
    }
    if (reads_out || text.logits) text = with_readout(text);
    const BlockOutline logits = outline(text.text, named, built_in_blocks());
    require_classes(logits.output);
    text.output_indices = logits.output.axes;
    if (says_itself && logits.output.axes.size() > 1) result.loss = Loss::label_cross_entropy;
  }
  result.text = text.text;
  const BlockOutline whole = outline(text.text, named, built_in_blocks());
  const std::vector<std::string> names = tensor_names(whole);
  const std::vector<std::string> adopted = given && !file ? given->adopt(names) : std::vector<std::string>{};
  if (reads_out && samples && !samples->y_shape.empty())
    throw InputError("loss: the labels have the shape " + shape_text(samples->y_shape) +
                     " for a sample, and the read-out " +
                     "takes the mean over positions, so one label a sample; give such labels, or --loss squared with " +
                     "numbers as targets");
  if (teacher) {
    if (given) take_sizes_from_weights(whole, given->tensors(), known);
    if (reads_out && !known.extents.contains(text.output_indices[0]))
      throw InputError(
          "loss: cross-entropy adds a linear read-out, and nothing says how many classes the teacher has; "
          "give their number, for example --set " +
          text.output_indices[0] + "=10");
    result.block = read_block(text.text, known, named, built_in_blocks());
    require_memory(configuration, unit, result.block);
    make_teacher(result, configuration);
  } else {
    const auto as_targets = [&](const data::Samples& taken) {
      data::Samples fitted = result.loss == Loss::label_cross_entropy ? taken : data::one_hot(taken);
      fit_number(fitted.x_shape, before.input.axes.size());
      if (result.loss == Loss::squared) fit_number(fitted.y_shape, text.output_indices.size());
      return fitted;
    };
    data::Samples expanded = as_targets(*samples);
    if (samples->vocabulary > 0 && !text.output_indices.empty() && !before.sizes.contains(text.output_indices.back()))
      known.extents.try_emplace(text.output_indices.back(), samples->vocabulary);
    known.shapes[before.input.name] = expanded.x_shape;
    if (expanded.y_shape.size() == text.output_indices.size())
      for (std::size_t axis = 0; axis < text.output_indices.size(); ++axis)
        if (text.output_indices[axis].size() == 1 && !known.extents.contains(text.output_indices[axis]) &&
            !before.sizes.contains(text.output_indices[axis]))  // where the text says another, the shapes disagree
          known.extents[text.output_indices[axis]] = expanded.y_shape[axis];
    if (file && given)
      for (const data::WeightTensor& tensor : given->tensors())
        if (std::ranges::find(names, tensor.name) != names.end())
          known.shapes[tensor.name] = tensor.shape;  // of others `start` tells
    if (!file && given) take_sizes_from_weights(whole, given->tensors(), known);
    if (!unit.model.empty()) take_sizes_from_shapes(whole, known);
    result.block = read_block(text.text, known, named, built_in_blocks());
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
  result.block.warnings.insert(result.block.warnings.end(), adopted.begin(), adopted.end());
  result.axes = whole.axes();
  return result;
}

}  // namespace

std::vector<std::string> Problem::axes_of(const std::string& tensor) const {
  const auto found = axes.find(tensor);
  return found == axes.end() ? std::vector<std::string>{} : found->second;
}

Problem outline_problem(const Configuration& configuration, const Unit& unit, DataSource& source) {
  std::optional<GivenTensors> given = given_tensors(configuration, source);
  return outline_with(configuration, unit, source, given ? &*given : nullptr);
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

  if (configuration.time)
    result.time = *configuration.time;
  else if (const data::Problem* file = source.problem())
    result.time = file->time;
  return result;
}

double required_time(const Problem& problem) {
  if (problem.time) return *problem.time;
  throw InputError("time: neither --time nor the problem file says how long to train; give --time T");
}

}  // namespace invar
