// Texts to values and back: see values.h.
#include "problem/values.h"

#include <cmath>

#include "error.h"
#include "settings/decimal.h"

namespace invar {

std::string StepSize::text() const {
  return exact_text(value) + (relative ? "/sharpness" : "");
}

std::string Setting::text() const {
  return (model.empty() ? name : model + "." + name) + "=" + value;
}

StepSize ValueText<StepSize>::read(std::string_view text) {
  StepSize size;
  std::string_view factor = text;
  if (text.ends_with("/sharpness")) {
    size.relative = true;
    factor.remove_suffix(std::string_view("/sharpness").size());
  }
  const auto value = finite_number(factor);
  if (!value) throw InputError("is no step size; write a number such as 0.1, or 0.5/sharpness");
  if (*value <= 0.0) throw InputError("is not above 0; a step size is positive, for example 0.1");
  size.value = *value;
  return size;
}

ScheduleRule ValueText<ScheduleRule>::read(std::string_view text) {
  try {
    return parse_schedule(text);
  } catch (const InputError&) {  // its message names the value, as ours will
    throw InputError("is no schedule; write constant, power:0.6 or linear:0.001, with a number that is not negative");
  }
}

Patch ValueText<Patch>::read(std::string_view text) {
  const auto side = [](std::string_view part) {
    const auto value = finite_number(part);
    if (!value || *value != std::floor(*value) || *value < 0.0 || *value > 1e6)
      throw InputError("is no patch; write its side, for example 7, or rows x columns, 1x7");
    return static_cast<std::int64_t>(*value);
  };
  const auto cross = text.find('x');
  if (cross == std::string_view::npos) return side(text);
  const Patch patch(side(text.substr(0, cross)), side(text.substr(cross + 1)));
  if (patch.rows < 1 || patch.columns < 1)
    throw InputError("has a side of 0; write for example 1x7, or 0 for no patches");
  return patch;
}

Setting ValueText<Setting>::read(std::string_view text) {
  Setting setting;
  const auto equals = text.find('=');
  std::string_view name = text.substr(0, equals);
  if (equals != std::string_view::npos) setting.value = text.substr(equals + 1);
  if (const auto dot = name.find('.'); dot != std::string_view::npos) {
    setting.model = name.substr(0, dot);
    name.remove_prefix(dot + 1);
    if (setting.model.empty()) name = {};
  }
  setting.name = name;
  if (setting.name.empty() || setting.value.empty()) {
    throw InputError(
        "is no setting; write OPTION=VALUE or MODEL.OPTION=VALUE, for example heads=4 or attention.heads=4");
  }
  return setting;
}

std::string ValueText<StepSize>::toml(const StepSize& value) {
  return value.relative ? toml_quoted(value.text()) : value.text();
}

std::string ValueText<ScheduleRule>::toml(const ScheduleRule& value) {
  return toml_quoted(to_string(value));
}

std::string ValueText<Patch>::toml(const Patch& value) {
  return value.rows == value.columns ? data::patch_text(value) : toml_quoted(data::patch_text(value));
}

std::string ValueText<Setting>::toml(const Setting& value) {
  return toml_quoted(value.text());
}

}  // namespace invar
