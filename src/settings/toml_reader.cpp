// A TOML table as a layer of settings. Every scalar becomes the text that the command line would give; the keys' own
// readers do the rest. toml++ names the place of each value.
#include <toml++/toml.h>

#include <optional>

#include "settings/layer.h"

namespace invar {
namespace {

/// Of a node or a key.
std::string place_of(const auto& item, const std::string& source) {
  const auto& begin = item.source().begin;
  return source + ":" + std::to_string(begin.line) + ":" + std::to_string(begin.column);
}

/// Where a place, whose columns count code points, is in the text.
std::size_t offset_of(std::string_view text, const toml::source_position& place) {
  std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // a mark of UTF-8 is no column
  for (toml::source_index line = 1; line < place.line; ++line) at = text.find('\n', at) + 1;
  for (toml::source_index column = 1; column < place.column && at < text.size(); ++column) do
      ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

/// A number as it is written, for it may have more figures than a double; without underscores.
std::string literal(const toml::node& node, std::string_view text) {
  const std::size_t begin = offset_of(text, node.source().begin), end = offset_of(text, node.source().end);
  std::string figures(text.substr(begin, end - begin));
  std::erase(figures, '_');
  return figures;
}

/// A scalar's text, or nullopt for what no key takes (tables, dates, nested arrays).
std::optional<std::string> scalar_text(const toml::node& node, std::string_view source) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (node.is_floating_point()) return literal(node, source);
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  return std::nullopt;
}

}  // namespace

Settings read_toml(std::string_view text, const std::string& source, std::vector<std::string>& problems,
                   const KeyTable& keys) {
  Settings settings;
  toml::table table;
  try {
    table = toml::parse(text, source);
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    problems.push_back(source + ":" + std::to_string(begin.line) + ":" + std::to_string(begin.column) + ": no TOML: " +
                       std::string(error.description()) + "; write KEY = VALUE, texts in quotes, lists in [ ]");
    return settings;
  }
  for (const auto& [toml_key, node] : table) {
    const std::string name(toml_key.str());
    const std::string place = place_of(node, source);
    if (keys.find(name) == nullptr) {
      problems.push_back(place_of(toml_key, source) + ": '" + name + "' is no key; " + keys.remedy(name, ""));
      continue;
    }
    auto& values = settings[name];
    const auto add = [&](const toml::node& item) {
      const std::string here = place_of(item, source) + ": " + name;
      if (const auto scalar = scalar_text(item, text))
        values.push_back({*scalar, here});
      else
        problems.push_back(here + ": a value is a text, a number or true/false; write " + name +
                           " = VALUE, or a list [ ] of values");
    };
    if (const toml::array* array = node.as_array()) {
      for (const toml::node& item : *array) add(item);
      if (array->empty())
        problems.push_back(place + ": " + name + ": the list '[]' is empty; give a value, or leave the key out");
    } else {
      add(node);
    }
  }
  return settings;
}

}  // namespace invar
