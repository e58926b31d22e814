#include "report/law_names.h"

#include <fnmatch.h>

namespace invar {

bool is_called(const std::string& law, const std::string& name) {
  const std::size_t dot = law.rfind('.');
  return law == name || (dot != std::string::npos && law.substr(dot + 1) == name) ||
         fnmatch(name.c_str(), law.c_str(), 0) == 0;
}

std::string unknown_law(const std::filesystem::path& file, const std::string& name, const std::set<std::string>& laws) {
  constexpr std::size_t kMostTold = 12;
  std::string text = "law: " + file.string() + " has no law '" + name + "'; it has";
  std::size_t told = 0;
  for (const std::string& law : laws) {
    if (told == kMostTold) {
      text += " and " + std::to_string(laws.size() - told) + " more";
      break;
    }
    text += (told++ > 0 ? ", " : " ") + law;
  }
  return laws.empty() ? text + " none" : text;
}

}  // namespace invar
