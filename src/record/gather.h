// Groups of runs out of descriptions of few runs each.
#pragma once

#include <vector>

#include "record/description.h"

namespace invar::record {

/// Adds a group, or its runs to one that has everything else alike. Its name becomes one of its own.
void gather(GroupDescription group, std::vector<GroupDescription>& groups);

}  // namespace invar::record
