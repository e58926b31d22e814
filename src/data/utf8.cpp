// See utf8.h.
#include "data/utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "unicode.h"

namespace invar::data {
namespace {

constexpr std::int64_t kPiece = 1 << 20;
constexpr const char* kRemedy =
    "give a text in UTF-8 (iconv -f ENCODING -t UTF-8 converts one), or take its bytes, --tokenizer bytes";
constexpr std::string_view kMark = "\xEF\xBB\xBF";  // U+FEFF

}  // namespace

std::size_t white_space(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return first == ' ' || (first >= '\t' && first <= '\r') || (first >= 0x1C && first <= 0x1F) ? 1 : 0;
  if (first != 0xC2 && (first < 0xE1 || first > 0xE3)) return 0;
  constexpr std::array<std::string_view, 19> kSpaces{
      "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
      "\u2007", "\u2008", "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};
  const auto found = std::ranges::find_if(kSpaces, [&](std::string_view space) { return text.starts_with(space); });
  return found == kSpaces.end() ? 0 : found->size();
}

Utf8::Utf8(const std::filesystem::path& path) : file_(path, "give a text") {}

void Utf8::refuse_other_encodings() const {
  using namespace std::string_view_literals;
  struct Mark {
    std::string_view bytes, encoding;
  };
  // The longer ones first: UTF-32's begins with UTF-16's.
  constexpr std::array kMarks{Mark{"\xFF\xFE\0\0"sv, "UTF-32"}, Mark{"\0\0\xFE\xFF"sv, "UTF-32"},
                              Mark{"\xFF\xFE"sv, "UTF-16"}, Mark{"\xFE\xFF"sv, "UTF-16"}};
  for (const Mark& mark : kMarks)
    if (raw_.starts_with(mark.bytes)) file_.fail("is a text in " + std::string(mark.encoding), kRemedy);
}

bool Utf8::append_some(std::string& text) {
  const std::vector<std::uint8_t> piece = file_.read_some(kPiece);
  const bool end = piece.empty();
  raw_.append(piece.begin(), piece.end());
  std::size_t at = 0;
  if (begins_) {
    refuse_other_encodings();
    if (raw_.starts_with(kMark)) at = kMark.size();
  }
  begins_ = false;
  const auto plain = [](char c) { return c >= ' ' && static_cast<unsigned char>(c) < 0x80; };
  while (at < raw_.size()) {
    const char c = raw_[at];
    if (plain(c)) {  // most are: a run of them at once
      const auto run = std::find_if_not(raw_.begin() + static_cast<std::ptrdiff_t>(at), raw_.end(), plain);
      const auto bytes = static_cast<std::size_t>(run - raw_.begin()) - at;
      text.append(raw_, at, bytes);
      at += bytes;
      behind_return_ = false;
      continue;
    }
    const std::string_view rest = std::string_view(raw_).substr(at);
    const std::size_t bytes = utf8_length(c);
    if (c == '\0')
      file_.fail("byte " + std::to_string(done_ + at) + " is NUL, which is in no text: it is one in UTF-16, or binary",
                 kRemedy);
    if (rest.size() < bytes && !end) break;
    if (utf8_character(rest) == 0) file_.fail("byte " + std::to_string(done_ + at) + " is no UTF-8", kRemedy);
    if (c == '\r') {
      text += '\n';
    } else if (c != '\n' || !behind_return_) {
      text.append(rest.substr(0, bytes));
    }
    behind_return_ = c == '\r';
    at += bytes;
  }
  raw_.erase(0, at);
  done_ += at;
  return !end;
}

}  // namespace invar::data
