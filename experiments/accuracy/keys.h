// The keys that only `accuracy` has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace invar {

struct AccuracyKeys {
  std::vector<std::string> methods;            // names in the registry of integrators
  std::vector<std::string> reference_methods;  // two
  double reference_rtol = 0.0;                 // the absolute one is a hundredth
  std::int64_t repetitions = 1;                // of each timed run
};

}  // namespace invar
