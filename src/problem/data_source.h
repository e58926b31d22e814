// The data of a configuration, loaded once.
#pragma once

#include <map>
#include <optional>

#include "data/images.h"
#include "data/samples.h"
#include "data/tables.h"
#include "data/text.h"
#include "problem/configuration.h"

namespace invar {

class DataSource {
 public:
  /// `shapes_alone`: the samples' numbers are not looked at, and those of known sets that are not there are zeros.
  explicit DataSource(const Configuration& configuration, bool shapes_alone = false)
      : configuration_(configuration), shapes_alone_(shapes_alone) {}

  bool shapes_alone() const { return shapes_alone_; }
  /// Samples for a block whose input has this many axes: images as one vector a sample, or as tokens; a text as it is.
  /// Throws InputError.
  const data::Samples& samples(std::size_t input_axes);
  /// Those of the evaluation loss, standardised as the samples are and read by their vocabulary. Null where there are
  /// none.
  const data::Samples* evaluation(std::size_t input_axes);
  /// Null without --problem.
  const data::Problem* problem();

 private:
  const data::Samples& load_once(bool tokens);
  data::Samples load(const std::string& path, const data::SampleCount& count, bool tokens,
                     const std::optional<data::PixelScale>& scale);
  /// None where the samples are to be loaded.
  std::optional<data::Samples> describe(const std::string& name, bool evaluation, const data::SampleCount& count,
                                        bool tokens) const;
  data::ImageOptions image_options(const data::SampleCount& count, bool tokens) const;
  data::TextOptions text_options(const data::SampleCount& count) const {
    return {configuration_.tokenizer, configuration_.tokens, count};
  }

  const Configuration& configuration_;
  bool shapes_alone_;
  data::Vocabulary vocabulary_;
  std::map<bool, data::Samples> loaded_, evaluation_;  // by "as tokens"
  std::optional<data::Problem> problem_;
};

}  // namespace invar
