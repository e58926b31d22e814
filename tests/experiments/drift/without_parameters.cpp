// --no-parameters: a file without θ, whose other numbers are the same, and that can be resumed.
#include <set>

#include "tests/experiments/program.h"

using namespace invar;
using namespace invar::testing;
using Catch::Matchers::Contains;

namespace {

const std::string kJob =
    "--model swiglu --set width=30 outputs=8 d=20 --data teacher --samples 8 --method gd --step-size 0.1 0.05 "
    "--schedule constant --checkpoint 2 --threads 1 --force ";

}  // namespace

TEST_CASE("--no-parameters leaves theta out of the results, and nothing else") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path with = folder / "with.h5", without = folder / "without.h5";
  REQUIRE(run_program(folder, line(kJob + "--time 4 --records 10 --output", {with})).code == 0);
  REQUIRE(run_program(folder, line(kJob + "--no-parameters --time 4 --records 10 --output", {without})).code == 0);
  std::set<std::string> gone;
  for (const std::string& path : differences(with, without)) gone.insert(path);
  // Of the groups only their lists of members differ; of the members none.
  for (const std::string& path : gone) CHECK_THAT(path, Catch::EndsWith("*"));
  const hdf5::File file = hdf5::File::open(without);
  CHECK_FALSE(file.contains("swiglu/start"));
  CHECK_FALSE(file.contains("swiglu/end"));
  CHECK(RunView(file, 0).column("value") == RunView(hdf5::File::open(with), 0).column("value"));
  CHECK(std::filesystem::file_size(without) + 2 * 2 * 1400 * 8 < std::filesystem::file_size(with));
}

TEST_CASE("a job without parameters goes on after an interruption with the same bits") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path whole = folder / "whole.h5", output = folder / "resumed.h5";
  const std::string job = kJob + "--no-parameters --time 2000 --records 200 ";
  REQUIRE(run_program(folder, line(job + "--output", {whole})).code == 0);
  Process program(folder, line(job + "--output", {output}));
  program.reaches([&] { return std::filesystem::exists(output) && RunView(hdf5::File::open(output), 0).rows() > 5; });
  program.send(SIGKILL);
  program.wait();
  const Ended resumed = run_program(folder, line("--resume", {output}));
  INFO(resumed.err);
  CHECK((resumed.code == 0 || resumed.err.find("finished") != std::string::npos));
  CHECK(differences(whole, output) == std::vector<std::string>{});
}

TEST_CASE("--no-parameters beside --save-parameters is refused") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const Ended ended = run_program(folder, line(kJob + "--no-parameters --save-parameters --output", {folder / "r.h5"}));
  CHECK(ended.code == 2);
  CHECK_THAT(ended.err, Contains("no-parameters") && Contains("leave one of them out"));
}
