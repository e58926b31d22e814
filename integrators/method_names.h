// Names of the registry's methods, as lists with spaces between them.
#pragma once

#include <string_view>

namespace invar {

/// Those with error control.
std::string_view adaptive_methods();
/// The same without `auto`, which is one of the others, or two: no second method beside them.
std::string_view reference_methods();
std::string_view all_methods();

}  // namespace invar
