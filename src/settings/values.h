// The values that an option can have beyond numbers and names, and how a text becomes one: step sizes, schedules,
// patches, settings, ranges of integers. A reader throws InputError with the reason and the remedy; who calls it adds
// the value and the place. `text()` gives what reads back as the same value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/images.h"
#include "integrators/schedule.h"

namespace invar {

/// τ: a number, or a number divided by the sharpness (the largest eigenvalue of ∇²C) at the start: "0.5/sharpness".
struct StepSize {
  double value = 0.0;
  bool relative = false;
  std::string text() const;
};

/// A step size whose limit of stability, a sharpness of 2/τ, ends a run; or the run's own: "own".
struct StabilityLimit {
  bool own = false;
  StepSize step_size;
  std::string text() const { return own ? "own" : step_size.text(); }
};

using data::Patch;

/// "heads=4", for all models that have the option, or "attention.heads=4", for one (it beats the general one).
struct Setting {
  std::string model;  // "" for all
  std::string name;
  std::string value;
  std::string text() const;
};

StepSize read_step_size(std::string_view text);
StabilityLimit read_stability_limit(std::string_view text);
ScheduleRule read_schedule(std::string_view text);
Patch read_patch(std::string_view text);  // "7", "1x7"; "0": none
Setting read_setting(std::string_view text);
double read_number(std::string_view text);
/// Of 64 bits, exactly; "1e6" is one too.
std::int64_t read_integer(std::string_view text);
std::vector<std::int64_t> read_integers(std::string_view text);  // "4", or a range with both ends: "1..3"

/// The shortest text that reads back as the same number.
std::string exact_text(double value);

/// The words of a text, separated by spaces.
std::vector<std::string> split_words(std::string_view text);

}  // namespace invar
