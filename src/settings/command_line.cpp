// CLI11 splits the arguments; all else (types, ranges, names) is the keys' own, so every problem is found in one pass.
#include "settings/command_line.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "settings/texts.h"

namespace invar {
namespace {

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

void report_unknown(const CLI::App& app, const KeyTable& keys, std::span<const OtherOption> others,
                    std::vector<std::string>& problems) {
  std::vector<std::string> more;
  for (const OtherOption& other : others) more.emplace_back(other.name);
  bool behind_unknown = false;  // then a word is its value: CLI11 gives those behind a known option to that
  for (const std::string& word : app.remaining()) {
    if (!word.starts_with("-")) {
      if (behind_unknown) continue;
      problems.push_back("'" + word + "' belongs to no option; write --KEY VALUE (--help lists the keys)");
      continue;
    }
    behind_unknown = true;
    const std::string name = word.substr(0, word.find('='));
    problems.push_back("'" + name + "' is no option; " + keys.remedy(name, "--", more));
  }
}

}  // namespace

std::string option_name(std::string_view name) {
  return "--" + std::string(name);
}

GivenOptions read_options(int argc, const char* const* argv, const KeyTable& keys,
                          std::span<const OtherOption> others) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  // Any number of values: how many a key takes is its reader's business, which reports it among the other problems.
  std::map<std::string, std::vector<std::string>, std::less<>> texts;
  const auto add_option = [&](const std::string& name) {
    return app.add_option("--" + name, texts[name])->expected(0, CLI::detail::expected_max_vector_size);
  };
  std::vector<std::pair<const KeyText*, CLI::Option*>> of_keys;
  for (const KeyTable::Group& group : keys.groups) {
    for (const KeyText& key : group.keys) {
      CLI::Option* option = add_option(std::string(key.name));
      if (key.list) option->delimiter(',');
      of_keys.emplace_back(&key, option);
    }
  }
  std::vector<std::pair<const OtherOption*, CLI::Option*>> of_others;
  for (const OtherOption& other : others)
    of_others.emplace_back(&other, other.argument.empty()
                                       ? app.add_flag((other.name == "help" ? "-h," : "") + option_name(other.name))
                                       : add_option(std::string(other.name)));
  GivenOptions given;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    given.problems.push_back("command line: " + std::string(error.what()) + "; --help shows how options are written");
  }
  report_unknown(app, keys, others, given.problems);
  for (const auto& [key, option] : of_keys) {
    if (option->count() == 0) continue;
    const std::string place = option_name(key->name);
    auto& values = given.keys[std::string(key->name)];
    for (const std::string& text : option->results()) values.push_back({text, place});
    const bool empty = values.empty() || (values.size() == 1 && values.front().text.empty());
    if (!empty) continue;
    values.clear();
    if (key->argument.empty())
      values.push_back({"true", place});
    else
      given.problems.push_back(place + ": '' is no value; write " + place + " " + std::string(key->argument));
  }
  for (const auto& [other, option] : of_others) {
    if (option->count() == 0) continue;
    auto& values = given.others[std::string(other->name)];
    if (!other->argument.empty()) values = option->results();
  }
  return given;
}

std::string one_path(const GivenOptions& given, std::string_view option, std::string_view what,
                     std::vector<std::string>& problems) {
  const std::vector<std::string>& paths = given.others.find(option)->second;
  const std::string name = option_name(option);
  const bool none = paths.empty() || paths.front().empty();
  if (paths.size() == 1 && !none) return paths.front();
  problems.push_back(name + ": " + (none ? "'' is no file" : std::to_string(paths.size()) + " files") + "; write " + name +
                     " " + std::string(what) + ", once");
  return "";
}

std::string options_help(const KeyTable& keys, std::span<const OtherOption> others) {
  std::string text;
  for (const KeyTable::Group& group : keys.groups) {
    text += "\n" + std::string(group.title) + ":\n";
    for (const KeyText& key : group.keys) {
      std::string left = option_name(key.name);
      if (!key.argument.empty()) left += " " + std::string(key.argument) + (key.list ? "..." : "");
      std::string help(key.help);
      if (!key.choices.empty()) help += " One of: " + std::string(key.choices) + ".";
      std::string_view fallback = key.fallback;
      if (fallback == key.choices) fallback = fallback.empty() ? "" : "all";
      if (!fallback.empty() && !key.argument.empty()) help += " [" + std::string(fallback) + "]";
      append_entry(text, left, help);
    }
  }
  text += "\nActions:\n";
  for (const OtherOption& other : others)
    append_entry(text, option_name(other.name) + (other.argument.empty() ? "" : " " + std::string(other.argument)),
                 std::string(other.help));
  return text;
}

}  // namespace invar
