// See text.h.
#include "data/text.h"

#include <algorithm>

#include "data/bytes.h"
#include "data/spool.h"
#include "data/utf8.h"
#include "error.h"
#include "unicode.h"

namespace invar::data {
namespace {

const std::string kEndOfLine = "<eos>", kUnknown = "<unk>";

constexpr std::size_t kLongestWord = 1 << 20;  // bytes; a file of binary data may have no white space at all

/// Calls use(token) for each that the text holds whole, or, at its end, for all. Number of bytes that are done.
template <class Use>
std::size_t for_each_word(std::string_view text, bool end_of_file, const std::string& place, const Use& use) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '\n') {
      use(kEndOfLine);
      ++at;
    } else if (const std::size_t space = white_space(text.substr(at)); space > 0) {
      at += space;
    } else {
      std::size_t end = at;
      while (end < text.size() && white_space(text.substr(end)) == 0) end += utf8_length(text[end]);
      if (end - at > kLongestWord)
        throw InputError(place + ": holds a word of more than " + std::to_string(kLongestWord) +
                         " bytes; give a text with white space, or --tokenizer characters");
      if (end == text.size() && !end_of_file) return at;
      use(text.substr(at, end - at));
      at = end;
    }
  }
  return at;
}

/// The tokens of a text, put down.
class Tokens {
 public:
  void add(std::uint32_t token) { spool_.append({reinterpret_cast<const std::uint8_t*>(&token), kBytes}); }
  std::int64_t size() const { return spool_.size() / kBytes; }
  void read(std::int64_t begin, std::int64_t count, double* numbers) const {
    static thread_local std::vector<std::uint32_t> tokens;
    tokens.resize(static_cast<std::size_t>(count));
    spool_.read(begin * kBytes, count * kBytes, reinterpret_cast<std::uint8_t*>(tokens.data()));
    std::copy(tokens.begin(), tokens.end(), numbers);
  }

 private:
  static constexpr std::int64_t kBytes = sizeof(std::uint32_t);

  Spool spool_;
};

/// The file's tokens; the text itself is read by the piece.
std::shared_ptr<const Tokens> tokens_of(const std::filesystem::path& path, Tokenizer tokenizer,
                                        Vocabulary& vocabulary) {
  const auto made = std::make_shared<Tokens>();
  Tokens& tokens = *made;
  const std::string place = path.string();
  const bool grows = vocabulary.empty();
  if (grows && tokenizer == Tokenizer::bytes)
    for (int byte = 0; byte < 256; ++byte) vocabulary.add(std::string(1, static_cast<char>(byte)));
  const std::int64_t unknown = grows ? -1 : vocabulary.find(kUnknown);
  const auto use = [&](std::string_view name) {
    std::int64_t token = grows ? vocabulary.add(name) : vocabulary.find(name);
    if (token < 0) token = unknown;
    if (token < 0)
      throw InputError(place + ": token " + std::to_string(tokens.size()) + " is '" + std::string(name) +
                       "', which the training text does not have, nor <unk>; give a text of the same words");
    tokens.add(static_cast<std::uint32_t>(token));
  };
  if (tokenizer == Tokenizer::bytes) {
    constexpr std::int64_t kPiece = 1 << 20;
    Bytes file(path, "give a text");
    for (std::vector<std::uint8_t> piece = file.read_some(kPiece); !piece.empty(); piece = file.read_some(kPiece))
      for (const std::uint8_t byte : piece) tokens.add(byte);
    return made;
  }
  Utf8 file(path);
  std::string text;  // what is not done yet
  char last = '\n';
  for (bool more = true; more;) {
    more = file.append_some(text);
    if (!text.empty()) last = text.back();
    if (tokenizer == Tokenizer::words) {
      text.erase(0, for_each_word(text, !more, place, use));
      continue;
    }
    for (std::size_t at = 0; at < text.size(); at += utf8_length(text[at]))
      use(std::string_view(text).substr(at, utf8_length(text[at])));
    text.clear();
  }
  if (tokenizer == Tokenizer::words && last != '\n') use(kEndOfLine);
  return made;
}

/// Samples of a text: tokens kT + first … kT + first + T − 1.
class TokenRows final : public Rows {
 public:
  TokenRows(std::shared_ptr<const Tokens> tokens, std::int64_t count, std::int64_t length, std::int64_t first)
      : Rows(count, length), tokens_(std::move(tokens)), first_(first) {}

  void read(std::int64_t row, double* numbers) const override {
    tokens_->read(row * elements() + first_, elements(), numbers);
  }

 private:
  std::shared_ptr<const Tokens> tokens_;
  std::int64_t first_;
};

const char* name(Tokenizer tokenizer) {
  constexpr const char* kNames[] = {"words", "characters", "bytes"};
  return kNames[static_cast<int>(tokenizer)];
}

}  // namespace

std::int64_t Vocabulary::add(std::string_view name) {
  if (const std::int64_t known = find(name); known >= 0) return known;
  names_.emplace_back(name);
  return numbers_.emplace(name, size() - 1).first->second;
}

std::int64_t Vocabulary::find(std::string_view name) const {
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
  const std::shared_ptr<const Tokens> tokens = tokens_of(path, options.tokenizer, vocabulary);
  const std::int64_t all = tokens->size();
  const std::string size = std::to_string(all) + " " + name(options.tokenizer);
  const std::int64_t available = all > 0 ? (all - 1) / length : 0;
  if (available == 0)
    throw InputError(path.string() + ": holds " + size + ", fewer than a sample of " + std::to_string(length) +
                     " and the one behind it; give a longer text or shorter samples, --tokens");
  if (vocabulary.size() == 1)
    throw InputError(path.string() + ": all of its " + size + " are '" + vocabulary.names().front() +
                     "', which leaves nothing to predict; give another text or --tokenizer");
  Samples samples;
  samples.count = taken(options.samples, available, path.string() + " in samples of " + std::to_string(length));
  samples.x_shape = samples.y_shape = {length};
  samples.x = std::make_shared<const TokenRows>(tokens, samples.count, length, 0);
  samples.y = std::make_shared<const TokenRows>(tokens, samples.count, length, 1);
  samples.labels = true;
  samples.classes = samples.vocabulary = vocabulary.size();
  samples.description = path.string() + ": " + size + ", vocabulary " + std::to_string(vocabulary.size()) + ", first " +
                        std::to_string(samples.count) + " samples of " + std::to_string(length);
  return samples;
}

}  // namespace invar::data
