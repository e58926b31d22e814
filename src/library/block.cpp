#include "invar/block.h"

#include <cmath>
#include <numeric>

#include "backend/cost_plans.h"
#include "library/checked.h"
#include "library/parts.h"
#include "library/tensors.h"
#include "models/readout.h"
#include "problem/block_library.h"
#include "problem/random_start.h"
#include "settings/texts.h"
#include "tensor/outline.h"

namespace invar::api {
namespace {

std::int64_t samples_of(const std::vector<double>& numbers, const Shape& shape, const char* name) {
  const Index elements = extent_product(shape);
  const auto count = std::ssize(numbers);
  if (count % elements != 0 || count == 0)
    throw InputError(std::string("data: ") + std::to_string(count) + " numbers in " + name +
                     " are no samples of the shape " + shape_text(shape) + "; give all numbers of each");
  return count / elements;
}

/// Finite ones; inputs that look up rows are integers below `tokens`; of cross-entropy y are distributions over the
/// last axis.
void expect_numbers(const Data& data, Index tokens, bool distributions) {
  for (const auto* numbers : {&data.x, &data.y})
    for (std::size_t i = 0; i < numbers->size(); ++i)
      if (!std::isfinite((*numbers)[i]))
        throw InputError(std::string("data: number ") + std::to_string(i) + " of " + (numbers == &data.x ? "x" : "y") +
                         " is not finite; give numbers");
  for (std::size_t i = 0; tokens > 0 && i < data.x.size(); ++i)
    if (data.x[i] != std::floor(data.x[i]) || data.x[i] < 0.0 || data.x[i] >= static_cast<double>(tokens))
      throw InputError("data: number " + std::to_string(i) + " of x is " + exact_text(data.x[i]) +
                       ", and the block looks up rows by it; give the integers from 0 to " +
                       std::to_string(tokens - 1));
  if (!distributions) return;
  if (data.y_shape.empty())
    throw InputError(
        "data: y is a number a sample, and cross-entropy takes distributions over classes; give the output an axis of "
        "classes, or Cost::squared");
  const auto classes = static_cast<std::size_t>(data.y_shape.back());
  for (std::size_t at = 0; at < data.y.size(); at += classes) {
    double sum = 0.0;
    double least = 0.0;
    for (std::size_t k = at; k < at + classes; ++k) sum += data.y[k], least = std::min(least, data.y[k]);
    if (std::abs(sum - 1.0) > 1e-6 || least < 0.0)
      throw InputError("data: y from number " + std::to_string(at) + " on " +
                       (least < 0.0 ? "has " + exact_text(least) + " among" : "sums to " + exact_text(sum) + " over") +
                       " the classes, and cross-entropy takes distributions; give such, or Cost::squared");
  }
}

void expect_length(std::size_t length, Index parameters, const char* what) {
  if (static_cast<Index>(length) != parameters)
    throw std::invalid_argument(std::string(what) + " has " + std::to_string(length) + " numbers, and the block has " +
                                std::to_string(parameters) + " parameters");
}

/// 0, 1, … count − 1: the full batch, which stays packed.
bool is_all(std::span<const std::int64_t> samples, std::int64_t count) {
  if (std::ssize(samples) != count) return false;
  for (std::int64_t i = 0; i < count; ++i)
    if (samples[static_cast<std::size_t>(i)] != i) return false;
  return true;
}

}  // namespace

Block::Block(std::string_view text, Data data, Cost cost, const std::map<std::string, std::int64_t>& sizes,
             const std::vector<Constant>& constants)
    : parts_(std::make_unique<Parts>()) {
  checked([&] {
    numbers_of(data.x_shape, "data: x");
    numbers_of(data.y_shape, "data: y");
    KnownSizes known;
    known.extents = sizes;
    add_constants(constants, known);
    const std::string whole(text);
    BlockOutline before = outline(whole, "block", built_in_blocks());
    const std::string read = cost == Cost::squared ? split_at_loss(whole).text : whole;
    if (read.size() < whole.size()) before = outline(read, "block", built_in_blocks());
    known.shapes[before.input.name] = data.x_shape;
    if (before.output.axes.size() == data.y_shape.size())
      for (std::size_t axis = 0; axis < data.y_shape.size(); ++axis)
        if (before.output.axes[axis].size() == 1 && !before.sizes.contains(before.output.axes[axis]))
          known.extents.try_emplace(before.output.axes[axis], data.y_shape[axis]);
    parts_->block = read_block(read, known, "block", built_in_blocks());
    const Shape output = parts_->block.graph[parts_->block.output].shape;
    if (output != data.y_shape)
      throw InputError("data: y has the shape " + shape_text(data.y_shape) + " for a sample, and the block's output " +
                       shape_text(output) + "; give such data, or other sizes");
    const std::int64_t count = samples_of(data.x, data.x_shape, "x");
    if (const std::int64_t others = samples_of(data.y, data.y_shape, "y"); others != count)
      throw InputError("data: x has " + std::to_string(count) + " samples, y has " + std::to_string(others));
    expect_numbers(data, parts_->block.input_tokens, cost == Cost::cross_entropy);
    parts_->samples = SampleArrays(count, extent_product(data.x_shape), extent_product(data.y_shape), std::move(data.x),
                                   std::move(data.y));
    parts_->plans = plan_cost(parts_->block, cost == Cost::squared ? invar::Loss::squared : invar::Loss::cross_entropy);
    parts_->all = std::make_unique<Objective<double>>(parts_->plans, parts_->samples);
    std::vector<Index> place(static_cast<std::size_t>(parts_->block.parameters.size()));
    std::iota(place.begin(), place.end(), 0);
    Laws::Parts& laws = *parts_->laws.parts_;
    laws.add(parts_->block, place);
    laws.tensors = parameters();
    laws.parameters = parts_->block.parameters.size();
  });
}

Block::~Block() = default;

std::vector<double> Block::start(std::uint64_t seed, double scale) const {
  if (!std::isfinite(scale)) throw std::invalid_argument("scale: it is not finite; give a number, for example 1");
  return random_start(parts_->block, scale, static_cast<std::int64_t>(seed), "start");
}

const Laws& Block::laws() const {
  return parts_->laws;
}

std::vector<Tensor> Block::parameters() const {
  std::vector<Tensor> tensors;
  for (const invar::Tensor& tensor : parts_->block.parameters.tensors()) tensors.push_back({tensor.name, tensor.shape});
  return tensors;
}

std::int64_t Block::samples() const {
  return parts_->samples.count;
}

double Block::evaluate(std::span<const double> theta, std::span<const std::int64_t> samples,
                       std::span<double> gradient) {
  expect_length(theta.size(), parts_->all->size(), "theta");
  expect_length(gradient.size(), parts_->all->size(), "gradient");
  if (is_all(samples, parts_->samples.count)) return parts_->all->evaluate(theta.data(), gradient.data());
  for (const std::int64_t sample : samples)
    if (sample < 0 || sample >= parts_->samples.count)
      throw std::invalid_argument("there is no sample " + std::to_string(sample));
  if (samples.empty()) throw std::invalid_argument("a cost of no samples");
  if (std::ssize(samples) > parts_->room) {
    parts_->room = std::ssize(samples);
    parts_->some = std::make_unique<Objective<double>>(parts_->plans, parts_->samples, parts_->room);
  }
  return parts_->some->evaluate(theta.data(), samples, gradient.data());
}

void Block::hessian_product(std::span<const double> theta, std::span<const double> v, std::span<double> out) {
  expect_length(theta.size(), parts_->all->size(), "theta");
  expect_length(v.size(), parts_->all->size(), "v");
  expect_length(out.size(), parts_->all->size(), "out");
  parts_->all->hessian_product(theta.data(), v.data(), out.data());
}

}  // namespace invar::api
