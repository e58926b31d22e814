// `train` as a program of the house: its keys and their defaults, and what it offers.
#pragma once

#include "problem/program.h"

namespace invar {

const Program& train_program();

}  // namespace invar
