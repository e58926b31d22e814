// Options of the readers of images out of a byte of the input.
#pragma once

#include "data/images.h"
#include "tests/fuzz/fuzz.h"

namespace invar::fuzz {

inline data::ImageOptions image_options(std::uint8_t choice) {
  data::ImageOptions options;
  options.samples = data::SampleCount(choice & 3, (choice & 4) != 0);
  options.pool = (choice & 8) != 0 ? 2 : 1;
  if ((choice & 16) != 0) options.patch = {2, (choice & 32) != 0 ? 1 : 2};
  options.standardise = (choice & 64) == 0;
  return options;
}

}  // namespace invar::fuzz
