// Names of models and options against the registry: see chosen_models.h.
#include "problem/chosen_models.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "error.h"
#include "integrators/registry.h"
#include "models/registry.h"
#include "problem/program.h"
#include "settings/nearest.h"

namespace invar {
namespace {

using Problems = std::vector<std::string>;

bool has_option(const Model& model, std::string_view option) {
  return std::ranges::find(model.options, option, &ModelOption::name) != model.options.end();
}

/// d=8: the extent of an index, which no option covers; data that are made up (a teacher's) have no other source of it.
bool is_size(const Setting& setting) {
  return setting.name.size() == 1 && setting.name[0] >= 'a' && setting.name[0] <= 'z';
}

bool is_extent(const std::string& text) {
  try {
    return read_integer(text) >= 1;
  } catch (const InputError&) {
    return false;
  }
}

const PlacedValue* placed(const CheckedSettings& checked, const Setting& setting) {
  const auto& values = checked.settings.find("set")->second;
  const auto found =
      std::ranges::find_if(values, [&](const PlacedValue& value) { return value.text == setting.text(); });
  return found == values.end() ? nullptr : &*found;
}

std::string place_of(const CheckedSettings& checked, const Setting& setting) {
  const PlacedValue* value = placed(checked, setting);
  return (value ? value->place : "set") + ": '" + setting.text() + "' ";
}

void check_block_sizes(const CheckedSettings& checked, Problems& problems) {
  for (const Setting& setting : checked.configuration.set) {
    const std::string place = place_of(checked, setting);
    if (!setting.model.empty()) {
      problems.push_back(place + "names a model beside a block; write " + setting.name + "=" + setting.value);
      continue;
    }
    if (!is_extent(setting.value))
      problems.push_back(place + "is no size; give an index of the block a positive integer, for example h=64");
  }
}

/// The setting that a message of the registry ("swiglu: width=x is not …") is about, or null.
const Setting* setting_of(const Configuration& configuration, const std::string& line) {
  const Setting* best = nullptr;
  for (const Setting& setting : configuration.set) {
    if (!setting.model.empty() && !line.starts_with(setting.model + ":")) continue;
    if (line.find(" " + setting.name + "=" + setting.value + " ") == std::string::npos) continue;
    if (!best || !setting.model.empty()) best = &setting;
  }
  return best;
}

void check_values(const CheckedSettings& checked, const std::string& model, Problems& problems) {
  try {
    (void)model_text(model, checked.configuration.data == "teacher"
                                ? model_options(checked.configuration, model)
                                : before_data(model, model_options(checked.configuration, model)));
  } catch (const InputError& error) {
    std::istringstream lines(error.what());
    for (std::string line; std::getline(lines, line);) {
      const Setting* setting = setting_of(checked.configuration, line);
      const PlacedValue* value = setting ? placed(checked, *setting) : nullptr;
      problems.push_back((value ? value->place : checked.place("model")) + ": " + line);
    }
  }
}

}  // namespace

ModelOptions before_data(std::string_view model, ModelOptions options) {
  const Model* known = find_model(std::string(model));
  const auto patch = options.find("patch");
  if (known && patch != options.end() && is_extent(patch->second) && has_option(*known, "image"))
    options.try_emplace("image", patch->second);
  return options;
}

ModelOptions model_options(const Configuration& configuration, std::string_view name) {
  const Model* model = find_model(name);
  ModelOptions options;
  for (const Setting& setting : configuration.set) {
    if (model && is_size(setting)) continue;
    if (setting.model.empty() && (!model || has_option(*model, setting.name)))
      options.insert_or_assign(setting.name, setting.value);
  }
  for (const Setting& setting : configuration.set) {
    if (!setting.model.empty() && setting.model == name && !is_size(setting))
      options.insert_or_assign(setting.name, setting.value);
  }
  return options;
}

std::map<std::string, std::int64_t> index_sizes(const Configuration& configuration, std::string_view name) {
  std::map<std::string, std::int64_t> sizes;
  for (const bool named : {false, true})
    for (const Setting& setting : configuration.set)
      if (setting.model.empty() != named && (!named || setting.model == name) && (name.empty() || is_size(setting)))
        sizes[setting.name] = read_integer(setting.value);
  return sizes;
}

void check_models(const CheckedSettings& checked, std::vector<std::string>& problems) {
  const Configuration& configuration = checked.configuration;
  for (auto setting = configuration.set.begin(); setting != configuration.set.end(); ++setting) {
    const auto same = [&](const Setting& s) { return s.model == setting->model && s.name == setting->name; };
    if (std::any_of(configuration.set.begin(), setting, same)) {
      problems.push_back(place_of(checked, *setting) + "sets what is set already; give each option once");
    }
  }
  if (!configuration.block.empty()) return check_block_sizes(checked, problems);

  std::vector<std::string> names;
  for (const Model& model : models()) names.emplace_back(model.name);
  std::vector<const Model*> chosen;
  for (std::size_t i = 0; i < configuration.model.size(); ++i) {
    const std::string& name = configuration.model[i];
    if (const Model* model = find_model(name)) {
      chosen.push_back(model);
    } else {
      problems.push_back(checked.place("model") + ": '" + name + "' is no model; " + did_you_mean(name, names));
    }
  }
  if (chosen.size() != configuration.model.size()) return;  // whose options they are is not known

  std::vector<std::string> known;
  for (const Model* model : chosen) {
    for (const ModelOption& option : model->options) {
      if (std::ranges::find(known, option.name) == known.end()) known.emplace_back(option.name);
    }
  }
  bool names_right = true;
  for (const Setting& setting : configuration.set) {
    const bool its_model =
        setting.model.empty() || std::ranges::find(configuration.model, setting.model) != configuration.model.end();
    if (is_size(setting) && its_model) {
      if (!is_extent(setting.value)) {
        names_right = false;
        problems.push_back(place_of(checked, setting) +
                           "is no size; give the index a positive integer, for example d=8");
      }
      continue;
    }
    if (setting.model.empty() ? std::ranges::find(known, setting.name) != known.end()
                              : std::ranges::any_of(chosen, [&](const Model* model) {
                                  return model->name == setting.model && has_option(*model, setting.name);
                                })) {
      continue;
    }
    names_right = false;
    if (!setting.model.empty() && std::ranges::find(configuration.model, setting.model) == configuration.model.end()) {
      problems.push_back(place_of(checked, setting) + "names no model of this job; " +
                         did_you_mean(setting.model, configuration.model));
      continue;
    }
    std::vector<std::string> options = known;
    if (const Model* model = find_model(setting.model)) {
      options.clear();
      for (const ModelOption& option : model->options) options.emplace_back(option.name);
    }
    problems.push_back(place_of(checked, setting) + "sets an option that " +
                       (setting.model.empty() ? "no model of this job" : setting.model) +
                       (setting.model.empty() ? " has" : " lacks") + "; " + did_you_mean(setting.name, options));
  }
  if (!names_right) return;
  for (const std::string& name : configuration.model) check_values(checked, name, problems);
}

std::string list_text(const Program& program) {
  std::ostringstream text;
  text << "Models (--model), with their options (--set OPTION=VALUE) and defaults:\n";
  for (const Model& model : models()) {
    text << "\n" << model.name << "\n    " << model.summary << "\n";
    for (const ModelOption& option : model.options) {
      const std::string pair = std::string(option.name) + "=" + std::string(option.default_value);
      text << "    " << pair << std::string(pair.size() < 22 ? 22 - pair.size() : 1, ' ') << option.help << "\n";
    }
  }
  const bool all = program.lists_prescribed;
  text << (all ? "\nMethods (--methods); where steps are prescribed, by --step-size:\n"
               : "\nIntegrators of the flow (--integrator):\n");
  for (const MethodEntry& method : kMethods) {
    if (method.adaptive || all)
      text << "    " << std::left << std::setw(24) << method.name << method.description << "\n";
  }
  if (!all) text << "    Euler's method with prescribed steps is gradient descent: --method gd, --step-size\n";
  return text.str();
}

}  // namespace invar
