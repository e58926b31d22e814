#include "problem/given_tensors.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "error.h"
#include "problem/adopted_names.h"
#include "settings/nearest.h"

namespace invar {
namespace {

using data::WeightTensor;

constexpr std::size_t kMostTold = 10;
// Doubles hold whole numbers below this exactly.
constexpr double kMostExact = 9007199254740992.0;

/// What makes the block's shape of the file's, "" where nothing simple does.
std::string reshaped(const Shape& there, const Shape& here) {
  if (there.size() == 2 && here == Shape{there[1], there[0]}) return ": transpose it";
  Shape a = there, b = here;
  std::ranges::sort(a);
  std::ranges::sort(b);
  if (a == b) return ": order its axes so";
  return data::elements(there) == data::elements(here) ? ": reshape it" : "";
}

}  // namespace

GivenTensors::GivenTensors(data::WeightFile file) : file_(std::move(file)) {
  number();
}

std::vector<std::string> GivenTensors::adopt(const std::vector<std::string>& wanted) {
  std::vector<std::string> told = adopt_names(file_, wanted);
  number();
  return told;
}

void GivenTensors::number() {
  number_.clear();
  for (std::size_t i = 0; i < file_.tensors.size(); ++i) {
    const WeightTensor& tensor = file_.tensors[i];
    const auto [before, fresh] = number_.emplace(tensor.name, i);
    if (!fresh)
      throw InputError(file_.name + ": " + tensor.name + " stands as " + file_.tensors[before->second].place +
                       " and as " + tensor.place + "; leave one of them out");
  }
}

std::vector<double> GivenTensors::constant(const std::string& name, const Shape& shape) {
  asked_.push_back({name, shape, true});
  const WeightTensor* found = find(name);
  if (found && misfit(asked_.back()).empty()) return found->values;
  return std::vector<double>(static_cast<std::size_t>(extent_product(shape)), 0.0);
}

std::vector<double> GivenTensors::start(const Block& block) {
  for (const Tensor& tensor : block.parameters.tensors()) asked_.push_back({tensor.name, tensor.shape, false});
  require_fit();
  std::vector<double> theta;
  theta.reserve(static_cast<std::size_t>(block.parameters.size()));
  for (const Tensor& tensor : block.parameters.tensors()) {
    const std::vector<double>& values = find(tensor.name)->values;
    theta.insert(theta.end(), values.begin(), values.end());
  }
  return theta;
}

const WeightTensor* GivenTensors::find(const std::string& name) const {
  const auto found = number_.find(name);
  return found == number_.end() ? nullptr : &file_.tensors[found->second];
}

std::string GivenTensors::misfit(const Asked& asked) const {
  const WeightTensor& found = *find(asked.name);
  if (found.shape != asked.shape)
    return found.place + " has the shape " + shape_text(found.shape) + ", the block's is " + shape_text(asked.shape) +
           reshaped(found.shape, asked.shape);
  if (found.integers && !asked.constant)
    return found.place + " holds integers, and parameters are floating-point numbers";
  const auto bad = std::ranges::find_if(found.values, [&](double value) {
    return !std::isfinite(value) || (found.integers && std::abs(value) >= kMostExact);
  });
  if (bad == found.values.end()) return "";
  const std::string element =
      found.place + (found.shape.empty() ? "" : data::index_text(found.shape, bad - found.values.begin()));
  return std::isfinite(*bad) ? element + " is an integer beyond 2^53"
                             : element + " is " + data::nonfinite_text(*bad) + ": no gradient is finite from there";
}

std::string GivenTensors::missing(const Asked& asked) const {
  std::vector<std::string> others;
  const auto known = [&](const WeightTensor& tensor) {
    return std::ranges::find(asked_, tensor.name, &Asked::name) != asked_.end();
  };
  for (const WeightTensor& tensor : file_.tensors)
    if (!known(tensor)) others.push_back(tensor.name);
  const std::string near = did_you_mean(asked.name, others);
  return file_.prefix + asked.name + " is missing, " + (asked.constant ? "a constant of the block, " : "the block's ") +
         shape_text(asked.shape) + (near.starts_with("did you mean") ? "; " + near : "");
}

void GivenTensors::require_fit() const {
  std::vector<const Asked*> absent;
  std::vector<std::string> lines;
  std::set<std::string_view> names;
  for (const Asked& asked : asked_) {
    names.insert(asked.name);
    if (!find(asked.name)) {
      absent.push_back(&asked);
      continue;
    }
    if (std::string line = misfit(asked); !line.empty()) lines.push_back(std::move(line));
  }
  std::vector<const WeightTensor*> unused;
  for (const WeightTensor& tensor : file_.tensors)
    if (!names.contains(tensor.name)) unused.push_back(&tensor);
  const std::size_t problems = absent.size() + lines.size() + unused.size();
  if (problems == 0) return;
  const auto kinds = static_cast<std::size_t>(!absent.empty() + !lines.empty() + !unused.empty());
  std::vector<std::string> told;
  const auto tell = [&](std::size_t count, const auto& line) {
    for (std::size_t i = 0; i < std::min(count, kMostTold / kinds); ++i) told.push_back(line(i));
  };
  tell(absent.size(), [&](std::size_t i) { return missing(*absent[i]); });
  tell(lines.size(), [&](std::size_t i) { return lines[i]; });
  tell(unused.size(), [&](std::size_t i) {
    return unused[i]->place + " " + shape_text(unused[i]->shape) + " is a tensor which the block lacks";
  });
  std::string text = file_.name + ": does not fit the block:";
  for (const std::string& line : told) text += "\n  " + line;
  if (problems > told.size())
    text += "\n  and " + std::to_string(problems - told.size()) + " more: of the block's " +
            std::to_string(asked_.size()) + " tensors " + std::to_string(absent.size()) + " are missing and " +
            std::to_string(lines.size()) + " do not fit, " + std::to_string(unused.size()) +
            " of the file are too many";
  throw InputError(text + "\nchoose options and sizes of the block with --set, or give another file");
}

}  // namespace invar
