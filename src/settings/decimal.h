// Numbers as people write them, in decimals.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace invar {

/// "0.5", "+1e-6"; none where the text is not wholly a number, or not one that a double reaches.
std::optional<double> finite_number(std::string_view text);

/// The digits, behind a sign, of a decimal number that is an integer: "1500" of "1.5e3", without a detour through a
/// double, which would round from 2^53 on. "" where the text is none.
std::string integer_digits(std::string_view text);

}  // namespace invar
