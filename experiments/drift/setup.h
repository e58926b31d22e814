// Where the runs of `drift` record: flows, GD and SGD over the time T, at times of one grid.
#pragma once

#include "job/run_setup.h"

namespace invar {

/// Absolute step sizes, stops and rows of a unit whose problem is built. Throws InputError.
void plan_runs(UnitSetup& unit);

}  // namespace invar
