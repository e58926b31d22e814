// What only several keys together can get wrong: see checks.cpp.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "problem/keys.h"

namespace invar {

struct CheckedSettings {
  const Configuration& configuration;
  const Settings& settings;                         // with the defaults
  const Settings& given;                            // without
  const std::set<std::string, std::less<>>& wrong;  // keys whose own values are wrong already: not to be judged

  bool judge(std::string_view key) const { return !wrong.contains(key); }
  std::string place(std::string_view key) const;
};

using Problems = std::vector<std::string>;
/// Appends what is wrong, a line each with value, place and remedy.
using Check = void (*)(const CheckedSettings&, Problems&);

// A step's error relative to θ cannot be seen below the rounding of θ, not even by a run in double.
inline constexpr double kTightest = 1e-15;

/// Whether --method has runs that can use a key, and what to say where it has none.
bool has_runs(const Configuration& configuration, UsedBy runs);
std::string missing_runs(UsedBy runs);

/// use(key, what was given) for each key of another value than by default: a stored configuration has them all.
void for_each_changed(const CheckedSettings& checked, const std::function<void(const Key&, const PlacedValue&)>& use);

/// The checks that all programs share, and those of the configuration's own.
void check_together(const CheckedSettings& checked, std::vector<std::string>& problems);

}  // namespace invar
