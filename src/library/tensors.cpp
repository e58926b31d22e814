#include "library/tensors.h"

#include <cmath>
#include <set>
#include <span>

#include "error.h"
#include "settings/texts.h"

namespace invar::api {
namespace {

void expect_new(const std::string& name, std::set<std::string>& names, const std::string& what) {
  if (!names.insert(name).second)
    throw InputError(what + ": the name '" + name + "' stands twice; give each tensor its own");
}

}  // namespace

std::int64_t numbers_of(const std::vector<std::int64_t>& shape, const std::string& what) {
  std::int64_t numbers = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 1)
      throw InputError(what + " has the shape " + shape_text(shape) + ", and " + std::to_string(extent) +
                       " is no extent; give 1 or more");
    if (extent > kMostNumbers / numbers)
      throw InputError(what + " has the shape " + shape_text(shape) +
                       ", more than 10^12 numbers; give smaller extents");
    numbers *= extent;
  }
  return numbers;
}

std::int64_t expect_parameters(const std::vector<Tensor>& tensors) {
  if (tensors.empty()) throw InputError("parameters: the loss has none, so nothing moves; give it a tensor or more");
  std::set<std::string> names;
  for (const Tensor& tensor : tensors) expect_new(tensor.name, names, "parameters");
  return parameter_count(tensors);
}

std::int64_t expect_loss(const Loss& loss) {
  if (loss.samples() < 1)
    throw InputError("samples: the loss has " + std::to_string(loss.samples()) + "; it needs 1 or more");
  return expect_parameters(loss.parameters());
}

void expect_theta(std::span<const double> theta, std::int64_t parameters, const std::string& what) {
  if (std::ssize(theta) != parameters)
    throw InputError(what + ": it has " + std::to_string(theta.size()) + " numbers, and the loss " +
                     std::to_string(parameters) + " parameters; give as many");
  for (std::size_t i = 0; i < theta.size(); ++i)
    if (!std::isfinite(theta[i]))
      throw InputError(what + ": number " + std::to_string(i) + " is " + exact_text(theta[i]) + "; give finite ones");
}

void add_constants(const std::vector<Constant>& constants, KnownSizes& known) {
  std::set<std::string> names;
  for (const Constant& constant : constants) {
    const std::string what = "constants: '" + constant.name + "'";
    expect_new(constant.name, names, "constants");
    if (const std::int64_t numbers = numbers_of(constant.shape, what); numbers != std::ssize(constant.values))
      throw InputError(what + " has the shape " + shape_text(constant.shape) + " and " +
                       std::to_string(constant.values.size()) + " values; give " + std::to_string(numbers));
    for (std::size_t i = 0; i < constant.values.size(); ++i)
      if (!std::isfinite(constant.values[i]))
        throw InputError(what + ": number " + std::to_string(i) + " is " + exact_text(constant.values[i]) +
                         "; give finite ones");
    known.constants[constant.name] = constant.values;
    known.shapes[constant.name] = constant.shape;
  }
}

}  // namespace invar::api
