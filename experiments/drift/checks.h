// What only several keys of `drift` together can get wrong.
#pragma once

#include "problem/checks.h"

namespace invar {

/// A limit of stability that is the runs' own, where none has a step size.
void check_own_limit(const CheckedSettings& checked, Problems& problems);
/// An infinite time: a condition must end each run, and no schedule may count on the time.
void check_endless(const CheckedSettings& checked, Problems& problems);

}  // namespace invar
