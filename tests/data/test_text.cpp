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
