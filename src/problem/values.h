// The values that a key can have beyond numbers, texts and choices: step sizes, schedules, patches, settings of models.
// `text()` gives what reads back as the same value.
#pragma once

#include <string>
#include <string_view>

#include "data/images.h"
#include "integrators/schedule.h"
#include "settings/texts.h"

namespace invar {

/// τ: a number, or a number divided by the sharpness (the largest eigenvalue of ∇²C) at the start: "0.5/sharpness".
struct StepSize {
  double value = 0.0;
  bool relative = false;
  std::string text() const;
};

using data::Patch;

/// "heads=4", for all models that have the option, or "attention.heads=4", for one (it beats the general one).
struct Setting {
  std::string model;  // "" for all
  std::string name;
  std::string value;
  std::string text() const;
};

template <>
struct ValueText<StepSize> {
  static StepSize read(std::string_view text);
  static std::string toml(const StepSize& value);
};

template <>
struct ValueText<ScheduleRule> {
  static ScheduleRule read(std::string_view text);
  static std::string toml(const ScheduleRule& value);
};

/// "7", "1x7"; "0": none.
template <>
struct ValueText<Patch> {
  static Patch read(std::string_view text);
  static std::string toml(const Patch& value);
};

template <>
struct ValueText<Setting> {
  static Setting read(std::string_view text);
  static std::string toml(const Setting& value);
};

}  // namespace invar
