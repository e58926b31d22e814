// CLI11 splits the arguments; all else (types, ranges, names) is the keys' own, so every problem is found in one pass.
#include "job/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <utility>

#include "error.h"
#include "job/stored_job.h"
#include "problem/program.h"
#include "settings/exit_code.h"
#include "settings/text_file.h"

namespace invar {
namespace {

struct ActionName {
  Command::Action action;
  std::string_view name, help;
  bool Program::*offered = nullptr;  // by those that say so
};

/// The first that is given is done.
constexpr std::array kActions = {
    ActionName{Command::Action::help, "help", "Shows this text."},
    ActionName{Command::Action::version, "version", "Shows the version."},
    ActionName{Command::Action::list, "list", "Lists the models and their options."},
    ActionName{Command::Action::print_config, "print-config", "Prints the configuration, which --config takes."},
    ActionName{Command::Action::print_block, "print-block", "Prints the models as text in index notation."},
    ActionName{Command::Action::print_parameters, "print-parameters",
               "Prints names, shapes and numbers of the parameters, and the loss that is chosen."},
    ActionName{Command::Action::dry_run, "dry-run", "Shows what would be run."},
    ActionName{Command::Action::plan, "plan",
               "Estimates memory and time of the job on an H100, from the plans; sets that go by a name, with their "
               "usual tokens, need not be there.",
               &Program::plans},
};

std::vector<ActionName> actions_of(const Program& program) {
  std::vector<ActionName> actions(kActions.begin(), kActions.end());
  std::erase_if(actions, [&](const ActionName& action) { return action.offered && !(program.*action.offered); });
  return actions;
}

std::string_view action_name(Command::Action action) {
  return std::ranges::find(kActions, action, &ActionName::action)->name;
}

constexpr std::string_view kConfigHelp =
    "Reads the keys from a TOML file; what else is on the command line replaces them.";

constexpr std::string_view kResumeHelp =
    "Goes on with an interrupted or killed job, bit for bit, by the configuration that its results file holds. Takes "
    "--threads, --quiet and --strict besides.";

/// What may stand beside --resume: how it is done, not what is done.
bool goes_with_resume(const Key& key) {
  return key.name == "threads" || key.name == "quiet" || key.name == "strict";
}

std::string option_name(std::string_view name) {
  return "--" + std::string(name);
}

/// "  --name ARGUMENT" and the help beside it, wrapped to 80 columns.
void append_entry(std::string& text, const std::string& left, const std::string& help) {
  constexpr std::size_t column = 28, width = 80;
  std::string line = "  " + left;
  line += line.size() + 2 > column ? "\n" + std::string(column, ' ') : std::string(column - line.size(), ' ');
  std::size_t used = column;
  bool first = true;
  for (const std::string& word : split_words(help)) {
    if (!first && used + 1 + word.size() > width) {
      line += "\n" + std::string(column, ' ');
      used = column;
      first = true;
    }
    line += (first ? "" : " ") + word;
    used += word.size() + (first ? 0 : 1);
    first = false;
  }
  text += line + "\n";
}

Settings read_config_file(const std::string& path, const Program& program, std::vector<std::string>& problems) {
  try {
    return read_toml(read_text_file(path), path, problems, program);
  } catch (const InputError& error) {
    problems.push_back("--config: " + std::string(error.what()) + " (--print-config writes one)");
    return {};
  }
}

/// The configuration of a results file, and what is wrong with the rest of the line.
Settings read_resumed(const CLI::Option& resume, const Settings& given, bool with_config, const Program& program,
                      std::vector<std::string>& problems) {
  const std::vector<std::string> paths = resume.results();
  if (paths.size() != 1 || paths.front().empty()) {
    const bool none = paths.empty() || paths.front().empty();
    problems.push_back("--resume: " + std::string(none ? "no file" : std::to_string(paths.size()) + " files") +
                       "; write --resume FILE.h5, once");
    return {};
  }
  for (const auto& [key, values] : given)
    if (!goes_with_resume(*find_key(program, key)))
      problems.push_back(option_name(key) + ": goes not with --resume: the job is the one that '" + paths.front() +
                         "' was begun for; leave it out, or begin another job");
  if (with_config)
    problems.push_back("--config: goes not with --resume, which takes the configuration of '" + paths.front() +
                       "'; leave one of them out");
  if (!problems.empty()) return {};
  Settings stored =
      read_toml(stored_configuration(paths.front(), program), paths.front() + ": configuration", problems, program);
  stored["output"] = {{paths.front(), "--resume"}};
  return stored;
}

void report_unknown(const CLI::App& app, const Program& program, std::vector<std::string>& problems) {
  std::vector<std::string> more = {"config"};
  if (program.resumes) more.emplace_back("resume");
  for (const ActionName& action : actions_of(program)) more.emplace_back(action.name);
  bool behind_unknown = false;  // then a word is its value: CLI11 gives those behind a known option to that
  for (const std::string& word : app.remaining()) {
    if (!word.starts_with("-")) {
      if (behind_unknown) continue;
      problems.push_back("'" + word + "' belongs to no option; write --KEY VALUE (--help lists the keys)");
      continue;
    }
    behind_unknown = true;
    const std::string name = word.substr(0, word.find('='));
    problems.push_back("'" + name + "' is no option; " + key_remedy(program, name, "--", more));
  }
}

}  // namespace

Command read_command_line(int argc, const char* const* argv, const Program& program) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  // Any number of values: how many a key takes is its reader's business, which reports it among the other problems.
  std::map<std::string, std::vector<std::string>, std::less<>> texts;
  const auto add_option = [&](const std::string& name) {
    return app.add_option("--" + name, texts[name])->expected(0, CLI::detail::expected_max_vector_size);
  };
  std::vector<std::pair<const Key*, CLI::Option*>> options;
  for (const KeyGroup& group : program.groups) {
    for (const Key& key : group.keys) {
      CLI::Option* option = add_option(std::string(key.name));
      if (key.list) option->delimiter(',');
      options.emplace_back(&key, option);
    }
  }
  CLI::Option* config = add_option("config");
  CLI::Option* resumed = program.resumes ? add_option("resume") : nullptr;
  std::vector<CLI::Option*> actions;
  const std::vector<ActionName> known = actions_of(program);
  for (const ActionName& action : known) {
    actions.push_back(app.add_flag((action.action == Command::Action::help ? "-h," : "") + option_name(action.name)));
  }

  std::vector<std::string> problems;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    problems.push_back("command line: " + std::string(error.what()) + "; --help shows how options are written");
  }

  Command command;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i]->count() == 0) continue;
    command.action = known[i].action;
    break;
  }
  using enum Command::Action;
  if (command.action == help || command.action == version || command.action == list) return command;
  report_unknown(app, program, problems);

  Settings settings;
  for (const auto& [key, option] : options) {
    if (option->count() == 0) continue;
    const std::string place = option_name(key->name);
    auto& values = settings[std::string(key->name)];
    for (const std::string& text : option->results()) values.push_back({text, place});
    const bool empty = values.empty() || (values.size() == 1 && values.front().text.empty());
    if (!empty) continue;
    values.clear();
    if (key->argument.empty())
      values.push_back({"true", place});
    else
      problems.push_back(place + ": '' is no value; write " + place + " " + std::string(key->argument));
  }

  std::vector<Settings> layers;
  if (resumed && resumed->count() > 0) {
    if (command.action != run)
      problems.push_back(option_name(action_name(command.action)) +
                         ": goes not with --resume, which runs; leave one of them out");
    command.action = resume;
    layers.push_back(read_resumed(*resumed, settings, config->count() > 0, program, problems));
  } else if (config->count() > 0) {
    const std::vector<std::string> paths = config->results();
    if (paths.size() == 1 && !paths.front().empty())
      layers.push_back(read_config_file(paths.front(), program, problems));
    else
      problems.push_back(
          "--config: " + (paths.size() > 1 ? std::to_string(paths.size()) + " files" : std::string("'' is no file")) +
          "; write --config FILE.toml, once");
  }
  layers.push_back(std::move(settings));
  command.configuration = read_configuration(layers, std::move(problems), program);
  std::error_code ignored;
  if (config->count() > 0 &&
      std::filesystem::equivalent(config->results().front(), command.configuration.output, ignored))
    throw InputError("--output: '" + command.configuration.output + "' is the file of --config; give another path");
  return command;
}

std::string help_text(const Program& program) {
  const std::string name(program.name);
  std::string text = name + ": " + std::string(program.question) + "\n" + "\nUsage: " + name +
                     " [--KEY VALUE ...] [--config FILE.toml]\n" +
                     (program.resumes ? "       " + name + " --resume FILE.h5\n" : "") +
                     "\n"
                     "Without options: the main job. Lists, written with spaces or commas, make\n"
                     "ladders: all combinations are run.\n";
  for (const KeyGroup& group : program.groups) {
    text += "\n" + std::string(group.title) + ":\n";
    for (const Key& key : group.keys) {
      std::string left = option_name(key.name);
      if (!key.argument.empty()) left += " " + std::string(key.argument) + (key.list ? "..." : "");
      std::string help(key.help);
      if (!key.traits.choices.empty()) help += " One of: " + std::string(key.traits.choices) + ".";
      std::string_view fallback = key.name == "model" ? program.main_model
                                  : key.name == "set" ? program.main_set
                                                      : key.fallback;
      if (fallback == key.traits.choices) fallback = fallback.empty() ? "" : "all";
      if (!fallback.empty() && !key.argument.empty()) help += " [" + std::string(fallback) + "]";
      append_entry(text, left, help);
    }
  }
  text += "\nActions:\n";
  append_entry(text, "--config FILE.toml", std::string(kConfigHelp));
  if (program.resumes) append_entry(text, "--resume FILE.h5", std::string(kResumeHelp));
  for (const ActionName& action : actions_of(program))
    append_entry(text, option_name(action.name), std::string(action.help));
  text += "\nExit codes:\n" + exit_codes_text(program.resumes);
  return text;
}

}  // namespace invar
