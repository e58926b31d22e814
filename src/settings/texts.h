// Numbers and words as options have them, and numbers as they are shown. A reader throws InputError with the reason and
// the remedy; who calls it adds the value and the place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace invar {

double read_number(std::string_view text);
/// Of 64 bits, exactly; "1e6" is one too.
std::int64_t read_integer(std::string_view text);
std::vector<std::int64_t> read_integers(std::string_view text);  // "4", or a range with both ends: "1..3"

/// The shortest text that reads back as the same number.
std::string exact_text(double value);

/// The words of a text, separated by spaces.
std::vector<std::string> split_words(std::string_view text);

/// A text as a TOML string.
std::string toml_quoted(std::string_view text);

/// How a key's value is read and shown whose type is none of numbers, truths, texts and choices: for the room that has
/// the type to specialise, with
///   static T read(std::string_view text);       // throws InputError
///   static std::string toml(const T& value);    // which reads back as the same value
template <class T>
struct ValueText;

}  // namespace invar
