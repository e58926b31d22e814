// Look-up by name.
#include "integrators/registry.h"

#include <string>

#include "error.h"

namespace invar {

const MethodEntry& find_method(std::string_view name) {
  std::string names;
  for (const MethodEntry& entry : kMethods) {
    if (entry.name == name) return entry;
    names += (names.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw InputError("integrator \"" + std::string(name) + "\" is unknown: use one of " + names);
}

}  // namespace invar
