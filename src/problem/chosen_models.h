// The configuration's models as the registry knows them: the only part of the front that looks into it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/model.h"
#include "problem/checks.h"

namespace invar {

/// The options of a model: the general settings that it knows, then those that name it. For a block ("") all settings,
/// which are sizes: letter → extent.
ModelOptions model_options(const Configuration& configuration, std::string_view model);

/// The same where data are still to tell the side of an image: one that the patch divides stands for it.
ModelOptions before_data(std::string_view model, ModelOptions options);

/// Extents of single letters among the settings: d=8 for all models, attention.d=8 for one; of a block all its
/// settings.
std::map<std::string, std::int64_t> index_sizes(const Configuration& configuration, std::string_view model);

/// Unknown models, options that no model of the job has, values that an option does not take; a block's sizes.
void check_models(const CheckedSettings& checked, std::vector<std::string>& problems);

/// What --list prints: every model with its options and their defaults, and the methods that the program takes.
std::string list_text(const Program& program);

}  // namespace invar
