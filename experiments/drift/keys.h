// The keys that only `drift` has.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "problem/values.h"

namespace invar {

/// A step size whose limit of stability, a sharpness of 2/τ, ends a run; or the run's own: "own".
struct StabilityLimit {
  bool own = false;
  StepSize step_size;
};

template <>
struct ValueText<StabilityLimit> {
  static StabilityLimit read(std::string_view text);
  static std::string toml(const StabilityLimit& value);
};

struct DriftKeys {
  std::int64_t records = 0;
  bool sharpness = false;  // at every row
  // Where a run ends before T; none: nowhere.
  std::optional<double> stop_loss, stop_gradient_norm;
  std::optional<StabilityLimit> stop_sharpness;
};

}  // namespace invar
