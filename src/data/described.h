// A known set's samples by their shapes alone, where its files are not there: all numbers are 0.
#pragma once

#include <optional>

#include "data/images.h"
#include "data/known_sets.h"
#include "data/text.h"

namespace invar::data {

/// Of the set's training part or its evaluation part; none where its size is not known, or not in such tokens.
/// InputError as from a loader: more samples than there are, a pool or patch that does not divide.
std::optional<Samples> described(const KnownSet& set, bool evaluation, ImageOptions images, const TextOptions& text);

}  // namespace invar::data
