// Which outcomes of comparisons occur together: seen at real points, in double.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exact/relations.h"
#include "exact/tape.h"

namespace invar::exact {

struct Cells {
  std::vector<Cell> samples;
  bool local = false;                // there are comparisons: what is counted holds in these cells
  std::vector<std::string> missing;  // outcomes that no sample had
};

/// `count` samples or more at one random θ of this size, their inputs of many magnitudes: so many that each outcome
/// that occurs does so in `count` of them, and each row that integers may choose is chosen. Only points at which every
/// comparison has a margin are taken.
Cells find_cells(const Tape& tape, std::size_t count, double parameter_size, std::uint64_t seed);

}  // namespace invar::exact
