// A results file can be had again, bit for bit: with other threads, and from the configuration that it holds.
#include "tests/experiments/program.h"

using namespace invar;
using namespace invar::testing;

namespace {

// Two models, all methods, two formats; a batch of two chunks as well as a small one.
const std::string kJob =
    "--model attention moe-softmax --set heads=2 head-size=2 experts=3 width=3 top=2 outputs=3 d=3 attention.t=4 "
    "--data teacher --samples 600 --batch 4 520 --time 0.5 --records 5 --step-size 0.1 0.5/sharpness "
    "--schedule power:0.5 --rtol 1e-3 1e-5 --atol 1e-5 1e-7 --precision float mixed --sampling-seeds 1..2 "
    "--save-parameters";

}  // namespace

TEST_CASE("the program's results do not depend on its threads, bit for bit") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::string one = folder / "one.h5", two = folder / "two.h5", five = folder / "five.h5";
  REQUIRE(run_program(folder, line(kJob + " --threads 1 --output", {one})).code == 0);
  REQUIRE(run_program(folder, line(kJob + " --threads 2 --output", {two})).code == 0);
  REQUIRE(run_program(folder, line(kJob + " --threads 5 --output", {five})).code == 0);
  CHECK(differences(one, two) == std::vector<std::string>{});
  CHECK(differences(one, five) == std::vector<std::string>{});
}

TEST_CASE("a single run over two threads has the bits of one thread") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::string job =
      "--model swiglu --set width=8 d=6 --data teacher --samples 3000 --method gd --time 2 --step-size 0.05 "
      "--schedule constant --precision ";
  for (const std::string precision : {"double", "float", "mixed"}) {
    const std::string one = folder / (precision + "1.h5"), two = folder / (precision + "2.h5");
    REQUIRE(run_program(folder, line(job + precision + " --threads 1 --output", {one})).code == 0);
    REQUIRE(run_program(folder, line(job + precision + " --threads 2 --output", {two})).code == 0);
    CHECK(differences(one, two) == std::vector<std::string>{});
  }
}

TEST_CASE("the option --config on the configuration that a results file holds repeats its numbers, bit for bit") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::string first = folder / "first.h5", again = folder / "again.h5";
  REQUIRE(run_program(folder, line(kJob + " --output", {first})).code == 0);
  const std::filesystem::path stored = folder / "stored.toml";
  std::ofstream(stored) << hdf5::File::open(first).text_attribute("configuration");

  const Ended ended = run_program(folder, {"--config", stored, "--output", again});
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  CHECK(differences(first, again) == std::vector<std::string>{});

  // The comparison sees what a changed key changes.
  REQUIRE(run_program(folder, {"--config", stored, "--output", again, "--force", "--start-seeds", "2"}).code == 0);
  CHECK(differences(first, again).size() > 100);
}

TEST_CASE("batches that make one step together are one batch of that size, also across the end of an epoch") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::string three = folder / "three.h5", one = folder / "one.h5",
                    job =
                        "--model ffn --set d=3 --data teacher --samples 24 --method sgd --time 1 --step-size 0.1 "
                        "--schedule constant --save-parameters ";
  REQUIRE(run_program(folder, line(job + "--batch 5 --accumulate 3 --output", {three})).code == 0);
  REQUIRE(run_program(folder, line(job + "--batch 15 --output", {one})).code == 0);
  for (const std::string& difference : differences(three, one)) {
    INFO(difference);
    CHECK((difference.find("batch") != std::string::npos || difference.find("accumulate") != std::string::npos ||
           difference.find("configuration") != std::string::npos || difference.ends_with("/label")));
  }
}
