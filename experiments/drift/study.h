// What `drift` looks at: flows beside GD and SGD, measured over all samples at each row, compared with the tightest
// flow; verdicts over all.
#pragma once

#include "job/study.h"

namespace invar {

const Study& drift_study();

}  // namespace invar
