// How a key's text becomes a field and the field TOML: both follow from the field's type. For tables of keys.
#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "error.h"
#include "settings/key.h"
#include "settings/nearest.h"
#include "settings/texts.h"
#include "unicode.h"

namespace invar {

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

inline std::size_t choice(const KeyText& key, std::string_view text) {
  const std::vector<std::string> names = split_words(key.choices);
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) {
    throw InputError("is no value of " + std::string(key.name) + "; " + did_you_mean(text, names));
  }
  return static_cast<std::size_t>(found - names.begin());
}

/// One text as values of a type: several for a range of integers.
template <class T>
std::vector<T> values_of(const KeyText& key, std::string_view text) {
  if constexpr (std::same_as<T, bool>) {
    if (text != "true" && text != "false") throw InputError("is neither true nor false");
    return {text == "true"};
  } else if constexpr (Number<T>) {
    std::vector<T> values;
    if constexpr (std::same_as<T, double>)
      values = {key.infinite && (text == "inf" || text == "+inf") ? std::numeric_limits<double>::infinity()
                                                                  : read_number(text)};
    else if (key.list)
      values = read_integers(text);
    else
      values = {read_integer(text)};
    for (const T value : values) {
      check_bound(static_cast<double>(value), key.bound);
      if (std::same_as<T, std::int64_t> && key.most > 0 && value > static_cast<T>(key.most))
        throw InputError("is more than " + std::to_string(key.most) + ", which no job gets through; give fewer");
    }
    return values;
  } else if constexpr (std::is_enum_v<T>) {
    return {static_cast<T>(key.first_choice + choice(key, text))};
  } else if constexpr (std::same_as<T, std::string>) {
    if (text.empty()) throw InputError("is an empty text; give a value");
    if (!is_utf8(text))
      throw InputError("is no UTF-8, and a results file holds its configuration in it; rename the file or folder");
    if (!key.choices.empty()) choice(key, text);
    return {std::string(text)};
  } else {
    return {ValueText<T>::read(text)};
  }
}

template <class T>
std::string toml_value(const KeyText& key, const T& value) {
  if constexpr (std::same_as<T, bool>)
    return value ? "true" : "false";
  else if constexpr (std::same_as<T, double>)
    return exact_text(value);
  else if constexpr (std::same_as<T, std::int64_t>)
    return std::to_string(value);
  else if constexpr (std::is_enum_v<T>)
    return toml_quoted(split_words(key.choices)[static_cast<std::size_t>(value) - key.first_choice]);
  else if constexpr (std::same_as<T, std::string>)
    return toml_quoted(value);
  else
    return ValueText<T>::toml(value);
}

/// Reads one text into a field: sets it, or appends to a list. Throws InputError with the reason and the remedy.
template <class T>
void read_field(T& field, const KeyText& key, std::string_view text) {
  for (auto&& value : values_of<typename Element<T>::type>(key, text)) {
    if constexpr (Element<T>::list) {
      const auto same = [&, text_of_value = toml_value(key, value)](const auto& old) {
        return toml_value(key, old) == text_of_value;
      };
      if (!key.repeats && std::any_of(field.begin(), field.end(), same)) {
        throw InputError("stands twice; give each value once");
      }
      field.push_back(value);
    } else {
      field = value;
    }
  }
}

/// A field as TOML: one text for each value; none where it has none.
template <class T>
std::vector<std::string> show_field(const T& field, const KeyText& key) {
  std::vector<std::string> texts;
  if constexpr (Element<T>::list) {
    for (const auto& value : field) texts.push_back(toml_value(key, value));
  } else if constexpr (std::same_as<T, std::optional<typename Element<T>::type>>) {
    if (field) texts.push_back(toml_value(key, *field));
  } else if constexpr (std::same_as<T, std::string>) {
    if (!field.empty()) texts.push_back(toml_value(key, field));
  } else {
    texts.push_back(toml_value(key, field));
  }
  return texts;
}

}  // namespace invar
