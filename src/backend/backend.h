// What executes the plans of gradients.
#pragma once

#include <cstdint>

namespace invar {

enum class Backend : std::uint8_t { host, cuda };

}  // namespace invar
