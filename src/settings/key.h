// A key of a configuration, as far as its texts go: from them come the command line, the reader of TOML, --help and the
// messages. Whose key it is, and what its value is for, its owner knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace invar {

enum class Bound : std::uint8_t { any, above_zero, zero_or_more, one_or_more };

struct KeyText {
  std::string_view name;
  std::string_view fallback;  // the default as the command line would give it; "" for none
  std::string_view argument;  // what stands for a value in --help; "" for a switch
  std::string_view help;

  std::string_view choices = {};  // the allowed values, where they are few
  std::size_t first_choice = 0;   // the number of the first in its enumeration
  Bound bound = Bound::any;
  std::int64_t most = 0;   // of an integer, beyond which no job gets to its end; 0: no such limit
  bool execution = false;  // says how, not what: no part of the experiment
  bool repeats = false;    // a value may stand twice in the list
  bool list = false;       // of values
  bool infinite = false;   // a number may be "inf"
};

/// The keys of one program.
struct KeyTable {
  struct Group {
    std::string_view title;
    std::vector<KeyText> keys;
  };
  std::vector<Group> groups;  // in the order of --help
  /// What to write instead of a name, without its prefix, that means something elsewhere; "" where it means nothing.
  std::function<std::string(std::string_view name, std::string_view prefix)> foreign;

  /// Null where there is no such key.
  const KeyText* find(std::string_view name) const;
  /// What to write instead of a name that is no key: the nearest one, if one is near. `prefix` is "--" on the command
  /// line, where `more_names` are known too.
  std::string remedy(std::string_view typed, std::string_view prefix, std::vector<std::string> more_names = {}) const;
};

}  // namespace invar
