// Which text in index notation a unit of work trains: a model's with the options that the user and the data say, or the
// user's block.
#pragma once

#include <string>

#include "data/samples.h"
#include "models/model.h"
#include "problem/configuration.h"
#include "problem/ladder.h"

namespace invar {

/// The text of the unit's model, with these options, or of the user's block; `source` names it in messages.
ModelText text_of(const Configuration& configuration, const Unit& unit, const ModelOptions& options,
                  const std::string& source);

/// What the data say of options that are not given: the sides and channels of flat images, the tokens of a text.
ModelOptions options_with_data(const Unit& unit, const data::Samples& samples);

/// What --print-block prints: the text of each model, or of the block's file. Used as --block with the same data it is
/// the same net, behind either loss: what the user fixes stands in a `sizes` line, all else gives way to the data.
std::string block_texts(const Configuration& configuration);

}  // namespace invar
