// The data of a configuration, loaded once.
#pragma once

#include <map>
#include <optional>

#include "data/samples.h"
#include "data/tables.h"
#include "data/text.h"
#include "experiments/configuration.h"

namespace invar {

class DataSource {
 public:
  explicit DataSource(const Configuration& configuration) : configuration_(configuration) {}

  /// Samples for a block whose input has this many axes: images as one vector a sample, or as tokens; a text as it is.
  /// Throws InputError.
  const data::Samples& samples(std::size_t input_axes);
  /// Those of the evaluation loss, standardised as the samples are and read by their vocabulary. Null where there are
  /// none.
  const data::Samples* evaluation(std::size_t input_axes);
  /// Null without --problem.
  const data::Problem* problem();

 private:
  data::Samples load(const std::string& path, const data::SampleCount& count, bool tokens,
                     const std::optional<data::PixelScale>& scale);

  const Configuration& configuration_;
  data::Vocabulary vocabulary_;
  std::map<bool, data::Samples> loaded_, evaluation_;  // by "as tokens"
  std::optional<data::Problem> problem_;
};

}  // namespace invar
