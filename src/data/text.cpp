// See text.h.
#include "data/text.h"

#include "data/bytes.h"
#include "error.h"

namespace invar::data {
namespace {

const std::string kEndOfLine = "<eos>", kUnknown = "<unk>";

std::string read_all(const std::filesystem::path& path) {
  constexpr std::int64_t kPiece = 1 << 20;
  Bytes file(path, "give a text");
  std::string text;
  while (true) {
    const std::vector<std::uint8_t> piece = file.read_some(kPiece);
    if (piece.empty()) return text;
    text.append(piece.begin(), piece.end());
  }
}

/// Calls use(token) for each.
template <class Use>
void for_each_word(const std::string& text, const Use& use) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; };
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '\n') {
      use(kEndOfLine);
      ++at;
    } else if (is_space(text[at])) {
      ++at;
    } else {
      std::size_t end = at;
      while (end < text.size() && text[end] != '\n' && !is_space(text[end])) ++end;
      use(text.substr(at, end - at));
      at = end;
    }
  }
  if (!text.empty() && text.back() != '\n') use(kEndOfLine);
}

/// Bytes of the character that begins with this one; 0: none does.
std::size_t character_bytes(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

template <class Use>
void for_each_character(const std::string& text, const std::string& place, const Use& use) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = character_bytes(static_cast<unsigned char>(text[at]));
    bool whole = bytes > 0 && at + bytes <= text.size();
    for (std::size_t i = 1; whole && i < bytes; ++i) whole = (static_cast<unsigned char>(text[at + i]) & 0xC0) == 0x80;
    if (!whole)
      throw InputError(place + ": byte " + std::to_string(at) +
                       " is no UTF-8; give a text in UTF-8, or take its bytes, --tokenizer bytes");
    use(text.substr(at, bytes));
    at += bytes;
  }
}

std::vector<std::int64_t> tokens_of(const std::string& text, const std::string& place, Tokenizer tokenizer,
                                    Vocabulary& vocabulary) {
  std::vector<std::int64_t> tokens;
  if (tokenizer == Tokenizer::bytes) {
    if (vocabulary.empty())
      for (int byte = 0; byte < 256; ++byte) vocabulary.add(std::string(1, static_cast<char>(byte)));
    for (const char byte : text) tokens.push_back(static_cast<unsigned char>(byte));
    return tokens;
  }
  const bool grows = vocabulary.empty();
  const std::int64_t unknown = grows ? -1 : vocabulary.find(kUnknown);
  const auto use = [&](const std::string& name) {
    std::int64_t token = grows ? vocabulary.add(name) : vocabulary.find(name);
    if (token < 0) token = unknown;
    if (token < 0)
      throw InputError(place + ": token " + std::to_string(tokens.size()) + " is '" + name +
                       "', which the training text does not have, nor <unk>; give a text of the same words");
    tokens.push_back(token);
  };
  if (tokenizer == Tokenizer::words)
    for_each_word(text, use);
  else
    for_each_character(text, place, use);
  return tokens;
}

const char* name(Tokenizer tokenizer) {
  constexpr const char* kNames[] = {"words", "characters", "bytes"};
  return kNames[static_cast<int>(tokenizer)];
}

}  // namespace

std::int64_t Vocabulary::add(const std::string& name) {
  const auto [found, fresh] = numbers_.try_emplace(name, size());
  if (fresh) names_.push_back(name);
  return found->second;
}

std::int64_t Vocabulary::find(const std::string& name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? -1 : found->second;
}

bool is_text(const std::filesystem::path& path) {
  std::filesystem::path plain = path.filename();
  if (plain.extension() == ".gz") plain = plain.stem();
  return plain.extension() == ".txt" || plain.extension() == ".tokens";
}

Samples load_text(const std::filesystem::path& path, const TextOptions& options, Vocabulary& vocabulary) {
  const std::int64_t length = options.tokens;
  if (length < 1) throw InputError("tokens = " + std::to_string(length) + ": a sample has at least 1");
  const std::vector<std::int64_t> tokens = tokens_of(read_all(path), path.string(), options.tokenizer, vocabulary);
  const auto all = static_cast<std::int64_t>(tokens.size());
  const std::string size = std::to_string(all) + " " + name(options.tokenizer);
  const std::int64_t available = all > 0 ? (all - 1) / length : 0;
  if (available == 0)
    throw InputError(path.string() + ": holds " + size + ", fewer than a sample of " + std::to_string(length) +
                     " and the one behind it; give a longer text or shorter samples, --tokens");
  Samples samples;
  samples.count = taken(options.samples, available, path.string() + " in samples of " + std::to_string(length));
  samples.x_shape = samples.y_shape = {length};
  samples.x.assign(tokens.begin(), tokens.begin() + samples.count * length);
  samples.y.assign(tokens.begin() + 1, tokens.begin() + samples.count * length + 1);
  samples.labels = true;
  samples.classes = samples.vocabulary = vocabulary.size();
  samples.description = path.string() + ": " + size + ", vocabulary " + std::to_string(vocabulary.size()) + ", first " +
                        std::to_string(samples.count) + " samples of " + std::to_string(length);
  return samples;
}

}  // namespace invar::data
