#include "problem/unit_text.h"

#include <algorithm>
#include <map>

#include "error.h"
#include "models/readout.h"
#include "models/registry.h"
#include "problem/block_library.h"
#include "problem/chosen_models.h"
#include "problem/data_source.h"
#include "problem/sizes.h"
#include "settings/text_file.h"
#include "tensor/outline.h"

namespace invar {
namespace {

/// The model with what the data say of its options, where there are data that it takes; those that nobody chose need
/// not be.
ModelText on_data(const Configuration& configuration, const Unit& unit) {
  const ModelText alone = model_text(unit.model, before_data(unit.model, unit.options));
  if (configuration.problem.empty() && configuration.data == "teacher") return model_text(unit.model, unit.options);
  try {
    DataSource source(configuration, true);
    const std::size_t input_axes = outline(alone.text, unit.model, built_in_blocks()).input.axes.size();
    return model_text(unit.model, options_with_data(unit, source.samples(input_axes)));
  } catch (const InputError&) {
    if (configuration.data != "fashion-mnist") throw;  // nobody chose it
    return alone;
  }
}

/// A line with those of the letters that `here` has and `above` has not, and that no line of the text fixes.
std::string sizes_line(const std::map<std::string, std::int64_t>& sizes, const BlockOutline& here,
                       const BlockOutline* above) {
  std::string line;
  for (const auto& [letter, extent] : sizes)
    if (has_letter(here, letter) && !here.sizes.contains(letter) && !(above && has_letter(*above, letter)))
      line += " " + letter + "=" + std::to_string(extent);
  return line.empty() ? "" : "sizes     " + line + "\n";
}

std::string printed(const Configuration& configuration, const Unit& unit) {
  const ModelText model = on_data(configuration, unit);
  std::map<std::string, std::int64_t> given = model_text(unit.model, before_data(unit.model, unit.options)).extents;
  for (const auto& [letter, extent] : unit.sizes) given[letter] = extent;
  const std::string text = with_readout(model).text;
  const BlockOutline above = outline(model.text, unit.model, built_in_blocks()),
                     all = outline(text, unit.model, built_in_blocks());
  const std::size_t header = text.find('\n') + 1;
  return text.substr(0, header) + sizes_line(given, above, nullptr) + text.substr(header) +
         sizes_line(given, all, &above);
}

}  // namespace

ModelText text_of(const Configuration& configuration, const Unit& unit, const ModelOptions& options,
                  const std::string& source) {
  if (!unit.model.empty()) return model_text(unit.model, options);
  const std::string whole = read_text_file(configuration.block);
  (void)outline(whole, source, built_in_blocks());  // the lines for the other loss are checked too
  ModelText result = split_at_loss(whole);
  const BlockOutline found = outline(result.text, source, built_in_blocks());
  result.output = found.output.name;
  result.output_indices = found.output.axes;
  return result;
}

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

std::string block_texts(const Configuration& configuration) {
  if (!configuration.block.empty()) return read_text_file(configuration.block);
  std::string texts;
  for (const std::string& model : configuration.model) {
    Unit unit;
    unit.model = model;
    unit.options = model_options(configuration, model);
    unit.sizes = index_sizes(configuration, model);
    texts += (texts.empty() ? "" : "\n") + printed(configuration, unit);
  }
  return texts;
}

}  // namespace invar
