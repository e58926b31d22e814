// The tables of a results file, as its program prints them at its end.
#pragma once

#include <iosfwd>
#include <string>

#include "record/reader.h"

namespace invar {

/// The attribute `tables` of the file says which: verdicts, training or methods. Of a file whose job is not done they
/// show the runs that have ended. InputError: it says none of them.
void print_tables(std::ostream& out, const record::Reader& results);

/// Of a file whose job is not done, how far it came and what its tables are of then; "" of another.
std::string unfinished_text(const record::Reader& results);

}  // namespace invar
