// `drift` as a program of the house: its keys and their defaults, and what it offers.
#pragma once

#include "problem/program.h"

namespace invar {

const Program& drift_program();

}  // namespace invar
