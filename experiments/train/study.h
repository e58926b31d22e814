// What `train` looks at: the budget of the laws along a training, and its own batches' losses.
#pragma once

#include "job/study.h"

namespace invar {

const Study& train_study();

}  // namespace invar
