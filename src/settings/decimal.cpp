#include "settings/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace invar {

std::optional<double> finite_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string integer_digits(std::string_view text) {
  if (!finite_number(text)) return "";  // also of what no number in double reaches
  std::string digits;
  if (text.front() == '+' || text.front() == '-') {
    if (text.front() == '-') digits = "-";
    text.remove_prefix(1);
  }
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  if (text.substr(0, e).find_first_not_of("0.") == std::string_view::npos) return "0";
  std::string_view exponent_text = text.substr(std::min(e + 1, text.size())), mantissa = text.substr(0, e);
  if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
  std::int64_t exponent = 0;
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  digits += mantissa.substr(0, point);
  std::string fraction(mantissa.substr(std::min(point + 1, mantissa.size())));
  for (; exponent > 0; --exponent) {  // at most 308 and the mantissa's length
    digits += fraction.empty() ? '0' : fraction.front();
    if (!fraction.empty()) fraction.erase(0, 1);
  }
  const std::size_t sign = digits.starts_with('-') ? 1 : 0;
  for (; exponent < 0; ++exponent) {
    fraction.insert(fraction.begin(), digits.size() > sign ? digits.back() : '0');
    if (digits.size() > sign) digits.pop_back();
  }
  if (fraction.find_first_not_of('0') != std::string::npos) return "";
  return digits.size() > sign ? digits : "0";
}

}  // namespace invar
