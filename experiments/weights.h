// Parameters in files, by the names of the block's tensors.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/tables.h"
#include "tensor/block.h"

namespace invar {

/// θ out of tensors of a file; `prefix` stands before a name in messages. Throws InputError: a tensor is missing, has
/// another shape, or a number that is not finite.
std::vector<double> named_start(const Block& block, const std::vector<data::NamedTensor>& tensors,
                                const std::string& file, std::string_view prefix);

/// *.safetensors; or HDF5, whose tensors are in /parameters or, as `train` and `drift` leave them, in /runs/NNNN/end:
/// results.h5:runs/0003/end. What the file has beyond the block's tensors is an error, too: it is of another net.
std::vector<double> load_weights(const std::string& place, const Block& block);

/// Makes the folder where it is not there. InputError where no file can be written into it.
void make_weights_folder(const std::string& folder);

/// θ as a file of safetensors in the folder, run0007.safetensors.
void save_weights(const std::string& folder, std::int64_t run, const Block& block, const std::vector<double>& theta,
                  bool in_double, const std::string& model);

}  // namespace invar
