// A flow once more, with at most half its steps.
#pragma once

#include <vector>

#include "integrators/loop.h"
#include "job/run_setup.h"

namespace invar {

/// θ at the end of a unit's flow, integrated anew with stops no further apart than half of the mean step that
/// it took (`taken`); empty where it does not reach its end within four times the gradients, or a signal comes. Nothing
/// is recorded.
std::vector<double> halved_flow(const UnitSetup& unit, std::size_t run, const Summary& taken);

}  // namespace invar
