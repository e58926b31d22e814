// Samples of a data set as kernels read them. Copies share the data.
#pragma once

#include <utility>

#include "backend/packed_samples.h"
#include "data/rows.h"

namespace invar {

struct LoadedSamples final : SampleSource {
  LoadedSamples() = default;
  LoadedSamples(data::SharedRows inputs, data::SharedRows targets)
      : SampleSource(inputs->count(), inputs->elements(), targets->elements()),
        input(std::move(inputs)),
        target(std::move(targets)) {}

  void read_input(Index sample, double* row) const override { input->read(sample, row); }
  void read_target(Index sample, double* row) const override { target->read(sample, row); }

  data::SharedRows input, target;  // null without samples
};

}  // namespace invar
