// Texts as samples, against counting by hand, and the messages of files that are none.
#include <catch2/catch.hpp>
#include <fstream>

#include "data/known_sets.h"
#include "data/text.h"
#include "error.h"
#include "tests/data/image_files.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar;
using namespace invar::data;
using namespace invar::testing;
using Catch::Contains;

namespace {

ByteVector bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

Samples load(const std::filesystem::path& path, Tokenizer tokenizer, std::int64_t tokens, Vocabulary& vocabulary) {
  TextOptions options;
  options.tokenizer = tokenizer;
  options.tokens = tokens;
  return load_text(path, options, vocabulary);
}

}  // namespace

TEST_CASE("words are what white space separates, and each line has an end") {
  const TemporaryFolder folder;
  write_plain(folder / "a.txt", bytes_of(" the cat \n \n the  dog the\n"));
  write_gzip(folder / "b.txt.gz", bytes_of(" the cat \n \n the  dog the\n"));
  Vocabulary vocabulary, packed;
  // the cat <eos> <eos> the dog the <eos>
  const Samples samples = load(folder / "a.txt", Tokenizer::words, 3, vocabulary);
  CHECK(vocabulary.names() == std::vector<std::string>{"the", "cat", "<eos>", "dog"});
  CHECK(samples.count == 2);
  CHECK(values(*samples.x) == std::vector<double>{0, 1, 2, 2, 0, 3});
  CHECK(values(*samples.y) == std::vector<double>{1, 2, 2, 0, 3, 0});
  CHECK(samples.x_shape == Shape{3});
  CHECK(samples.y_shape == Shape{3});
  CHECK(samples.labels);
  CHECK(samples.classes == 4);
  CHECK(values(*load(folder / "b.txt.gz", Tokenizer::words, 3, packed).x) == values(*samples.x));
}

TEST_CASE("characters are those of UTF-8, bytes the 256") {
  const TemporaryFolder folder;
  write_plain(folder / "a.txt", bytes_of("aé\n€a"));
  Vocabulary characters, all;
  CHECK(values(*load(folder / "a.txt", Tokenizer::characters, 4, characters).x) == std::vector<double>{0, 1, 2, 3});
  CHECK(characters.names() == std::vector<std::string>{"a", "é", "\n", "€"});
  const Samples bytes = load(folder / "a.txt", Tokenizer::bytes, 7, all);
  CHECK(values(*bytes.x) == std::vector<double>{'a', 0xC3, 0xA9, '\n', 0xE2, 0x82, 0xAC});
  CHECK(values(*bytes.y).back() == 'a');
  CHECK(bytes.classes == 256);
}

TEST_CASE("another text is read by the vocabulary of the first") {
  const TemporaryFolder folder;
  write_plain(folder / "train.txt", bytes_of("a b <unk> c\n"));
  write_plain(folder / "valid.txt", bytes_of("c z a\n"));
  Vocabulary vocabulary;
  load(folder / "train.txt", Tokenizer::words, 2, vocabulary);
  CHECK(values(*load(folder / "valid.txt", Tokenizer::words, 3, vocabulary).x) == std::vector<double>{3, 2, 0});
  CHECK(vocabulary.size() == 5);
  Vocabulary closed;
  write_plain(folder / "small.txt", bytes_of("a b c\n"));
  load(folder / "small.txt", Tokenizer::words, 2, closed);
  CHECK_THROWS_WITH(load(folder / "valid.txt", Tokenizer::words, 2, closed), Contains("'z'") && Contains("<unk>"));
}

TEST_CASE("a text that is too short or no UTF-8 says so") {
  const TemporaryFolder folder;
  Vocabulary vocabulary;
  write_plain(folder / "short.txt", bytes_of("a b"));
  CHECK_THROWS_WITH(load(folder / "short.txt", Tokenizer::words, 3, vocabulary),
                    Contains("3 words") && Contains("--tokens"));
  Vocabulary other;
  write_plain(folder / "latin.txt", bytes_of("ab\xE9z"));
  CHECK_THROWS_WITH(load(folder / "latin.txt", Tokenizer::characters, 2, other),
                    Contains("byte 2") && Contains("UTF-8"));
}

TEST_CASE("a line ends with LF, CR or CRLF, also between two pieces that are read") {
  const TemporaryFolder folder;
  const auto words = [&](const std::string& text) {
    write_plain(folder / "a.txt", bytes_of(text));
    write_gzip(folder / "a.txt.gz", bytes_of(text));
    Vocabulary vocabulary, packed;
    const Samples samples = load(folder / "a.txt", Tokenizer::words, 1, vocabulary);
    CHECK(values(*load(folder / "a.txt.gz", Tokenizer::words, 1, packed).x) == values(*samples.x));
    return std::pair(values(*samples.x), vocabulary.names());
  };
  const auto expected = words("the cat\n\nthe dog\nend\n");
  CHECK(expected.first == std::vector<double>{0, 1, 2, 2, 0, 3, 2, 4});
  CHECK(words("the cat\r\rthe dog\rend\r") == expected);
  CHECK(words("the cat\r\n\r\nthe dog\r\nend\r\n") == expected);
  CHECK(words("the cat\r\r\nthe dog\nend") == expected);
  CHECK(words("\xEF\xBB\xBFthe cat\r\n\nthe dog\rend") == expected);
  for (std::size_t before = (1 << 20) - 3; before <= (1 << 20) + 1; ++before) {
    const std::string filled = std::string(before / 2, ' ') + "a" + std::string(before - before / 2 - 1, ' ');
    CHECK(words(filled + "\r\nb\r\n") == words("a\nb\n"));
    CHECK(words(filled + "é\u2028€\r\n") == words("a é €\n"));
  }
  write_plain(folder / "c.txt", bytes_of("\xEF\xBB\xBF"
                                         "a\r\nb\rc\n"));
  Vocabulary characters, bytes;
  load(folder / "c.txt", Tokenizer::characters, 1, characters);
  CHECK(characters.names() == std::vector<std::string>{"a", "\n", "b", "c"});
  CHECK(values(*load(folder / "c.txt", Tokenizer::bytes, 9, bytes).x) ==
        std::vector<double>{0xEF, 0xBB, 0xBF, 'a', '\r', '\n', 'b', '\r', 'c'});
}

TEST_CASE("words are separated by the white space of Unicode, and only by it") {
  const TemporaryFolder folder;
  write_plain(folder / "a.txt",
              bytes_of("a\u00A0b\u3000c\u2028d\u0085e\u2003f\vg\fh\x1Ci\u202Fj\u200Bk\u180El\uFEFFm\n"));
  Vocabulary vocabulary;
  load(folder / "a.txt", Tokenizer::words, 1, vocabulary);
  CHECK(vocabulary.names() ==
        std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j\u200Bk\u180El\uFEFFm", "<eos>"});
}

TEST_CASE("a text that is no UTF-8 is refused by words and characters, and bytes take it as it is") {
  using namespace std::string_view_literals;
  struct Case {
    std::string_view text, words;
  };
  const TemporaryFolder folder;
  for (const auto& [text, words] : {
           Case{"a\0 \0b\0\n\0"sv, "byte 1 is NUL"},  // UTF-16 without a byte order mark
           Case{"\0a\0b"sv, "byte 0 is NUL"},
           Case{"\xFF\xFE"
                "a\0b\0"sv,
                "is a text in UTF-16"},
           Case{"\xFE\xFF\0a\0b"sv, "is a text in UTF-16"},
           Case{"\xFF\xFE\0\0a\0\0\0"sv, "is a text in UTF-32"},
           Case{"\0\0\xFE\xFF\0\0\0a"sv, "is a text in UTF-32"},
           Case{"ab \xE9 z"sv, "byte 3 is no UTF-8"},      // Latin-1
           Case{"ab \xC0\xAF z"sv, "byte 3 is no UTF-8"},  // longer than need be
           Case{"ab \xE0\x80\xAF z"sv, "byte 3 is no UTF-8"},
           Case{"ab \xF0\x8F\xBF\xBF z"sv, "byte 3 is no UTF-8"},
           Case{"ab \xED\xA0\x80 z"sv, "byte 3 is no UTF-8"},      // a surrogate
           Case{"ab \xF4\x90\x80\x80 z"sv, "byte 3 is no UTF-8"},  // beyond U+10FFFF
           Case{"ab \xF5\x80\x80\x80 z"sv, "byte 3 is no UTF-8"},
           Case{"ab \x80 z"sv, "byte 3 is no UTF-8"},
           Case{"ab c \xE2\x82"sv, "byte 5 is no UTF-8"},  // cut off
           Case{"ab c \xE2\x82 d"sv, "byte 5 is no UTF-8"},
       }) {
    INFO(words);
    write_plain(folder / "a.txt", bytes_of(text));
    for (const Tokenizer tokenizer : {Tokenizer::words, Tokenizer::characters}) {
      Vocabulary vocabulary;
      CHECK_THROWS_WITH(load(folder / "a.txt", tokenizer, 1, vocabulary),
                        Contains(std::string(words)) && Contains("UTF-8") && Contains("--tokenizer bytes"));
      Vocabulary read;
      write_plain(folder / "train.txt", bytes_of("a b c d z <unk>\n"));
      load(folder / "train.txt", tokenizer, 1, read);
      CHECK_THROWS_WITH(load(folder / "a.txt", tokenizer, 1, read), Contains(std::string(words)));
    }
    Vocabulary bytes;
    const auto length = static_cast<std::int64_t>(text.size()) - 1;
    CHECK(load(folder / "a.txt", Tokenizer::bytes, length, bytes).count == 1);
  }
}

TEST_CASE("data without white space are no words") {
  const TemporaryFolder folder;
  write_gzip(folder / "a.txt.gz", ByteVector((1 << 21) + 5, 'a'));
  Vocabulary vocabulary;
  CHECK_THROWS_WITH(load(folder / "a.txt.gz", Tokenizer::words, 1, vocabulary),
                    Contains("a word of more than") && Contains("--tokenizer characters"));
}

TEST_CASE("a data set that is not there says what it is, where to get it and where to put it") {
  const TemporaryFolder folder;
  const KnownSet* set = find_set("ptb");
  REQUIRE(set);
  CHECK_THROWS_WITH(find_part(*set, set->train, folder / "none"),
                    Contains("Penn Treebank") && Contains("simple-examples.tgz") && Contains("--data-folder") &&
                        Contains((folder / "none/ptb/ptb.train.txt").string()));
  std::filesystem::create_directories(folder / "ptb");
  write_gzip(folder / "ptb/ptb.train.txt.gz", bytes_of("a\n"));
  CHECK(find_part(*set, set->train, folder / "") == folder / "ptb/ptb.train.txt.gz");
  CHECK(find_set("no such set") == nullptr);
}
