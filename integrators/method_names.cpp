#include "integrators/method_names.h"

#include <string>

#include "integrators/registry.h"

namespace invar {
namespace {

std::string names_of(bool with_prescribed) {
  std::string list;
  for (const MethodEntry& method : kMethods) {
    if (method.adaptive || with_prescribed) list += (list.empty() ? "" : " ") + std::string(method.name);
  }
  return list;
}

}  // namespace

std::string_view adaptive_methods() {
  static const std::string names = names_of(false);
  return names;
}

std::string_view reference_methods() {
  static const std::string names = [] {
    std::string all = names_of(false);
    return all.erase(all.find("auto "), 5);
  }();
  return names;
}

std::string_view all_methods() {
  static const std::string names = names_of(true);
  return names;
}

}  // namespace invar
