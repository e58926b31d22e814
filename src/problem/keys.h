// The keys of a configuration: a program's table of them (program.h) is the one from which the command line, the TOML
// reader, the validation, --help and the stored text all come. How a key's text is read and shown follows from the type
// of its field in Configuration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "problem/configuration.h"
#include "settings/key.h"

namespace invar {

/// Rows of a run, each of which costs the defects of every law and some kilobytes.
inline constexpr std::int64_t kMostRows = 1'000'000;
/// Of data, and of what counts them.
inline constexpr std::int64_t kMostSamples = 1'000'000'000'000;

/// What a problem file does to a key: nothing; gives it, unless the key is given; gives it, and nothing else may.
enum class FromProblem : std::uint8_t { no, unless_given, always };

/// The runs that can use a key. Flows are the methods with error control, descents those with prescribed steps; in a
/// comparison of methods these follow the flow, too.
enum class UsedBy : std::uint8_t { all, flows, flows_by_any_method, descents, sgd };

/// The data that a key says something of.
enum class OfData : std::uint8_t { any, images, text, evaluation };

/// What a key has beyond its texts.
struct KeyUse {
  FromProblem from_problem = FromProblem::no;
  UsedBy used_by = UsedBy::all;
  OfData of_data = OfData::any;
};

struct Key : KeyText {
  KeyUse use;
  /// Reads one value into the field: sets it, or appends it to a list. Throws InputError with the reason and the
  /// remedy.
  void (*read)(Configuration&, const KeyText&, std::string_view text);
  /// The field as TOML: one text for each value.
  std::vector<std::string> (*show)(const Configuration&, const KeyText&);

  // What a program has otherwise.
  Key with_default(std::string_view text) const;
  Key with_help(std::string_view text) const;
  Key with_infinity() const;
  /// `first`: the number of the first choice in its enumeration.
  Key with_choices(std::string_view names, std::size_t first) const;
};

struct KeyGroup {
  std::string_view title;
  std::vector<Key> keys;
};

/// A key that several programs have, with the default and the help of most of them. One of the table in keys.cpp.
const Key& shared_key(std::string_view name);

/// Null where the program has no such key.
const Key* find_key(const Program& program, std::string_view name);
/// The program's keys as settings read them.
KeyTable key_table(const Program& program);

}  // namespace invar
