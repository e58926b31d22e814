#include "problem/data_source.h"

#include "data/described.h"
#include "data/known_sets.h"
#include "data/source.h"
#include "error.h"
#include "problem/program.h"

namespace invar {
namespace {

/// A path, or fashion-mnist: what a set's name stands for.
std::string place_of(const Configuration& configuration, const std::string& name) {
  const data::KnownSet* set = configuration.program->takes_known_sets ? data::find_set(name) : nullptr;
  return set ? data::find_part(*set, set->train, configuration.data_folder).string() : name;
}

/// "" where there is none.
std::string evaluation_place(const Configuration& configuration) {
  if (!configuration.eval_data.empty()) return place_of(configuration, configuration.eval_data);
  const data::KnownSet* set = data::find_set(configuration.data);
  if (!set || set->evaluation.empty()) return "";
  return data::find_part(*set, set->evaluation, configuration.data_folder).string();
}

/// Tables are taken as they are: one whose samples have another number of axes than the block's input does not fit.
void expect_axes(const data::Samples& samples, std::size_t axes, const std::string& file) {
  const std::size_t has = samples.x_shape.size();
  if (has == axes) return;
  const auto count = [](std::size_t n) { return std::to_string(n) + (n == 1 ? " axis" : " axes"); };
  throw InputError(file + ": a sample of /data/x has " + count(has) + ", " + data::shape_text(samples.x_shape) +
                   ", and the block's input has " + count(axes) + "; " +
                   (axes == 1 && has == 0 ? "give x [samples, 1] (h5py: x[()][:, None])"
                    : axes == 1           ? "give x [samples, " + std::to_string(data::elements(samples.x_shape)) +
                                      "] (h5py: x[()].reshape(len(x), -1)), or 8-bit images as /images and /labels"
                                : "give x with the samples and as many axes as the block names"));
}

}  // namespace

const data::Problem* DataSource::problem() {
  if (configuration_.problem.empty()) return nullptr;
  if (!problem_) problem_ = data::load_problem(configuration_.problem, configuration_.samples.value_or(0));
  return &*problem_;
}

data::Samples DataSource::load(const std::string& path, const data::SampleCount& count, bool tokens,
                               const std::optional<data::PixelScale>& scale) {
  if (data::is_text(path)) {
    if (!configuration_.program->takes_known_sets)
      throw InputError("data: '" + path + "' is a text, which only train takes; give images, or train --data " + path);
    return data::load_text(path, text_options(count), vocabulary_);
  }
  const bool table = data::is_table(path);
  data::ImageOptions options;  // tables hold what is to be taken as it is
  if (!table) options = image_options(count, tokens);
  options.samples = count;
  options.scale = scale;
  return data::load(path, options);
}

data::ImageOptions DataSource::image_options(const data::SampleCount& count, bool tokens) const {
  data::ImageOptions options;
  options.samples = count;
  options.pool = configuration_.pool;
  if (tokens) options.patch = configuration_.patch;
  if (tokens && options.patch.none())
    throw InputError(
        "patch: the block takes tokens, x[t d], and --patch 0 makes none; give a patch, for example --patch 1x7");
  options.standardise = !shapes_alone_;
  return options;
}

std::optional<data::Samples> DataSource::describe(const std::string& name, bool evaluation,
                                                  const data::SampleCount& count, bool tokens) const {
  const data::KnownSet* set = shapes_alone_ ? data::find_set(name) : nullptr;
  if (!set || data::is_there(evaluation ? set->evaluation : set->train, configuration_.data_folder)) return {};
  const bool images = set->images.train > 0;
  return data::described(*set, evaluation, images ? image_options(count, tokens) : data::ImageOptions{},
                         text_options(count));
}

const data::Samples& DataSource::samples(std::size_t input_axes) {
  if (const data::Problem* file = problem()) {
    expect_axes(file->samples, input_axes, configuration_.problem);
    return file->samples;
  }
  const bool tokens = input_axes > 1;
  const data::Samples& loaded = load_once(tokens);
  if (data::is_table(configuration_.data)) expect_axes(loaded, input_axes, configuration_.data);
  return loaded;
}

const data::Samples& DataSource::load_once(bool tokens) {
  const auto found = loaded_.find(tokens);
  if (found != loaded_.end()) return found->second;
  const data::SampleCount count =
      configuration_.samples ? data::SampleCount(*configuration_.samples) : data::SampleCount(kUsualSamples, true);
  if (auto described = describe(configuration_.data, false, count, tokens))
    return loaded_.emplace(tokens, std::move(*described)).first->second;
  return loaded_.emplace(tokens, load(place_of(configuration_, configuration_.data), count, tokens, {})).first->second;
}

const data::Samples* DataSource::evaluation(std::size_t input_axes) {
  if (!configuration_.program->takes_known_sets) return nullptr;
  const bool tokens = input_axes > 1;
  const auto found = evaluation_.find(tokens);
  if (found != evaluation_.end()) return &found->second;
  const bool own = configuration_.eval_data.empty();
  const data::SampleCount count("eval-samples", configuration_.eval_samples);
  if (auto described = describe(own ? configuration_.data : configuration_.eval_data, own, count, tokens))
    return &evaluation_.emplace(tokens, std::move(*described)).first->second;
  const std::string place = evaluation_place(configuration_);
  if (place.empty()) return nullptr;
  const std::optional<data::PixelScale> scale = samples(input_axes).scale;
  return &evaluation_.emplace(tokens, load(place, count, tokens, scale)).first->second;
}

}  // namespace invar
