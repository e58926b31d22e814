// The ladder: how many runs, which pairs, in which order.
#include "problem/ladder.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "experiments/drift/program.h"
#include "job/command_line.h"

using namespace invar;
using Method = Configuration::Method;

namespace {

std::vector<Unit> units_of(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "drift");
  return ladder(read_command_line(static_cast<int>(arguments.size()), arguments.data(), drift_program()).configuration);
}

std::size_t count(const Unit& unit, Method method) {
  std::size_t runs = 0;
  for (const LadderRun& run : unit.runs) runs += run.method == method ? 1 : 0;
  return runs;
}

}  // namespace

TEST_CASE("tolerances go in pairs, all else crosses, and only sgd has batches and sampling seeds") {
  const auto units =
      units_of({"--model",          "swiglu",       "attention",     "--rtol",      "1e-3,1e-6,1e-9", "--atol",
                "1e-4,1e-7,1e-10",  "--integrator", "dopri5",        "fehlberg78",  "--step-size",    "0.1,0.2",
                "--schedule",       "constant",     "power:0.6",     "linear:0.01", "--batch",        "8,16",
                "--sampling-seeds", "1..5",         "--start-seeds", "1,2",         "--precision",    "double,float"});
  REQUIRE(units.size() == 2 * 2 * 2);
  for (const Unit& unit : units) {
    CHECK(unit.flows == 3 * 2);
    CHECK(count(unit, Method::flow) == 3 * 2);
    CHECK(count(unit, Method::gd) == 2 * 3);
    CHECK(count(unit, Method::sgd) == 2 * 3 * 2 * 5);
  }
  CHECK(run_count(units) == 8 * (6 + 6 + 60));
}

TEST_CASE("the first run of a unit is the flow at the tightest tolerance, whatever the order of the list") {
  const auto units = units_of({"--rtol", "1e-6,1e-10,1e-3", "--atol", "1e-7", "--method", "sgd", "flow", "gd"});
  for (const Unit& unit : units) {
    CHECK(unit.runs[0].method == Method::flow);
    CHECK(unit.runs[0].rtol == 1e-10);
    CHECK(unit.runs[0].atol == 1e-7);
    for (std::size_t i = 0; i < unit.runs.size(); ++i) CHECK((unit.runs[i].method == Method::flow) == (i < unit.flows));
  }
}

TEST_CASE("runs are numbered through without a gap, and no two runs of a unit are the same") {
  const auto units = units_of({"--batch", "16,32"});
  std::int64_t number = 0;
  for (const Unit& unit : units) {
    std::set<std::string> texts;
    for (const LadderRun& run : unit.runs) {
      CHECK(run.number == number++);
      CHECK(texts.insert(run.text()).second);
    }
  }
  CHECK(number == run_count(units));
}

TEST_CASE("the ladder of the stored text is the ladder itself") {
  const char* arguments[] = {"drift", "--model", "attention", "--batch", "4,2", "--start-seeds", "9,3"};
  const Configuration configuration = read_command_line(7, arguments, drift_program()).configuration;
  std::vector<std::string> problems;
  const Configuration again = read_configuration(
      {read_toml(configuration.toml(), "stored", problems, key_table(drift_program()))}, problems, drift_program());
  const auto first = ladder(configuration), second = ladder(again);
  REQUIRE(first.size() == second.size());
  for (std::size_t u = 0; u < first.size(); ++u) {
    CHECK(first[u].start_seed == second[u].start_seed);
    REQUIRE(first[u].runs.size() == second[u].runs.size());
    for (std::size_t r = 0; r < first[u].runs.size(); ++r) CHECK(first[u].runs[r].text() == second[u].runs[r].text());
  }
}

TEST_CASE("a general setting reaches the models that know it, and a model's own beats it") {
  const auto units = units_of(
      {"--model", "attention", "swiglu", "attention-rope", "--set", "heads=2", "attention.heads=8", "width=5"});
  REQUIRE(units.size() == 3);
  CHECK(units[0].options == ModelOptions{{"heads", "8"}});
  CHECK(units[1].options == ModelOptions{{"width", "5"}});
  CHECK(units[2].options == ModelOptions{{"heads", "2"}});
}

TEST_CASE("a problem file is one unit: its start has no seed") {
  const auto units = units_of({"--model", "toy", "--problem", INVAR_TESTS "/reference/toy_abx.h5"});
  REQUIRE(units.size() == 1);
  CHECK(units[0].start_seed == kNoSeed);
}

TEST_CASE("without a flow a unit has no reference") {
  for (const Unit& unit : units_of({"--method", "gd"})) {
    CHECK(unit.flows == 0);
    CHECK(unit.runs.size() == 10);
  }
}

TEST_CASE("more runs than a job may have are refused before they are listed") {
  const auto largest_memory = [] {
    struct rusage usage {};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;  // in units of 1024 bytes
  };
  const auto before = largest_memory();
  CHECK_THROWS_WITH(units_of({"--model", "swiglu", "--method", "sgd", "--sampling-seeds", "1..2000", "--batch",
                              "1..2000", "--replacement", "--step-size", "0.1", "--schedule", "constant"}),
                    Catch::Contains("4e+6 runs"));
  CHECK(largest_memory() - before < 100'000);
}

TEST_CASE("a block's file name is its label, on one line") {
  const auto folder = std::filesystem::temp_directory_path() / ("labels_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  for (const auto& [name, label] : {std::pair{"my block", "my block"}, {"two\nlines", "two_lines"}}) {
    const std::string path = (folder / name).string() + ".txt";
    std::ofstream(path) << "parameters A[m d]\ny[m] = A[m d] x[d]\n";
    CHECK(units_of({"--block", path.c_str()}).front().label == label);
  }
  std::filesystem::remove_all(folder);
}
