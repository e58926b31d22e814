// The parameters of one run out of a results file (schema 2), which has those of all runs of a model side by side.
#pragma once

#include <optional>
#include <string>

#include "data/named_tensor.h"
#include "hdf5/file.h"

namespace invar::data {

/// "/runs/0003/end" or "/runs/0003/start" of a results file: run 3, whatever group it is in, with its frozen tensors.
/// None where the file has another schema. InputError: there is no such run or set, or the run has no end.
std::optional<WeightFile> load_run_weights(const hdf5::File& file, const std::string& group);

/// InputError with the remedy where the group is one that has the parameters of several runs.
void expect_one_run(const hdf5::File& file, const std::string& group);

/// InputError where a run with this status has no weights at its end: of one that diverged they are a row before, of
/// one at work any mixture of rows. `start` names the group to be given instead.
void expect_ended(const hdf5::Place& place, const std::string& status, const std::string& start);

}  // namespace invar::data
