// Which of the known names a mistyped one is likely to mean, by the number of letters changed, added or left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace invar {

/// "did you mean 'heads'?" if a name is near, else "known are: heads, causal".
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known);

}  // namespace invar
