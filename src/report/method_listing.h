// Listings of a comparison of methods, whose runs lie over methods and settings.
#pragma once

#include <string>
#include <vector>

#include "report/listing.h"

namespace invar {

bool compares_methods(const record::Reader& results);
/// Of each run; none where the file compares no methods.
std::vector<std::string> method_statuses(const record::Reader& results);
Listing list_method_runs(const record::Reader& results);
Listing list_method_law(const record::Reader& results, const std::string& law);

}  // namespace invar
