// See labels.h.
#include "data/labels.h"

#include <algorithm>

#include "data/named_tensor.h"
#include "error.h"

namespace invar::data {

ClassNumbers read_class_numbers(const hdf5::Dataset& dataset, std::int64_t count, const std::string& otherwise) {
  constexpr std::int64_t kMostClasses = 1 << 24;  // beyond any vocabulary: the integers are no labels
  constexpr std::int64_t kAtATime = 1 << 20;
  const hdf5::Shape shape = dataset.shape();
  const std::int64_t row = elements(shape) / shape.front(), together = std::max<std::int64_t>(1, kAtATime / row);
  ClassNumbers labels;
  for (std::int64_t begin = 0; begin < shape.front(); begin += together) {
    const std::int64_t here = std::min(together, shape.front() - begin);
    const std::vector<std::int64_t> read = dataset.read_part<std::int64_t>(begin, here);
    const auto wrong = std::ranges::find_if(read, [](std::int64_t n) { return n < 0 || n >= kMostClasses; });
    if (wrong != read.end())
      throw InputError(to_string(dataset.place()) + index_text(shape, begin * row + (wrong - read.begin())) + " is " +
                       std::to_string(*wrong) + ": integers are labels and begin at 0, one class each (" + otherwise +
                       ")");
    labels.classes = std::max(labels.classes, *std::ranges::max_element(read) + 1);
    const auto taken = std::clamp<std::int64_t>(count - begin, 0, here) * row;
    labels.first.insert(labels.first.end(), read.begin(), read.begin() + taken);
  }
  // A head has a row a class: one slip of a label would make a net of its size.
  constexpr std::int64_t kUsual = 100'000, kFew = 10;
  const std::int64_t all = elements(shape);
  if (labels.classes > std::max(kUsual, kFew * all))
    throw InputError(to_string(dataset.place()) + ": the largest of " + std::to_string(all) + " labels is " +
                     std::to_string(labels.classes - 1) + ", so the net would have so many outputs; number the " +
                     "classes from 0 on (numpy.unique(labels, return_inverse=True)[1]), or " + otherwise);
  return labels;
}

}  // namespace invar::data
