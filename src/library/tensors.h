// Tensors that a caller describes, checked: extents, numbers, names.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "invar/loss.h"
#include "tensor/block.h"

namespace invar::api {

inline constexpr std::int64_t kMostNumbers = 1'000'000'000'000;  // more fit no memory, and products could overflow

/// Numbers of a shape. InputError that begins with `what`: an extent below 1, more than 10^12 numbers.
std::int64_t numbers_of(const std::vector<std::int64_t>& shape, const std::string& what);

/// Numbers of all. InputError: as above for one or all, a name that stands twice, none at all.
std::int64_t expect_parameters(const std::vector<Tensor>& tensors);

/// Its parameters, as above. InputError too where it has no sample.
std::int64_t expect_loss(const Loss& loss);

/// θ has this many finite numbers. InputError that begins with `what`.
void expect_theta(std::span<const double> theta, std::int64_t parameters, const std::string& what);

/// Shapes and values for the text that declares them. InputError: another number of values than the shape has, one that
/// is not finite, a name that stands twice.
void add_constants(const std::vector<Constant>& constants, KnownSizes& known);

}  // namespace invar::api
