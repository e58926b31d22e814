// Settings as they are given, a layer each: the command line, a file. A later layer's values replace an earlier one's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "settings/key.h"

namespace invar {

/// A value and where it was written: "--rtol" or "job.toml:3:8: rtol".
struct PlacedValue {
  std::string text;
  std::string place;
};

/// One layer: the keys that it sets. A key stands with no value where it was written without one.
using Settings = std::map<std::string, std::vector<PlacedValue>, std::less<>>;

/// A TOML table as a layer; what is wrong with it is appended to `problems`, a line each.
Settings read_toml(std::string_view text, const std::string& source, std::vector<std::string>& problems,
                   const KeyTable& keys);

/// The default of a key as values; none where it has none.
std::vector<PlacedValue> default_values(std::string_view texts, std::string_view key);

/// Reads a key's values by `read`, which throws InputError with the reason and, behind ';', the remedy; one follows
/// from the key otherwise. False where something was wrong with them: `problems` tells, a line each.
bool read_values(const KeyText& key, const std::vector<PlacedValue>& values,
                 const std::function<void(std::string_view)>& read, std::vector<std::string>& problems);

}  // namespace invar
