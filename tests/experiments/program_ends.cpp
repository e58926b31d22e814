// How the program ends: signals, what the user can mend, and runs that diverge beside runs that do not.
#include "tests/experiments/program.h"

using namespace invar;
using namespace invar::testing;
using Catch::Matchers::Contains;

namespace {

bool has_rows(const std::filesystem::path& path, int run, std::int64_t rows) {
  if (!std::filesystem::exists(path)) return false;  // it appears whole, by a rename
  return static_cast<std::int64_t>(RunView(hdf5::File::open(path), run).rows()) >= rows;
}

void check_interrupted(int signal, int code) {
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  // A flow and two runs of GD, of more steps than anybody waits for.
  Process program(
      folder, line(kTeacherJob + "--method flow gd --rtol 1e-6 --atol 1e-9 --time 1e6 --steps 0 --max-gradients 2e9 "
                                 "--step-size 0.1 0.05 --threads 2 --records 2000 --output",
                   {output}));
  REQUIRE(program.reaches([&] { return has_rows(output, 0, 20); }));
  program.send(signal);
  const Ended ended = program.wait();
  INFO(ended.out << ended.err);
  CHECK(ended.code == code);

  const hdf5::File file = hdf5::File::open(output);
  CHECK(status(file) == "interrupted");
  int interrupted = 0, pending = 0;
  for (int number = 0; number < 3; ++number) {
    const RunView run(file, number);
    interrupted += run.status() == "interrupted" ? 1 : 0;
    pending += run.status() == "pending" ? 1 : 0;
    const std::size_t valid = run.rows();
    const std::vector<double> time = run.group().dataset("time").read_part<double>(run.index(), 1),
                              loss = run.group().dataset("loss").read_part<double>(run.index(), 1);
    REQUIRE(valid < time.size());
    for (std::size_t row = 0; row < time.size(); ++row) {
      const bool whole = !std::isnan(time[row]) && !std::isnan(loss[row]);
      if (whole != (row < valid)) FAIL_CHECK("run " << number << ", row " << row << " of " << valid);
    }
    for (std::size_t row = 1; row < valid; ++row)
      if (!(time[row] > time[row - 1])) FAIL_CHECK("run " << number << ": times do not ascend at row " << row);
  }
  CHECK(interrupted >= 1);
  CHECK(interrupted + pending == 3);

  if (std::system("/usr/bin/python3 -c 'import h5py' 2> /dev/null") != 0) return;
  const std::string script =
      "import h5py; f = h5py.File('" + output.string() +
      "'); r = f['swiglu']; n = r['valid_rows'][0]; assert n >= 20 and (r['time'][0, :n] >= 0).all()";
  CHECK(std::system(("/usr/bin/python3 -c \"" + script + "\"").c_str()) == 0);
}

/// Exit code 2, one message that holds all of these, nothing written.
void check_refused(const Arguments& arguments, const std::vector<std::string>& words) {
  const TemporaryFolder folder;
  Arguments all = arguments;
  const std::filesystem::path output = folder / "results.h5";
  all.insert(all.end(), {"--output", output});
  const Ended ended = run_program(folder, all);
  CAPTURE(arguments, ended.err);
  CHECK(ended.code == 2);
  for (const std::string& word : words) CHECK_THAT(ended.err, Contains(word));
  CHECK_FALSE(std::filesystem::exists(output));
}

}  // namespace

TEST_CASE("SIGINT and SIGTERM finish the row, mark the file, and end with 130 and 143") {
  if (program_is_missing()) return;
  check_interrupted(SIGINT, 130);
  check_interrupted(SIGTERM, 143);
}

TEST_CASE("an existing results file is replaced only where that is wanted") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  std::ofstream(output) << "the results of last week";
  const Arguments job = line(kTeacherJob + "--method gd --time 1 --step-size 0.1 --output", {output});
  const Ended refused = run_program(folder, job);
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains(output.string()) && Contains("--force"));
  CHECK(text_in(output) == "the results of last week");
  Arguments forced = job;
  forced.push_back("--force");
  CHECK(run_program(folder, forced).code == 0);
  CHECK(status(hdf5::File::open(output)) == "finished");
}

TEST_CASE("what the user can mend ends with 2, a message and its remedy, and writes nothing") {
  if (program_is_missing()) return;
  check_refused(line("--model swigul"), {"swigul", "swiglu"});
  check_refused(line(kTeacherJob + "--set widht=4"), {"widht", "width"});
  check_refused(line(kTeacherJob + "--tiem 4"), {"--tiem", "--time"});
  check_refused(line(kTeacherJob + "--time -4"), {"--time", "-4", "such as"});
  check_refused(line("--model swiglu --set d=3 --data teacher --samples 8 --method sgd --batch 9"), {"batch", "9"});
  check_refused(line("--model swiglu --data no_such_file.h5"), {"no_such_file.h5"});

  const TemporaryFolder folder;
  const std::filesystem::path block = folder / "block.txt";
  std::ofstream(block) << "parameters A[m d]\ninput x[d]\ny[m] = A[m d] x[d] x[e]\n";
  check_refused(line("--data teacher --set m=2 d=3 --block", {block}), {"block.txt:3:", "'e'"});
}

TEST_CASE("data with NaN are refused, with the place") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path data = folder / "data.h5";
  {
    const hdf5::File file = hdf5::File::create(data);
    std::vector<double> x(4 * 3, 0.5);
    x[7] = std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> y(4 * 2, 1.0);
    file.create_group("data");
    file.write<double>("data/x", {4, 3}, x);
    file.write<double>("data/y", {4, 2}, y);
  }
  check_refused(line("--model swiglu --set width=3 --samples 0 --batch 2 --data", {data}),
                {"data.h5", "/data/x[2, 1]", "NaN"});
}

TEST_CASE("a step size that is too large ends its run, with step and value, and the others go on") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const Ended ended = run_program(
      folder,
      line(kTeacherJob +
               "--method flow gd --rtol 1e-6 1e-8 --atol 1e-8 1e-10 --step-size 0.1 1e6 0.05 --time 1e7 --steps 100 "
               "--max-gradients 300 --records 10 --output",
           {output}));
  INFO(ended.out << ended.err);
  CHECK(ended.code == 0);
  const hdf5::File file = hdf5::File::open(output);
  CHECK(status(file) == "finished");
  for (int number = 0; number < 5; ++number) {
    const RunView run(file, number);
    CAPTURE(number, run.message());
    if (run.number("step_size") == 1e6) {
      CHECK(run.status() == "diverged");
      CHECK_THAT(run.message(),
                 Contains("step ") && Contains("the norm of the parameters") && Contains("smaller step size"));
      CHECK_THAT(ended.err, Contains("gd 1e+6") && Contains("diverged"));
    } else {
      CHECK(run.status() == "truncated");
    }
    for (const double value : run.column("value")) CHECK(std::isfinite(value));
  }
}
