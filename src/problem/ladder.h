// The ladder: a configuration as units of work and their runs, in a fixed order, so that a run's number means the same
// on every machine. A unit is one model with one start (and one number format): its flows come first, the tightest
// tolerance before all, for it is the reference of all GD and SGD runs behind it. rtol and atol go in pairs; all else
// crosses.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/model.h"
#include "problem/configuration.h"
#include "problem/values.h"

namespace invar {

inline constexpr std::int64_t kNoSeed = -1;
inline constexpr std::int64_t kDefaultBatch = 0;  // what the number of samples allows

struct LadderRun {
  std::int64_t number = 0;  // over all units, from 0: /runs/NNNN
  Configuration::Method method = Configuration::Method::flow;
  // flow
  std::string integrator;
  double rtol = 0.0;
  double atol = 0.0;
  // gd, sgd
  StepSize step_size;
  ScheduleRule schedule;
  // sgd
  std::int64_t batch = 0;
  std::int64_t sampling_seed = kNoSeed;

  /// "flow dopri5 1e-8", "sgd 0.1 power:0.6 batch 32 seed 2": for the progress line and messages.
  std::string text() const;
};

struct Unit {
  std::string model;                          // a name in the registry, or "" for a block or the text of a problem
  ModelOptions options;                       // settings that the model knows; of a block: its sizes
  std::map<std::string, std::int64_t> sizes;  // extents of index letters
  Configuration::Precision precision = Configuration::Precision::in_double;
  std::int64_t start_seed = kNoSeed;  // kNoSeed: the problem file holds the start
  std::vector<LadderRun> runs;
  std::size_t flows = 0;  // runs[0 … flows) are flows; runs[0] is the reference if there is one

  /// The model's name, or the file name of the block.
  std::string label;
};

struct Tolerances {
  double rtol = 0.0, atol = 0.0;
};
/// The configuration's pairs, tightest first.
std::vector<Tolerances> tolerances(const Configuration& configuration);

std::vector<Unit> ladder(const Configuration& configuration);

/// Runs of all units.
std::int64_t run_count(const std::vector<Unit>& units);

}  // namespace invar
