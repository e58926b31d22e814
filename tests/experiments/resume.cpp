// A job that was interrupted or killed, and resumed as often as it takes, leaves the file of a job that was not.
#include <random>

#include "integrators/registry.h"
#include "tests/experiments/program.h"

using namespace invar;
using namespace invar::testing;
using Catch::Matchers::Contains;
using Clock = std::chrono::steady_clock;

namespace {

const std::string kBlock = "--model swiglu --set width=4 outputs=3 d=5 --data teacher --samples 96 ";

/// Stopped at random moments and resumed until it is finished; how it was stopped and what it said.
struct Story {
  int stops = 0, from_rows = 0;  // resumed with runs that went on from a row
  bool ended_well = false;
  std::string text;
};

Story stop_and_resume(const TemporaryFolder& folder, const Arguments& job, const std::filesystem::path& output,
                      double seconds, std::mt19937& chance) {
  Story story;
  Arguments arguments = job;
  for (int attempt = 0; attempt < 100; ++attempt) {
    Process program(folder, arguments);
    const bool kills = chance() % 2 == 0;
    // Later attempts are let run: a job of one long run without checkpoints would else never end.
    if (attempt < 6) {
      const double moment = std::uniform_real_distribution<>(0.1, 0.7)(chance) * seconds;
      std::this_thread::sleep_for(std::chrono::duration<double>(moment));
      program.send(kills ? SIGKILL : SIGINT);
    }
    const Ended ended = program.wait();
    story.text += std::to_string(ended.code) + ": " + ended.out.substr(0, ended.out.find('\n')) + ended.err + "\n";
    if (ended.out.find(" go on from ") != std::string::npos || ended.out.find(" goes on from ") != std::string::npos)
      ++story.from_rows;
    story.ended_well = ended.code == 0;
    if (story.ended_well) return story;
    if (!std::filesystem::exists(output)) continue;                    // stopped before the file had its name
    if (status(hdf5::File::open(output)) == "finished") return story;  // stopped after all was done
    ++story.stops;
    arguments = {"--resume", output, "--threads", chance() % 2 == 0 ? "1" : "2"};
  }
  FAIL("a resumed job does not end:\n" << story.text);
  return story;
}

struct Sum {
  int stops = 0, from_rows = 0;
};

/// Until one resumption went on from a row: at which moment a job is stopped, the machine decides.
constexpr int kMostRepetitions = 20;

void check(const std::string& words, int repetitions, Sum& sum) {
  static std::mt19937 chance(3);
  const TemporaryFolder folder;
  const std::filesystem::path whole = folder / "whole.h5", output = folder / "resumed.h5";
  const auto begin = Clock::now();
  REQUIRE(run_program(folder, line(words + " --threads 2 --output", {whole})).code == 0);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  CHECK_FALSE(std::filesystem::exists(whole.string() + ".checkpoints"));
  const bool checkpoints = words.find("--checkpoint") != std::string::npos;
  // Moments are chosen by chance: again, until some have met a run at work.
  const auto met = [&] { return sum.stops > 0 && (!checkpoints || sum.from_rows > 0); };
  for (int repetition = 0; repetition < repetitions || (!met() && repetition < kMostRepetitions); ++repetition) {
    const Story story =
        stop_and_resume(folder, line(words + " --threads 2 --force --output", {output}), output, seconds, chance);
    CAPTURE(words, story.text);
    CHECK(differences(whole, output) == std::vector<std::string>{});
    CHECK(status(hdf5::File::open(output)) == "finished");
    if (story.ended_well) CHECK_FALSE(std::filesystem::exists(output.string() + ".checkpoints"));
    sum.stops += story.stops;
    sum.from_rows += story.from_rows;
  }
}

std::string all_integrators() {
  std::string names;
  for (const MethodEntry& method : kMethods)
    if (method.adaptive) names += " " + std::string(method.name);
  return names;
}

}  // namespace

TEST_CASE("flows by every integrator in every number format go on from a checkpoint with the same bits") {
  if (program_is_missing()) return;
  Sum sum;
  check(kBlock +
            "--method flow --rtol 1e-4 1e-6 --time 3 --records 30 --checkpoint 3 --precision double float mixed "
            "--max-gradients 4000 --integrator" +
            all_integrators(),
        4, sum);
  CHECK(sum.stops > 0);
  CHECK(sum.from_rows > 0);
}

TEST_CASE("runs without an end go on from a checkpoint with the same bits") {
  if (program_is_missing()) return;
  Sum sum;
  check(kBlock +
            "--method flow gd sgd --rtol 1e-6 1e-8 --integrator auto tsit5 --time inf --steps 0 --step-size 0.005 "
            "--schedule constant power:0.3 --batch 8 --sampling-seeds 1 --stop-loss 0.02 --checkpoint 2 ",
        2, sum);
  CHECK(sum.stops > 0);
  CHECK(sum.from_rows > 0);
}

TEST_CASE("GD and SGD go on from a checkpoint with the same bits: batches and schedules and parts and predictions") {
  if (program_is_missing()) return;
  Sum sum;
  const std::string job = kBlock +
                          "--method flow gd sgd --rtol 1e-6 --time 20 --steps 0 --step-size 0.01 0.02 --batch 8 20 "
                          "--schedule constant power:0.3 linear:0.001 --sampling-seeds 1 2 --records 25 "
                          "--checkpoint 2 --save-parameters ";
  check(job + "--precision double float", 3, sum);
  check(job + "--precision mixed --replacement --budget double", 2, sum);
  check(job + "--accumulate 3", 2, sum);
  CHECK(sum.stops > 0);
  CHECK(sum.from_rows > 0);
}

TEST_CASE("projected flows and laws that are no form go on from a checkpoint with the same bits") {
  if (program_is_missing()) return;
  Sum sum;
  check(kBlock +
            "--method flow gd --projection --integrator dopri5 cvode --rtol 1e-5 1e-7 --step-size 0.01 --time 10 "
            "--records 40 --checkpoint 1",
        3, sum);
  const TemporaryFolder folder;
  const std::filesystem::path block = folder / "cubic.txt";
  std::ofstream(block) << "sizes h=6 m=4\nparameters A[m h] W[h d]\ninput x[d]\nu[h] = W[h d] x[d]\n"
                          "y[m] = A[m h] u[h] u[h] u[h]\nlaw scale[h] = 3 A[m h] A[m h] - W[h d] W[h d]\n"
                          "control cubes[h] = A[m h] A[m h] A[m h]\n";
  check("--block " + block.string() +
            " --set d=4 --data teacher --samples 64 --rtol 1e-5 1e-7 --step-size 0.002 "
            "--batch 16 --time 2 --records 40 --checkpoint 2",
        3, sum);
  CHECK(sum.from_rows > 0);
}

TEST_CASE("without checkpoints whole runs are repeated and those that had ended stay") {
  if (program_is_missing()) return;
  Sum sum;
  check(kBlock + "--rtol 1e-4 1e-6 --time 20 --steps 0 --step-size 0.01 0.02 --batch 8 --records 20", 4, sum);
  CHECK(sum.stops > 0);
  CHECK(sum.from_rows == 0);
}

TEST_CASE("runs that had ended are not run again") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  // The last run takes longer than anybody waits.
  Process program(folder, line(kBlock + "--method flow gd --rtol 1e-6 --time 10 --steps 0 --step-size 0.1 1e-6 "
                                        "--schedule constant --records 1000 --checkpoint 1 --threads 1 --output",
                               {output}));
  const auto is_at = [&](int run, const std::string& wanted) {
    return std::filesystem::exists(output) && RunView(hdf5::File::open(output), run).status() == wanted;
  };
  REQUIRE(program.reaches([&] { return is_at(1, "finished") && is_at(2, "running"); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  program.send(SIGKILL);
  program.wait();
  const double seconds = RunView(hdf5::File::open(output), 1).number("seconds");

  Process again(folder, {"--resume", output, "--threads", "1"});
  const auto said = [&] { return text_in(folder / "out.txt").find("2 of 3 runs are done") != std::string::npos; };
  REQUIRE(again.reaches(said));
  // While it runs nobody else may.
  const TemporaryFolder other;
  const Ended refused = run_program(other, {"--resume", output});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("is writing it"));
  again.send(SIGINT);
  const Ended ended = again.wait();
  CHECK(ended.code == 130);
  CHECK_THAT(ended.out, Contains("drift --resume " + output.string()));
  CHECK(status(hdf5::File::open(output)) == "interrupted");
  CHECK(RunView(hdf5::File::open(output), 1).number("seconds") == seconds);
}

TEST_CASE("what was not all on the disk when the machine ended is run again") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path whole = folder / "whole.h5", output = folder / "results.h5";
  const std::string job = kBlock +
                          "--method gd --time 5 --steps 0 --schedule constant --records 10 --checkpoint 2 "
                          "--threads 1 --step-size 0.01 0.02 0.005 ";
  REQUIRE(run_program(folder, line(job + "--output", {whole})).code == 0);
  Process program(folder, line(job + "1e-6 --output", {output}));
  REQUIRE(program.reaches([&] {
    return std::filesystem::exists(output.string() + ".checkpoints/0002.h5") &&
           RunView(hdf5::File::open(output), 3).status() == "running";
  }));
  program.send(SIGKILL);
  program.wait();
  // A row of one run is lost, the outcome of another cut short.
  const RunView damaged(hdf5::File::open(output), 1);
  const hdf5::Dataset value = damaged.group().dataset("value");
  const std::int64_t begin =
      static_cast<std::int64_t>(value.location()->begin) + value.size() / 4 * 8 * damaged.index();
  const int descriptor = open(output.c_str(), O_RDWR);
  const double lost = 0.0;
  REQUIRE(pwrite(descriptor, &lost, sizeof lost, begin + 64) == sizeof lost);
  close(descriptor);
  std::filesystem::resize_file(output.string() + ".checkpoints/0002.h5", 1000);
  Process again(folder, {"--resume", output, "--threads", "1"});
  CHECK(again.reaches([&] {
    return text_in(folder / "out.txt").find("1 of 4 runs are done") != std::string::npos &&
           RunView(hdf5::File::open(output), 2).status() == "finished";
  }));
  again.send(SIGKILL);
  again.wait();
  for (const int run : {0, 1, 2}) {
    CHECK(differences(RunView(hdf5::File::open(whole), run), RunView(hdf5::File::open(output), run)) ==
          std::vector<std::string>{});
  }
}
