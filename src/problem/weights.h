// The files of weights that a training leaves: FOLDER/run0007.safetensors, of parameters and constants by the names of
// the block's tensors, so that they can be a start again.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "integrators/loop.h"
#include "problem/problem.h"
#include "read_log.h"

namespace invar {

/// Makes the folder where it is not there. InputError where no file can be written into it.
void make_weights_folder(const std::string& folder);

/// For a job that begins, of so many runs, and has read these files. InputError where a file is there and may not be
/// replaced, or is one of them.
void expect_weights_replaceable(const Configuration& configuration, std::size_t runs, const ReadLog& read);

/// θ at the end of a run, and the block's constants, which are in float where that holds them exactly.
void save_weights(const std::string& folder, std::int64_t run, const Problem& problem, const std::vector<double>& theta,
                  bool in_double, std::map<std::string, std::string> metadata);
/// Of a run that leaves none: what an earlier job left in its place.
void drop_weights(const std::string& folder, std::int64_t run);

}  // namespace invar
