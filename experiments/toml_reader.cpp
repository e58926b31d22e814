// A TOML table as a layer of settings. Every scalar becomes the text that the command line would give; the keys' own
// readers do the rest. toml++ names the place of each value.
#include <toml++/toml.h>

#include "experiments/configuration.h"
#include "experiments/keys.h"

namespace invar {
namespace {

/// Of a node or a key.
std::string place_of(const auto& item, const std::string& source) {
  const auto& begin = item.source().begin;
  return source + ":" + std::to_string(begin.line) + ":" + std::to_string(begin.column);
}

/// A scalar's text, or nullopt for what no key takes (tables, dates, nested arrays).
std::optional<std::string> scalar_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (const auto* number = node.as_floating_point()) return exact_text(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  return std::nullopt;
}

}  // namespace

Settings read_toml(std::string_view text, const std::string& source, std::vector<std::string>& problems,
                   Experiment experiment) {
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
    if (find_key(name, experiment) == nullptr) {
      problems.push_back(place_of(toml_key, source) + ": '" + name + "' is no key; " +
                         key_remedy(name, "", experiment));
      continue;
    }
    auto& values = settings[name];
    const auto add = [&](const toml::node& item) {
      const std::string here = place_of(item, source) + ": " + name;
      if (const auto scalar = scalar_text(item))
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
