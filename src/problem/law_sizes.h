// How many components the laws of a problem have.
#pragma once

#include <cstddef>

#include "problem/problem.h"

namespace invar {

std::size_t form_components(const Problem& problem);
std::size_t general_components(const Problem& problem);

}  // namespace invar
