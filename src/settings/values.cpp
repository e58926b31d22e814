// Texts to values and back: see values.h.
#include "settings/values.h"

#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <sstream>

#include "error.h"
#include "models/decimal.h"

namespace invar {

std::string exact_text(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), end);
  // "1e-06" is what to_chars writes; people write 1e-6
  if (const auto sign = text.find('e'); sign != std::string::npos && text[sign + 2] == '0') text.erase(sign + 2, 1);
  return text;
}

std::string StepSize::text() const {
  return exact_text(value) + (relative ? "/sharpness" : "");
}

std::string Setting::text() const {
  return (model.empty() ? name : model + "." + name) + "=" + value;
}

double read_number(std::string_view text) {
  const auto value = finite_number(text);
  if (!value) throw InputError("is no finite number; write for example 0.5 or 1e-6");
  return *value;
}

std::int64_t read_integer(std::string_view text) {
  const std::string digits = integer_digits(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty()) throw InputError("is no integer; write for example 32 or 1e6");
  if (error == std::errc::result_out_of_range)
    throw InputError("is beyond the integers of 64 bits; write one of at most 2^63 - 1 = 9223372036854775807");
  return value;
}

std::vector<std::int64_t> read_integers(std::string_view text) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) return {read_integer(text)};
  const std::int64_t first = read_integer(text.substr(0, dots));
  const std::int64_t last = read_integer(text.substr(dots + 2));
  if (last < first) throw InputError("is an empty range; write the smaller end first, as in 1..3");
  const std::uint64_t steps = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
  if (steps >= 10000) throw InputError("is a range of more than 10000 values; give a shorter one");
  std::vector<std::int64_t> values(steps + 1);
  std::iota(values.begin(), values.end(), first);
  return values;
}

StepSize read_step_size(std::string_view text) {
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

StabilityLimit read_stability_limit(std::string_view text) {
  if (text == "own") return {.own = true, .step_size = {}};
  try {
    return {.own = false, .step_size = read_step_size(text)};
  } catch (const InputError&) {
    throw InputError("is no step size; write a number such as 0.1, or 0.5/sharpness, or own");
  }
}

ScheduleRule read_schedule(std::string_view text) {
  try {
    return parse_schedule(text);
  } catch (const InputError&) {  // its message names the value, as ours will
    throw InputError("is no schedule; write constant, power:0.6 or linear:0.001, with a number that is not negative");
  }
}

Patch read_patch(std::string_view text) {
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

Setting read_setting(std::string_view text) {
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

std::vector<std::string> split_words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> list;
  for (std::string word; stream >> word;) list.push_back(word);
  return list;
}

}  // namespace invar
