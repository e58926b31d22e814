// The results file of `accuracy`: see README.md. Opens with xarray, group by group.
#pragma once

#include "experiments/accuracy_results.h"
#include "experiments/whole_file.h"
#include "record/description.h"

namespace invar {

void write_accuracy(const WholeFile& file, const record::FileDescription& provenance, const AccuracySetup& setup,
                    const AccuracyResults& results);

}  // namespace invar
