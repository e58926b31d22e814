// Integers of 64 bits, seeds above all: the same number on the command line, in TOML, in the results and on resuming.
#include "error.h"
#include "experiments/drift/program.h"
#include "job/command_line.h"
#include "tests/experiments/program.h"

using namespace invar;
using namespace invar::testing;
using Catch::Contains;

namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

Configuration configured(const Arguments& words) {
  std::vector<const char*> pointers{"drift"};
  for (const std::string& word : words) pointers.push_back(word.c_str());
  return read_command_line(static_cast<int>(pointers.size()), pointers.data(), drift_program()).configuration;
}

std::vector<std::int64_t> seeds_of_toml(const std::string& text) {
  std::vector<std::string> problems;
  const Settings settings = read_toml(text, "job.toml", problems, key_table(drift_program()));
  return read_configuration({settings}, problems, drift_program()).start_seeds;
}

}  // namespace

TEST_CASE("an integer is read to its last figure, however it is written") {
  CHECK(read_integer("9007199254740993") == 9007199254740993);
  CHECK(read_integer("9223372036854775807") == kLargest);
  CHECK(read_integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(read_integer("9.007199254740993e15") == 9007199254740993);
  CHECK(read_integer("9007199254740993.0") == 9007199254740993);
  CHECK(read_integer("90071992547409930e-1") == 9007199254740993);
  CHECK(read_integer("1e18") == 1000000000000000000);
  CHECK(read_integer("0.0001e4") == 1);
  CHECK(read_integer("+12") == 12);
  CHECK(read_integer("1E3") == 1000);
  CHECK(read_integer("-0") == 0);
  CHECK(read_integer("0e999999999") == 0);
  CHECK(read_integer("00120") == 120);
  for (const char* text : {"1.5", "1.99999999999999999999999", "9007199254740992.5", "1e-1", "", "-", "0x10", "1e",
                           "inf", "nan", "1 2", "12a", "1e999"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(read_integer(text), Contains("is no integer"));
  }
  for (const char* text : {"9223372036854775808", "1e19", "-9223372036854775809"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(read_integer(text), Contains("2^63"));
  }
  CHECK(read_integers("9223372036854775805..9223372036854775807").size() == 3);
  CHECK_THROWS_AS(read_integers("-9223372036854775808..9223372036854775807"), InputError);
}

TEST_CASE("seeds from 0 to 2^63 - 1 are themselves on the command line, in TOML, and in what is stored") {
  const Configuration c = configured({"--start-seeds", "9007199254740993", "9223372036854775807", "0"});
  const std::vector<std::int64_t> expected{9007199254740993, kLargest, 0};
  CHECK(c.start_seeds == expected);
  CHECK(seeds_of_toml(c.toml()) == expected);
  CHECK(seeds_of_toml("start-seeds = [9_007_199_254_740_993, 9223372036854775807, 0]") == expected);
  // A float of TOML has more figures than a double keeps.
  CHECK(seeds_of_toml("start-seeds = [9_007_199_254_740_993.0, 2e3, 1.0]") ==
        std::vector<std::int64_t>{9007199254740993, 2000, 1});
  CHECK(seeds_of_toml("\xEF\xBB\xBFstart-seeds = 2.0") == std::vector<std::int64_t>{2});
  CHECK(seeds_of_toml("model = [\"toy\"] # \xC3\xA4\r\nstart-seeds = [ 7.0 ]\r\n") == std::vector<std::int64_t>{7});
  CHECK_THROWS_WITH(configured({"--start-seeds", "9223372036854775808"}), Contains("--start-seeds"));
  CHECK_THROWS_WITH(configured({"--start-seeds", "-1"}), Contains("below 0"));
  CHECK_THROWS_AS(seeds_of_toml("start-seeds = 9223372036854775808"), InputError);
  CHECK_THROWS_WITH(seeds_of_toml("start-seeds = 2.5"), Contains("job.toml:1:15") && Contains("no integer"));
}

TEST_CASE("runs of seeds that one double stands for differ, and the file holds the seeds") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "seeds.h5";
  const Ended ended = run_program(
      folder,
      line("--model toy --set i=3 --data teacher --samples 8 --method gd sgd --batch 2 --time 2 --step-size 0.1 "
           "--schedule constant --start-seeds 9007199254740992 9007199254740993 --sampling-seeds "
           "9223372036854775806 9223372036854775807 --output",
           {output}));
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  const hdf5::File file = hdf5::File::open(output);
  CHECK(RunView(file, 0).integer("start_seed") == 9007199254740992);
  CHECK(RunView(file, 3).integer("start_seed") == 9007199254740993);
  CHECK(RunView(file, 2).integer("sampling_seed") == kLargest);
  CHECK(RunView(file, 0).column("loss") != RunView(file, 3).column("loss"));
  CHECK(RunView(file, 1).column("loss") != RunView(file, 2).column("loss"));
  const std::vector<std::int64_t> seeds = file.dataset("summary/start_seed").read<std::int64_t>();
  CHECK(seeds.back() == 9007199254740993);
}
