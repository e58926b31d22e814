#include "report/cells.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace invar {
namespace {

template <class... Values>
std::string printed(const char* format, Values... values) {
  char text[64];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

}  // namespace

std::string number_cell(double value) {
  if (std::isnan(value)) return "-";
  if (value == 0.0) return "0";
  const double size = std::abs(value);
  if (size >= 0.01 && size < 1000.0) return printed("%.2g", value);
  return printed(value < 0.0 || size < 1e-99 || size > 1e99 ? "%.0e" : "%.1e", value);
}

std::string exponent_cell(double exponent, double standard_error) {
  if (std::isnan(exponent)) return "-";
  const double value = std::clamp(exponent, -99.0, 99.0);
  const double error = std::isnan(standard_error) ? 0.0 : standard_error;
  const int digits = error < 0.095 ? 2 : error < 0.95 ? 1 : 0;
  std::string text = printed("%.*f", digits, value);
  if (text.find_first_of("123456789") == std::string::npos && text.front() == '-') text.erase(0, 1);  // no -0.00
  if (text.starts_with("-0.")) text.erase(1, 1);
  const double units = std::min(std::round(error * std::pow(10.0, digits)), 99.0);
  return text + printed("(%.0f)", units);
}

std::string shortened(const std::string& name, std::size_t width) {
  if (name.size() <= width) return name;
  const std::size_t head = (width - 2) / 3;
  return name.substr(0, head) + ".." + name.substr(name.size() - (width - 2 - head));
}

}  // namespace invar
