// What a results file is told of a job's units before the first step: runs of one model with one problem, whatever
// their seeds, formats, methods and steps, share a group.
#pragma once

#include <memory>
#include <vector>

#include "job/run_setup.h"
#include "record/description.h"

namespace invar {

std::vector<record::GroupDescription> describe(const std::vector<std::unique_ptr<UnitSetup>>& units);

}  // namespace invar
