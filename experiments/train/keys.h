// The keys that only `train` has.
#pragma once

#include <cstdint>

namespace invar {

struct TrainKeys {
  std::int64_t every = 0;        // steps from one row to the next; 0: so that there are about 100 rows
  std::int64_t evaluations = 0;  // of the loss over the evaluation data, in a run
  std::int64_t probes = 0;       // gradients for the prediction, from one row to the next
};

}  // namespace invar
