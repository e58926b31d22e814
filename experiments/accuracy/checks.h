// What only several keys of `accuracy` together can get wrong.
#pragma once

#include "problem/checks.h"

namespace invar {

/// Whether --methods has some that can use a key, and what to say where it has none.
bool has_methods(const Configuration& configuration, UsedBy runs);
std::string missing_methods(UsedBy runs);

/// What is compared are runs of one problem, against two methods that are to agree.
void check_comparison(const CheckedSettings& checked, Problems& problems);

}  // namespace invar
