// The exit codes, one by one: a job that ended, input to mend, runs that are all lost, signals with and without
// something to go on from, and a limit on the size of files.
#include <sys/resource.h>

#include "job/exit_code.h"
#include "tests/experiments/program.h"

using namespace invar;
using namespace invar::testing;
using Catch::Matchers::Contains;

namespace {

// A run of GD that ends at once and one that nobody waits for.
const std::string kLong =
    kTeacherJob + "--method gd --time 1e6 --steps 0 --max-gradients 2e9 --step-size 0.1 --threads 1 --records 2000 ";

/// The end of a program that gets this signal when its first run has some rows.
Ended signalled(const TemporaryFolder& folder, const std::string& words, int signal) {
  const std::filesystem::path output = folder / "results.h5";
  std::filesystem::remove(output);
  Process program(folder, line(words + "--output", {output}));
  REQUIRE(program.reaches(
      [&] { return std::filesystem::exists(output) && RunView(hdf5::File::open(output), 0).rows() > 20; }));
  program.send(signal);
  return program.wait();
}

}  // namespace

TEST_CASE("a signal's code is 75 where there is something to go on from, but never after Ctrl-C") {
  CHECK(exit_code({.runs = 3}, true) == 0);
  CHECK(exit_code({.runs = 3, .lost = 2}, false) == 0);
  CHECK(exit_code({.runs = 3, .lost = 1}, true) == 3);
  CHECK(exit_code({.runs = 3, .lost = 3}, false) == 3);
  CHECK(exit_code({}, true) == 0);
  CHECK(exit_code({.runs = 3, .lost = 3, .signal = SIGTERM}, true) == 143);
  CHECK(exit_code({.runs = 3, .signal = SIGUSR1}, false) == 128 + SIGUSR1);
  for (const int signal : {SIGTERM, SIGUSR1})
    CHECK(exit_code({.runs = 3, .lost = 3, .signal = signal, .can_go_on = true}, true) == 75);
  CHECK(exit_code({.runs = 3, .signal = SIGINT, .can_go_on = true}, false) == 130);
}

TEST_CASE("runs that are all lost end with 3, with --strict already one") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const auto code = [&](const std::string& words) {
    return run_program(folder, line(kTeacherJob + "--method gd --time 1e7 --steps 100 --force " + words + " --output",
                                    {folder / "results.h5"}))
        .code;
  };
  CHECK(code("--step-size 1e6 2e6") == 3);
  CHECK(status(hdf5::File::open(folder / "results.h5")) == "finished");
  CHECK(code("--step-size 0.1 1e6") == 0);
  CHECK(code("--step-size 0.1 1e6 --strict") == 3);
  CHECK(code("--step-size 0.1 0.2 --strict") == 0);
}

TEST_CASE("SIGTERM and SIGUSR1 end with 75 after a checkpoint, and the job goes on") {
  if (program_is_missing()) return;
  for (const int signal : {SIGTERM, SIGUSR1, SIGINT}) {
    const TemporaryFolder folder;
    const Ended without = signalled(folder, kLong, signal);
    INFO(signal << without.out << without.err);
    CHECK(without.code == 128 + signal);
    const Ended with = signalled(folder, kLong + "--checkpoint 1 ", signal);
    INFO(signal << with.out << with.err);
    CHECK(with.code == (signal == SIGINT ? 130 : 75));
    CHECK_THAT(with.out, Contains("to go on: drift --resume"));
    const hdf5::File file = hdf5::File::open(folder / "results.h5");
    CHECK(status(file) == "interrupted");
  }
}

TEST_CASE("a file beyond the size that is allowed is an error with a remedy, not the end of the program") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 64 << 10;
  setrlimit(RLIMIT_FSIZE, &small);
  const Ended ended = run_program(
      folder,
      line(kTeacherJob + "--method gd --time 1 --step-size 0.1 --records 1000 --output", {folder / "results.h5"}));
  setrlimit(RLIMIT_FSIZE, &before);
  INFO(ended.out << ended.err);
  CHECK(ended.code == 2);
  CHECK_THAT(ended.err, Contains("results.h5") && Contains("do not fit"));
  CHECK_FALSE(std::filesystem::exists(folder / "results.h5"));
}
