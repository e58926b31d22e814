// Layers of settings to a configuration, and a configuration to TOML: see configuration.h.
#include "problem/configuration.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "error.h"
#include "problem/checks.h"
#include "problem/program.h"

namespace invar {
namespace {

std::string toml_text(const Configuration& configuration, bool with_execution) {
  std::string text;
  if (!configuration.program) return text;
  for (const KeyGroup& group : configuration.program->groups) {
    for (const Key& key : group.keys) {
      const std::vector<std::string> values = key.show(configuration, key);
      if (values.empty() || (key.execution && !with_execution)) continue;
      if (!configuration.problem.empty() && key.use.from_problem == FromProblem::always) continue;
      text += std::string(key.name) + " = ";
      if (key.list && values.size() != 1) text += "[";
      for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ", ") + values[i];
      if (key.list && values.size() != 1) text += "]";
      text += "\n";
    }
  }
  return text;
}

std::string_view name_of(std::string_view choices, std::size_t position) {
  for (; position > 0; --position) choices.remove_prefix(choices.find(' ') + 1);
  return choices.substr(0, choices.find(' '));
}

/// The part of a setting that says what it sets: "attention.heads" of "attention.heads=4".
std::string_view setting_name(std::string_view text) {
  return text.substr(0, text.find('='));
}

void merge_settings(std::vector<PlacedValue>& below, const std::vector<PlacedValue>& above) {
  std::erase_if(below, [&](const PlacedValue& old) {
    return std::any_of(above.begin(), above.end(),
                       [&](const PlacedValue& value) { return setting_name(value.text) == setting_name(old.text); });
  });
  below.insert(below.end(), above.begin(), above.end());
}

Settings merge(const std::vector<Settings>& layers) {
  Settings merged;
  for (const Settings& layer : layers) {
    // The model and the block are alternatives: the later layer's stands, without the settings of the other.
    if (layer.contains("model") && !layer.contains("block") && merged.erase("block") > 0) merged.erase("set");
    if (layer.contains("block") && !layer.contains("model") && merged.erase("model") > 0) merged.erase("set");
    // So are epochs and steps, of which 0 leaves it to the other.
    const auto replaces = [&](const char* key, const char* other) {
      const auto found = layer.find(key);
      return found != layer.end() && !layer.contains(other) && !found->second.empty() &&
             found->second.front().text != "0";
    };
    if (replaces("steps", "epochs")) merged.erase("epochs");
    if (replaces("epochs", "steps")) merged.erase("steps");
    for (const auto& [key, values] : layer) {
      if (key == "set")
        merge_settings(merged[key], values);
      else
        merged[key] = values;
    }
  }
  return merged;
}

void add_defaults(Settings& merged, const Program& program) {
  const Settings given = merged;
  if (!given.contains("model") && !given.contains("block") && !given.contains("problem")) {
    merged["model"] = default_values(program.main_model, "model");
    std::vector<PlacedValue> settings = default_values(program.main_set, "set");
    if (given.contains("set")) merge_settings(settings, given.at("set"));
    if (!settings.empty()) merged["set"] = settings;
  }
  for (const KeyGroup& group : program.groups) {
    for (const Key& key : group.keys) {
      if (key.fallback.empty() || given.contains(key.name)) continue;
      if (given.contains("problem") && key.use.from_problem != FromProblem::no) continue;
      merged[std::string(key.name)] = default_values(key.fallback, key.name);
    }
  }
}

}  // namespace

double usual_atol(double rtol) {
  // 1e-7 of 1e-5, not the 1.0000000000000001e-7 of a division: it is read and compared by people.
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", rtol / 100.0);
  return std::strtod(text, nullptr);
}

std::string Configuration::toml() const {
  return toml_text(*this, true);
}
std::string Configuration::toml_of_experiment() const {
  return toml_text(*this, false);
}

std::string_view Configuration::name(Method v) {
  return name_of(kMethodChoices, static_cast<std::size_t>(v));
}
std::string_view Configuration::name(Loss v) {
  return name_of(kLossChoices, static_cast<std::size_t>(v));
}
std::string_view Configuration::name(NormKind v) {
  return name_of(kNormChoices, static_cast<std::size_t>(v));
}
std::string_view Configuration::name(Precision v) {
  return name_of(kPrecisionChoices, static_cast<std::size_t>(v));
}
std::string_view Configuration::name(Budget v) {
  return name_of(kBudgetChoices, static_cast<std::size_t>(v));
}
std::string_view Configuration::name(Backend v) {
  return name_of(kBackendChoices, static_cast<std::size_t>(v));
}

Configuration read_configuration(const std::vector<Settings>& layers, std::vector<std::string> problems,
                                 const Program& program) {
  Settings settings = merge(layers);
  const Settings given = settings;
  add_defaults(settings, program);

  Configuration configuration;
  configuration.program = &program;
  configuration.own = program.own_keys;
  std::set<std::string, std::less<>> wrong;
  for (const KeyGroup& group : program.groups) {
    for (const Key& key : group.keys) {
      const auto found = settings.find(key.name);
      if (found == settings.end()) continue;
      const auto read = [&](std::string_view text) { key.read(configuration, key, text); };
      if (!read_values(key, found->second, read, problems)) wrong.insert(found->first);
    }
  }
  if (configuration.atol.empty() && !wrong.contains("atol"))
    for (const double rtol : configuration.rtol) configuration.atol.push_back(usual_atol(rtol));
  if (configuration.steps > 0 && !given.contains("epochs")) configuration.epochs = 0;
  check_together({configuration, settings, given, wrong}, problems);
  if (problems.empty()) return configuration;

  std::string message;
  std::set<std::string_view> told;
  for (const std::string& problem : problems)
    if (told.insert(problem).second)  // a value given twice is wrong once
      message += (message.empty() ? "" : "\n") + problem;
  throw InputError(message);
}

}  // namespace invar
