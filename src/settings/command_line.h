// The command line of a program with keys: options that set them by their names, actions that do something else than
// run, and options that are no keys. And the text of --help.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "settings/key.h"
#include "settings/layer.h"

namespace invar {

/// An option that is no key, or an action, which takes no argument.
struct OtherOption {
  std::string_view name, argument, help;
};

struct GivenOptions {
  Settings keys;
  /// Values of the other options that are given, and of actions none.
  std::map<std::string, std::vector<std::string>, std::less<>> others;
  std::vector<std::string> problems;  // a line each: unknown options, keys without a value
};

/// "--rtol".
std::string option_name(std::string_view name);

/// Never throws InputError: a caller that only shows --help has no use for the problems.
GivenOptions read_options(int argc, const char* const* argv, const KeyTable& keys, std::span<const OtherOption> others);

/// The one path of an option that takes one: what is wrong goes to `problems`, and "" comes back. `what`: "FILE.h5".
std::string one_path(const GivenOptions& given, std::string_view option, std::string_view what,
                     std::vector<std::string>& problems);

/// The keys in their groups and the other options behind them, at 80 columns.
std::string options_help(const KeyTable& keys, std::span<const OtherOption> others);

}  // namespace invar
