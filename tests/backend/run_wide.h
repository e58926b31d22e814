// Runs a plan that has the samples as an axis, all of them at once.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/packed_samples.h"
#include "tests/backend/batch_oracle.h"

namespace invar::oracle {

/// Output 0, of `size` entries; v: variable 1.
template <class S>
std::vector<S> run_wide(const KernelPlan& plan, const Numbers& theta, const Numbers& v, const SampleArrays& samples,
                        Index size) {
  HostExecutor<S> executor(std::make_shared<const KernelPlan>(plan), 1);
  const auto in = [](const auto& values) { return std::vector<S>(values.begin(), values.end()); };
  const std::vector<S> parameters = in(theta), direction = in(v), input = in(samples.input),
                       target = in(samples.target),
                       weight(static_cast<std::size_t>(samples.count), S(1) / static_cast<S>(samples.count));
  std::vector<S> result(static_cast<std::size_t>(size), std::numeric_limits<S>::quiet_NaN()), cost(1);
  executor.set_variable(0, parameters.data());
  executor.set_variable(1, direction.data());
  executor.set_samples(input.data(), target.data(), weight.data(), 1, 1);
  executor.set_output(0, result.data());
  executor.set_output(1, cost.data());
  executor.run();
  return result;
}

/// The largest difference over the largest entry of b; not small where an entry is no number.
inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0.0, size = 1e-300;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = std::max(difference, std::isnan(a[i]) ? 1e300 : std::abs(a[i] - b[i]));
    size = std::max(size, std::abs(b[i]));
  }
  return difference / size;
}

}  // namespace invar::oracle
