// An archive in a file gives back every bit; a file is replaced whole or not at all.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "error.h"
#include "record/checkpoint.h"
#include "tests/hdf5/temporary_folder.h"
#include "tests/record/killed_at_write.h"

using namespace invar::record;
using namespace invar::testing;
using Catch::Contains;
using invar::Archive;
using invar::InputError;

namespace {

struct Parts {
  double number = 0.0;
  float small = 0.0f;
  std::string text;
  std::int64_t count = 0;
  bool truth = false;
  std::vector<double> numbers;
  std::vector<float> floats;
  std::vector<std::int64_t> integers;

  void archive(Archive& archive) {
    archive("number", number);
    archive("small", small);
    archive("text", text);
    archive("count", count);
    const Archive::Group group(archive, "inner");
    archive("truth", truth);
    archive("number", numbers);
    const Archive::Group deeper(archive, "deeper");
    archive("floats", floats);
    archive("integers", integers);
  }
};

Parts example(double seed) {
  return {-0.0,
          std::nextafter(1.0f, static_cast<float>(seed)),
          "τ = 1\nsecond line",
          std::numeric_limits<std::int64_t>::min() + 1,
          true,
          {seed, std::nan("7"), -std::numeric_limits<double>::infinity(), 5e-324},
          {1e-45f, static_cast<float>(seed)},
          {}};
}

bool same(const Parts& a, const Parts& b) {
  const auto bits = [](const auto& x, const auto& y) {
    return x.size() == y.size() && (x.size() == 0 || std::memcmp(x.data(), y.data(), x.size() * sizeof x[0]) == 0);
  };
  return std::memcmp(&a.number, &b.number, sizeof a.number) == 0 && a.small == b.small && a.text == b.text &&
         a.count == b.count && a.truth == b.truth && bits(a.numbers, b.numbers) && bits(a.floats, b.floats) &&
         bits(a.integers, b.integers);
}

void save(Checkpoints& checkpoints, std::size_t run, Parts parts) {
  checkpoints.save(run, true, [&](Archive& archive) { parts.archive(archive); });
}

}  // namespace

TEST_CASE("a checkpoint gives back every bit, of the run asked for and as last saved") {
  const TemporaryFolder folder;
  Checkpoints checkpoints(folder / "r.h5");
  Parts found;
  const auto list = [&](Archive& archive) { found.archive(archive); };
  CHECK_FALSE(checkpoints.load(0, list));
  CHECK_FALSE(std::filesystem::exists(checkpoints.folder()));
  save(checkpoints, 0, example(1.5));
  save(checkpoints, 12, example(2.5));
  save(checkpoints, 0, example(3.5));
  REQUIRE(checkpoints.load(0, list));
  CHECK(same(found, example(3.5)));
  REQUIRE(checkpoints.load(12, list));
  CHECK(same(found, example(2.5)));
  CHECK_FALSE(same(found, example(3.5)));
  CHECK_FALSE(checkpoints.load(1, list));
  checkpoints.remove();
  CHECK_FALSE(checkpoints.load(0, list));
  CHECK_FALSE(std::filesystem::exists(checkpoints.folder()));
}

TEST_CASE("a checkpoint that lacks what is listed is refused, with the place") {
  const TemporaryFolder folder;
  Checkpoints checkpoints(folder / "r.h5");
  save(checkpoints, 3, example(1.0));
  std::int64_t integer = 0;
  double number = 0.0;
  CHECK_THROWS_WITH(checkpoints.load(3, [&](Archive& a) { a("absent", number); }),
                    Contains("0003.h5") && Contains("/absent"));
  CHECK_THROWS_WITH(checkpoints.load(3,
                                     [&](Archive& a) {
                                       const Archive::Group group(a, "inner");
                                       a("number", number);
                                     }),
                    Contains("/inner/number") && Contains("4 numbers"));
  CHECK_THROWS_WITH(checkpoints.load(3, [&](Archive& a) { a("number", integer); }), Contains("/number"));
  CHECK_THROWS_AS(checkpoints.load(3, [&](Archive& a) { a("text", number); }), InputError);
}

TEST_CASE("what the end of a machine leaves of a checkpoint is none") {
  const TemporaryFolder folder;
  Checkpoints checkpoints(folder / "r.h5");
  save(checkpoints, 0, example(1.0));
  const std::filesystem::path file = checkpoints.folder() / "0000.h5";
  const auto size = std::filesystem::file_size(file);
  for (const std::uintmax_t left : {size - 1, size / 2, std::uintmax_t{100}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(file, left);
    CAPTURE(left);
    CHECK_FALSE(checkpoints.load(0, [](Archive&) {}));
  }
}

TEST_CASE("a checkpoint of which a byte is another, or one more is there, is none") {
  const TemporaryFolder folder;
  Checkpoints checkpoints(folder / "r.h5");
  save(checkpoints, 0, example(1.0));
  const std::filesystem::path file = checkpoints.folder() / "0000.h5";
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  const std::string whole = text.str();
  const auto accepted = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
    return checkpoints.load(0, [](Archive&) {});
  };
  REQUIRE(accepted(whole));
  std::size_t taken = 0;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int change : {0x01, 0x80}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ change);
      taken += accepted(bytes) ? 1 : 0;
    }
  CHECK(taken == 0);
  CHECK_FALSE(accepted(whole + '\0'));
  CHECK_FALSE(accepted(whole.substr(1)));
  CHECK_FALSE(accepted(std::string(100, '\0')));
  CHECK(accepted(whole));
  CHECK(checkpoints.exists(0));
  CHECK_FALSE(checkpoints.exists(1));
}

TEST_CASE("killed at any write, a checkpoint is the old one or the new one") {
  const TemporaryFolder folder;
  Checkpoints checkpoints(folder / "r.h5");
  save(checkpoints, 0, example(1.0));
  bool saw_old = false, saw_new = false;
  for (int write = 0;; ++write) {
    const KilledAtWrite how = run_and_kill_at_write(write, [&] { save(checkpoints, 0, example(2.0)); });
    REQUIRE(how != KilledAtWrite::failed);
    Parts found;
    REQUIRE(checkpoints.load(0, [&](Archive& archive) { found.archive(archive); }));
    const bool old = same(found, example(1.0));
    CHECK((old || same(found, example(2.0))));
    CHECK((how == KilledAtWrite::killed || !old));
    saw_old |= old;
    saw_new |= !old;
    if (how == KilledAtWrite::ended) break;
    save(checkpoints, 0, example(1.0));
  }
  CHECK(saw_old);
  CHECK(saw_new);
}

TEST_CASE("a checkpoint that finds no room is reported, and the one before stays") {
  const TemporaryFolder folder;
  Checkpoints checkpoints(folder / "r.h5");
  save(checkpoints, 0, example(1.0));
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{20000, 20000};
    setrlimit(RLIMIT_FSIZE, &limit);
    Parts large = example(2.0);
    large.numbers.assign(100000, 1.0);
    try {
      save(checkpoints, 0, large);
    } catch (const InputError&) {
      _exit(7);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
  Parts found;
  REQUIRE(checkpoints.load(0, [&](Archive& archive) { found.archive(archive); }));
  CHECK(same(found, example(1.0)));
}
