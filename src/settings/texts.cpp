// Texts to numbers and words, and back: see texts.h.
#include "settings/texts.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <numeric>
#include <sstream>

#include "error.h"
#include "settings/decimal.h"

namespace invar {

std::string exact_text(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), end);
  // "1e-06" is what to_chars writes; people write 1e-6
  if (const auto sign = text.find('e'); sign != std::string::npos && text[sign + 2] == '0') text.erase(sign + 2, 1);
  return text;
}

double read_number(std::string_view text) {
  const auto value = finite_number(text);
  if (!value) throw InputError("is no finite number; write for example 0.5 or 1e-6");
  return *value;
}

std::int64_t read_integer(std::string_view text) {
  const std::string digits = integer_digits(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty()) throw InputError("is no integer; write for example 32 or 1e6");
  if (error == std::errc::result_out_of_range)
    throw InputError("is beyond the integers of 64 bits; write one of at most 2^63 - 1 = 9223372036854775807");
  return value;
}

std::vector<std::int64_t> read_integers(std::string_view text) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) return {read_integer(text)};
  const std::int64_t first = read_integer(text.substr(0, dots));
  const std::int64_t last = read_integer(text.substr(dots + 2));
  if (last < first) throw InputError("is an empty range; write the smaller end first, as in 1..3");
  const std::uint64_t steps = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
  if (steps >= 10000) throw InputError("is a range of more than 10000 values; give a shorter one");
  std::vector<std::int64_t> values(steps + 1);
  std::iota(values.begin(), values.end(), first);
  return values;
}

std::vector<std::string> split_words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> list;
  for (std::string word; stream >> word;) list.push_back(word);
  return list;
}

std::string toml_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04X", static_cast<unsigned>(static_cast<unsigned char>(c)));
      quoted += code;
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

}  // namespace invar
