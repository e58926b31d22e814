// Which runs came to no end, diverged or stalled, below a table.
#pragma once

#include <iosfwd>

#include "record/reader.h"

namespace invar {

/// Nothing where none did.
void print_lost(std::ostream& out, const record::Reader& results);

}  // namespace invar
