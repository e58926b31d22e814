// See samples.h.
#include "data/samples.h"

#include <algorithm>

#include "error.h"

namespace invar::data {

Samples one_hot(Samples samples) {
  if (!samples.labels) return samples;
  samples.y = one_hot_rows(std::move(samples.y), samples.classes);
  samples.y_shape.push_back(samples.classes);
  samples.labels = false;
  return samples;
}

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

std::int64_t elements(const Shape& shape) {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) product *= extent;
  return product;
}

std::int64_t taken(const SampleCount& count, std::int64_t available, const std::string& place) {
  const std::int64_t wanted = count.wanted;
  if (wanted < 0) throw InputError(std::string(count.key) + " = " + std::to_string(wanted) + ": must be positive, or 0 for all");
  if (wanted > available && !count.or_fewer) {
    throw InputError(std::string(count.key) + " = " + std::to_string(wanted) + ": " + place + " holds " + std::to_string(available) +
                     ": ask for at most " + std::to_string(available));
  }
  return wanted == 0 ? available : std::min(wanted, available);
}

}  // namespace invar::data
