// The results file of `accuracy`: see README.md beside it. Opens with xarray, group by group.
#pragma once

#include "experiments/accuracy/results.h"
#include "record/description.h"
#include "record/whole_file.h"

namespace invar {

void write_accuracy(const record::WholeFile& file, const record::FileDescription& provenance,
                    const AccuracySetup& setup, const AccuracyResults& results);

}  // namespace invar
