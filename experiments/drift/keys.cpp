#include "experiments/drift/keys.h"

#include "error.h"

namespace invar {

StabilityLimit ValueText<StabilityLimit>::read(std::string_view text) {
  if (text == "own") return {.own = true, .step_size = {}};
  try {
    return {.own = false, .step_size = ValueText<StepSize>::read(text)};
  } catch (const InputError&) {
    throw InputError("is no step size; write a number such as 0.1, or 0.5/sharpness, or own");
  }
}

std::string ValueText<StabilityLimit>::toml(const StabilityLimit& value) {
  return toml_quoted(value.own ? "own" : value.step_size.text());
}

}  // namespace invar
