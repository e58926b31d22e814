// What only several keys of `train` together can get wrong.
#pragma once

#include "problem/checks.h"

namespace invar {

/// Epochs and steps, and the step sizes that they go with.
void check_length(const CheckedSettings& checked, Problems& problems);
/// Keys for data of another kind than is given.
void check_kind_of_data(const CheckedSettings& checked, Problems& problems);

}  // namespace invar
