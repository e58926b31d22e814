// How the text of a key becomes its field in Configuration and the field TOML text: both follow from the field's type.
// For tables of keys.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdio>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "error.h"
#include "models/nearest.h"
#include "problem/keys.h"
#include "unicode.h"

namespace invar {

/// A text as a TOML string.
inline std::string toml_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04X", static_cast<unsigned>(static_cast<unsigned char>(c)));
      quoted += code;
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

template <class T>
concept Number = std::same_as<T, double> || std::same_as<T, std::int64_t>;

template <class T>
struct Element {
  using type = T;
  static constexpr bool list = false;
};
template <class T>
struct Element<std::vector<T>> {
  using type = T;
  static constexpr bool list = true;
};
template <class T>
struct Element<std::optional<T>> {
  using type = T;
  static constexpr bool list = false;
};

inline void check_bound(double value, Bound bound) {
  if (bound == Bound::above_zero && !(value > 0.0)) throw InputError("is not above 0");
  if (bound == Bound::zero_or_more && value < 0.0) throw InputError("is below 0");
  if (bound == Bound::one_or_more && value < 1.0) throw InputError("is below 1");
}

inline std::size_t choice(const Key& key, std::string_view text) {
  const std::vector<std::string> names = split_words(key.traits.choices);
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) {
    throw InputError("is no value of " + std::string(key.name) + "; " + did_you_mean(text, names));
  }
  return static_cast<std::size_t>(found - names.begin());
}

/// One text as values of a type: several for a range of integers.
template <class T>
std::vector<T> values_of(const Key& key, std::string_view text) {
  if constexpr (std::same_as<T, bool>) {
    if (text != "true" && text != "false") throw InputError("is neither true nor false");
    return {text == "true"};
  } else if constexpr (Number<T>) {
    std::vector<T> values;
    if constexpr (std::same_as<T, double>)
      values = {read_number(text)};
    else if (key.list)
      values = read_integers(text);
    else
      values = {read_integer(text)};
    for (const T value : values) {
      check_bound(static_cast<double>(value), key.traits.bound);
      if (std::same_as<T, std::int64_t> && key.traits.most > 0 && value > static_cast<T>(key.traits.most))
        throw InputError("is more than " + std::to_string(key.traits.most) + ", which no job gets through; give fewer");
    }
    return values;
  } else if constexpr (std::is_enum_v<T>) {
    return {static_cast<T>(key.traits.first_choice + choice(key, text))};
  } else if constexpr (std::same_as<T, StepSize>) {
    return {read_step_size(text)};
  } else if constexpr (std::same_as<T, StabilityLimit>) {
    return {read_stability_limit(text)};
  } else if constexpr (std::same_as<T, ScheduleRule>) {
    return {read_schedule(text)};
  } else if constexpr (std::same_as<T, Patch>) {
    return {read_patch(text)};
  } else if constexpr (std::same_as<T, Setting>) {
    return {read_setting(text)};
  } else {
    static_assert(std::same_as<T, std::string>);
    if (text.empty()) throw InputError("is an empty text; give a value");
    if (!is_utf8(text))
      throw InputError("is no UTF-8, and a results file holds its configuration in it; rename the file or folder");
    if (!key.traits.choices.empty()) choice(key, text);
    return {std::string(text)};
  }
}

template <class T>
std::string toml_value(const Key& key, const T& value) {
  if constexpr (std::same_as<T, bool>)
    return value ? "true" : "false";
  else if constexpr (std::same_as<T, double>)
    return exact_text(value);
  else if constexpr (std::same_as<T, std::int64_t>)
    return std::to_string(value);
  else if constexpr (std::is_enum_v<T>)
    return toml_quoted(split_words(key.traits.choices)[static_cast<std::size_t>(value) - key.traits.first_choice]);
  else if constexpr (std::same_as<T, StepSize>)
    return value.relative ? toml_quoted(value.text()) : value.text();
  else if constexpr (std::same_as<T, ScheduleRule>)
    return toml_quoted(to_string(value));
  else if constexpr (std::same_as<T, Patch>)
    return value.rows == value.columns ? data::patch_text(value) : toml_quoted(data::patch_text(value));
  else if constexpr (std::same_as<T, std::string>)
    return toml_quoted(value);
  else
    return toml_quoted(value.text());
}

template <auto field>
void read_field(Configuration& configuration, const Key& key, std::string_view text) {
  auto& target = configuration.*field;
  using Traits = Element<std::remove_reference_t<decltype(target)>>;
  for (auto&& value : values_of<typename Traits::type>(key, text)) {
    if constexpr (Traits::list) {
      const auto same = [&, text_of_value = toml_value(key, value)](const auto& old) {
        return toml_value(key, old) == text_of_value;
      };
      if (!key.traits.repeats && std::any_of(target.begin(), target.end(), same)) {
        throw InputError("stands twice; give each value once");
      }
      target.push_back(value);
    } else {
      target = value;
    }
  }
}

template <auto field>
std::vector<std::string> show_field(const Configuration& configuration, const Key& key) {
  const auto& source = configuration.*field;
  using Type = std::remove_cvref_t<decltype(source)>;
  std::vector<std::string> texts;
  if constexpr (Element<Type>::list) {
    for (const auto& value : source) texts.push_back(toml_value(key, value));
  } else if constexpr (std::same_as<Type, std::optional<typename Element<Type>::type>>) {
    if (source) texts.push_back(toml_value(key, *source));
  } else if constexpr (std::same_as<Type, std::string>) {
    if (!source.empty()) texts.push_back(toml_value(key, source));
  } else {
    texts.push_back(toml_value(key, source));
  }
  return texts;
}

/// Keys that several programs have, by their names with spaces between them.
inline std::vector<Key> shared_keys(std::string_view names) {
  std::vector<Key> keys;
  for (const std::string& name : split_words(names)) keys.push_back(shared_key(name));
  return keys;
}

/// An entry of a table: a key of this field.
template <auto field>
Key key(std::string_view name, std::string_view fallback, std::string_view argument, std::string_view help,
        KeyTraits traits = {}) {
  constexpr bool list = Element<std::remove_reference_t<decltype(std::declval<Configuration&>().*field)>>::list;
  return {name, fallback, argument, help, traits, list, &read_field<field>, &show_field<field>};
}

/// The keys of how a job is executed. `more`: a program's own, before those of the output.
inline KeyGroup execution_keys(Key max_gradients, Key backend, std::string_view output, std::vector<Key> more = {}) {
  KeyGroup group{"Execution",
                 {std::move(max_gradients), shared_key("max-seconds"), std::move(backend), shared_key("threads")}};
  for (Key& key : more) group.keys.push_back(std::move(key));
  group.keys.push_back(shared_key("output").with_default(output));
  for (Key& key : shared_keys("force quiet strict")) group.keys.push_back(std::move(key));
  return group;
}

}  // namespace invar
