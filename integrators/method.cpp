// Names of the causes that end a run, and the numbers in their messages.
#include "integrators/method.h"

#include <array>
#include <charconv>
#include <cmath>

namespace invar {

std::string_view to_string(End end) {
  switch (end) {
    case End::completed:
      return "completed";
    case End::truncated_gradients:
      return "truncated by gradients";
    case End::truncated_seconds:
      return "truncated by seconds";
    case End::truncated_steps:
      return "truncated by steps";
    case End::diverged:
      return "diverged";
    case End::stalled:
      return "stalled";
    case End::interrupted:
      return "interrupted";
    case End::stopped:
      return "stopped";
  }
  return "unknown";
}

template <class S>
void Method<S>::archive(Archive& archive) {
  archive("accepted", counters_.accepted);
  archive("rejected", counters_.rejected);
  archive("rejected_nonfinite", counters_.rejected_nonfinite);
}

template class Method<float>;
template class Method<double>;

std::string counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";  // of either sign
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6).ptr;
  return {text.data(), end};
}

}  // namespace invar
