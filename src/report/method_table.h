// The table of a comparison of methods, as `accuracy` writes one: a line for each method and tolerance, or step size.
#pragma once

#include <iosfwd>

#include "record/reader.h"

namespace invar {

/// At most 80 columns wide.
void print_methods(std::ostream& out, const record::Reader& results);

}  // namespace invar
