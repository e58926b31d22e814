#include "job/command_line.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "error.h"
#include "job/exit_code.h"
#include "job/stored_job.h"
#include "problem/program.h"
#include "settings/command_line.h"
#include "settings/text_file.h"

namespace invar {
namespace {

struct ActionName {
  Command::Action action;
  OtherOption option;
  bool Program::*offered = nullptr;  // by those that say so
};

constexpr std::string_view kNoArgument;

/// Of the actions that take no argument the first that is given is done.
constexpr std::array kActions = {
    ActionName{
        Command::Action::run,
        {"config", "FILE.toml", "Reads the keys from a TOML file; what else is on the command line replaces them."}},
    ActionName{Command::Action::resume,
               {"resume", "FILE.h5",
                "Goes on with an interrupted or killed job, bit for bit, by the configuration that its results file "
                "holds. Takes --threads, --quiet and --strict besides."},
               &Program::resumes},
    ActionName{Command::Action::help, {"help", kNoArgument, "Shows this text."}},
    ActionName{Command::Action::version, {"version", kNoArgument, "Shows the version."}},
    ActionName{Command::Action::list, {"list", kNoArgument, "Lists the models and their options."}},
    ActionName{Command::Action::print_config,
               {"print-config", kNoArgument, "Prints the configuration, which --config takes."}},
    ActionName{Command::Action::print_block,
               {"print-block", kNoArgument, "Prints the models as text in index notation."}},
    ActionName{Command::Action::print_parameters,
               {"print-parameters", kNoArgument,
                "Prints names, shapes and numbers of the parameters, and the loss that is chosen."}},
    ActionName{Command::Action::dry_run, {"dry-run", kNoArgument, "Shows what would be run."}},
    ActionName{Command::Action::plan,
               {"plan", kNoArgument,
                "Estimates memory and time of the job on an H100, from the plans; sets that go by a name, with their "
                "usual tokens, need not be there."},
               &Program::plans},
};

std::vector<OtherOption> other_options(const Program& program) {
  std::vector<OtherOption> options;
  for (const ActionName& action : kActions)
    if (!action.offered || program.*action.offered) options.push_back(action.option);
  return options;
}

/// What may stand beside --resume: how it is done, not what is done.
bool goes_with_resume(std::string_view key) {
  return key == "threads" || key == "quiet" || key == "strict";
}

Settings read_config_file(const std::string& path, const KeyTable& keys, std::vector<std::string>& problems) {
  try {
    return read_toml(read_text_file(path), path, problems, keys);
  } catch (const InputError& error) {
    problems.push_back("--config: " + std::string(error.what()) + " (--print-config writes one)");
    return {};
  }
}

/// The configuration of a results file, and what is wrong with the rest of the line.
Settings read_resumed(const GivenOptions& given, const Program& program, const KeyTable& keys,
                      std::vector<std::string>& problems) {
  const std::string path = one_path(given, "resume", "FILE.h5", problems);
  if (path.empty()) return {};
  for (const auto& [key, values] : given.keys)
    if (!goes_with_resume(key))
      problems.push_back(option_name(key) + ": goes not with --resume: the job is the one that '" + path +
                         "' was begun for; leave it out, or begin another job");
  if (given.others.contains("config"))
    problems.push_back("--config: goes not with --resume, which takes the configuration of '" + path +
                       "'; leave one of them out");
  if (!problems.empty()) return {};
  Settings stored = read_toml(stored_configuration(path, program), path + ": configuration", problems, keys);
  stored["output"] = {{path, "--resume"}};
  return stored;
}

void expect_other_file(const std::string& config, const std::string& output) {
  std::error_code ignored;
  if (std::filesystem::equivalent(config, output, ignored))
    throw InputError("--output: '" + output + "' is the file of --config; give another path");
}

}  // namespace

Command read_command_line(int argc, const char* const* argv, const Program& program) {
  const KeyTable keys = key_table(program);
  GivenOptions given = read_options(argc, argv, keys, other_options(program));
  Command command;
  std::string_view action_name;
  for (const ActionName& action : kActions) {
    if (!action.option.argument.empty() || !given.others.contains(action.option.name)) continue;
    command.action = action.action;
    action_name = action.option.name;
    break;
  }
  using enum Command::Action;
  if (command.action == help || command.action == version || command.action == list) return command;

  std::vector<std::string> problems = std::move(given.problems);
  std::vector<Settings> layers;
  std::string config;
  if (given.others.contains("resume")) {
    if (command.action != run)
      problems.push_back(option_name(action_name) + ": goes not with --resume, which runs; leave one of them out");
    command.action = resume;
    layers.push_back(read_resumed(given, program, keys, problems));
  } else if (given.others.contains("config")) {
    config = one_path(given, "config", "FILE.toml", problems);
    if (!config.empty()) layers.push_back(read_config_file(config, keys, problems));
  }
  layers.push_back(std::move(given.keys));
  command.configuration = read_configuration(layers, std::move(problems), program);
  if (!config.empty()) expect_other_file(config, command.configuration.output);
  return command;
}

std::string help_text(const Program& program) {
  const std::string name(program.name);
  return name + ": " + std::string(program.question) + "\n" + "\nUsage: " + name +
         " [--KEY VALUE ...] [--config FILE.toml]\n" +
         (program.resumes ? "       " + name + " --resume FILE.h5\n" : "") +
         "\n"
         "Without options: the main job. Lists, written with spaces or commas, make\n"
         "ladders: all combinations are run.\n" +
         options_help(key_table(program), other_options(program)) + "\nExit codes:\n" +
         exit_codes_text(program.resumes);
}

}  // namespace invar
