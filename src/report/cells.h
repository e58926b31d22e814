// Numbers as the cells of printed tables.
#pragma once

#include <string>

namespace invar {

/// At most 7 characters; "-" for NaN.
std::string number_cell(double value);

/// At most 7 characters, the standard error in units of the last digit: "0.98(2)", "1.8(5)", "-.02(1)".
std::string exponent_cell(double exponent, double standard_error);

/// A name cut to this width in its middle, for names differ at their ends.
std::string shortened(const std::string& name, std::size_t width);

}  // namespace invar
