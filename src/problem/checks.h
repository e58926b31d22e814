// What only several keys together can get wrong: see checks.cpp.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "problem/configuration.h"

namespace invar {

struct CheckedSettings {
  const Configuration& configuration;
  const Settings& settings;                         // with the defaults
  const Settings& given;                            // without
  const std::set<std::string, std::less<>>& wrong;  // keys whose own values are wrong already: not to be judged

  bool judge(std::string_view key) const { return !wrong.contains(key); }
  std::string place(std::string_view key) const;
};

/// Appends what is wrong, a line each with value, place and remedy.
void check_together(const CheckedSettings& checked, std::vector<std::string>& problems);

}  // namespace invar
