// What `train` prints at its end: the losses of every step size, and the error of Eq. 10 of every law.
#pragma once

#include <iosfwd>

#include "record/reader.h"

namespace invar {

/// At most 80 columns wide. Laws that differ only by numbers in their scopes, those of layers, share a row.
void print_training(std::ostream& out, const record::Reader& results);

}  // namespace invar
