// Second names of all numbers, in a group without texts: Octave's load() reads neither text of variable length nor
// UTF-8, gives up a whole group for one such member, and asks for groups of the root alone:
// load("-hdf5", FILE, "_numbers").
#pragma once

#include "hdf5/file.h"
#include "record/dataset_plan.h"

namespace invar::record {

/// Of a group that has been created as it is planned: /_numbers/GROUP.
void put_numbers_apart(const hdf5::File& file, const GroupPlan& plan);

}  // namespace invar::record
