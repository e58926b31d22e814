// A writer that is killed, refused or short of space leaves what was there before, or a file with all rows it counts.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/random/mersenne_twister.hpp>
#include <catch2/catch.hpp>
#include <fstream>

#include "error.h"
#include "hdf5/file.h"
#include "tests/hdf5/temporary_folder.h"
#include "tests/record/example.h"
#include "tests/record/killed_at_write.h"
#include "tests/record/run_view.h"

using namespace invar::record;
using namespace invar::testing;
using Catch::Contains;
using invar::InputError;
namespace hdf5 = invar::hdf5;

namespace {

/// The file opens and holds every row that it counts; returns how many those are over all runs.
std::int64_t counted_rows(const std::filesystem::path& path) {
  const hdf5::File file = hdf5::File::open(path);
  std::int64_t total = 0;
  for (const RunView& view : all_runs(file)) {
    const auto run = static_cast<std::size_t>(view.integer("number"));
    const auto rows = static_cast<std::int64_t>(view.rows());
    const std::span<const RowColumn> columns = row_columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const bool step = columns[i].name == "step";
      const std::vector<double> values = view.column(std::string(columns[i].name));
      const std::size_t entries = rows == 0 ? 0 : values.size() / view.rows();
      for (std::size_t k = 0; k < values.size(); ++k) {
        const std::int64_t row = static_cast<std::int64_t>(k / entries);
        REQUIRE(values[k] == (step ? static_cast<double>(row) * 10 : number_at(run, row, i, k % entries)));
      }
    }
    if (view.group().contains_group("trajectory")) {
      const std::vector<double> tensor = view.group().dataset("trajectory/Q").read_part<double>(view.index(), 1);
      for (std::int64_t row = 0; row < rows; ++row) {
        const std::vector<double> theta = parameters_at(run, row);
        REQUIRE(std::equal(theta.begin(), theta.begin() + 12, tensor.begin() + 12 * row));
      }
    }
    total += rows;
  }
  return total;
}

/// A whole program: creates the file and fills it.
void write_everything(const std::filesystem::path& path,
                      const std::vector<GroupDescription>& groups = example_groups()) {
  const auto file = ResultsFile::create(path, true, example_file(), groups);
  for (std::size_t run = 0; run < run_count(groups); ++run) {
    write_rows(*file, groups, run, 0, rows_of(groups, run));
    file->finish_run(run, {RunStatus::finished, "", {}});
  }
  file->close(FileStatus::finished);
}

constexpr std::int64_t kAllRows = 6 + 4 + 4;

int exit_code(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("killed at any write, a writer leaves the old file or a new one with every row that it counts") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "r.h5";
  const std::vector<GroupDescription> groups = example_groups(2, 2);
  std::int64_t most = 0, writes = 0;
  bool old_was_left = false;
  for (int at = 0;; ++at) {
    hdf5::File::create(path).set_attribute("old", "yes");
    const KilledAtWrite outcome = run_and_kill_at_write(at, [&] { write_everything(path, groups); });
    REQUIRE(outcome != KilledAtWrite::failed);
    if (hdf5::File::open(path).has_attribute("old")) {
      old_was_left = true;
      CHECK(most == 0);  // never again the old file once the new one was seen
    } else {
      const std::int64_t rows = counted_rows(path);
      CHECK(rows >= most);
      most = rows;
      ++writes;
    }
    if (outcome == KilledAtWrite::ended) break;
  }
  CHECK(old_was_left);
  CHECK(most == 6);
  CHECK(writes > 80);      // the rows' writes, each of which was a moment to die
  write_everything(path);  // what the last kill left behind hinders nobody
  CHECK(counted_rows(path) == kAllRows);
}

TEST_CASE("killed at a random moment, a writer leaves a file with every row that it counts") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "r.h5";
  boost::random::mt19937_64 random(1);
  int midway = 0;
  for (int attempt = 0; attempt < 30; ++attempt) {
    std::filesystem::remove(path);
    const pid_t child = fork();
    if (child == 0) {
      try {
        for (;;) write_everything(path);
      } catch (...) {
        _exit(1);
      }
    }
    REQUIRE(child > 0);
    for (int wait = 0; wait < 100000 && !std::filesystem::exists(path); ++wait) usleep(200);
    usleep(static_cast<useconds_t>(random() % 20000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    const std::int64_t rows = counted_rows(path);
    midway += rows > 0 && rows < kAllRows ? 1 : 0;
  }
  INFO(midway << " of 30 kills hit between the first and the last row");
}

TEST_CASE("a second writer is refused with the holder's number, in the same process and in another") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "r.h5";
  auto first = ResultsFile::create(path, false, example_file(), example_groups());
  const std::string refusal = "process " + std::to_string(getpid()) + " is writing it";
  const auto message = [&](const std::filesystem::path& name) {
    return message_of<InputError>([&] { ResultsFile::create(name, true, example_file(), example_groups()); });
  };
  CHECK_THAT(message(path), Contains("r.h5") && Contains(refusal) && Contains("another output"));
  std::filesystem::create_symlink(path, folder / "other.h5");
  CHECK_THAT(message(folder / "other.h5"), Contains(refusal));

  const pid_t child = fork();
  if (child == 0) _exit(message(path).find(refusal) != std::string::npos ? 0 : 1);
  CHECK(exit_code(child) == 0);

  first->write_row(0, 0, example_row(0, 0, example_groups()[0]));
  CHECK(counted_rows(path) == 1);  // the refused ones changed nothing
  first->close(FileStatus::finished);
  CHECK_NOTHROW(ResultsFile::create(path, true, example_file(), example_groups()));
}

TEST_CASE("a lock and a temporary file that a killed writer left hinder nobody, and none are left after a close") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "r.h5";
  std::ofstream(folder / "r.h5.lock") << "4194305\n";
  std::ofstream(folder / "r.h5.tmp") << "half a file";
  write_everything(path);
  CHECK(counted_rows(path) == kAllRows);
  CHECK_FALSE(std::filesystem::exists(folder / "r.h5.lock"));
  CHECK_FALSE(std::filesystem::exists(folder / "r.h5.tmp"));
}

TEST_CASE("an existing output is kept without force, and replaced by a whole file with it") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "r.h5";
  std::ofstream(path) << "precious";
  CHECK_THAT(message_of<InputError>([&] { ResultsFile::create(path, false, example_file(), example_groups()); }),
             Contains("r.h5: exists already") && Contains("--force"));
  CHECK(std::filesystem::file_size(path) == 8);
  CHECK_FALSE(std::filesystem::exists(folder / "r.h5.lock"));
  ResultsFile::create(path, true, example_file(), example_groups());
  CHECK(counted_rows(path) == 0);
  CHECK(hdf5::File::open(path).dataset("status").read_text().front() == "failed");  // was not closed
}

TEST_CASE("an output that cannot be created is refused with place and reason, and nothing is left") {
  const TemporaryFolder folder;
  const auto message = [&](const std::filesystem::path& path) {
    return message_of<InputError>([&] { ResultsFile::create(path, true, example_file(), example_groups()); });
  };
  std::ofstream(folder / "plain") << "x";
  CHECK_THAT(message(folder / "plain" / "r.h5"), Contains("plain") && Contains("choose another output"));
  CHECK_THAT(message(folder.path()), Contains("is a folder"));
  CHECK_THAT(message("/dev/null"), Contains("is no plain file"));
  CHECK_THAT(message("/proc/r.h5"),
             Contains("/proc/r.h5") && Contains("choose an output in a folder where you may write"));
  CHECK_THAT(message(""), Contains("must name a file"));
}

TEST_CASE("where the file does not fit, the old one stays and nothing else") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "r.h5";
  write_everything(path);
  const pid_t child = fork();
  if (child == 0) {
    // A limit on the size of files stands for a full disk.
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100000, 100000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string message =
        message_of<InputError>([&] { ResultsFile::create(path, true, example_file(), example_groups()); });
    _exit(message.find("MB do not fit") != std::string::npos && message.find("free some space") != std::string::npos
              ? 0
              : 1);
  }
  CHECK(exit_code(child) == 0);
  CHECK(counted_rows(path) == kAllRows);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("where a row cannot be written, the error says so and the rows before it stay") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "r.h5";
  const pid_t child = fork();
  if (child == 0) {
    const std::vector<GroupDescription> groups = example_groups();
    auto file = ResultsFile::create(path, true, example_file(), groups);
    file->write_row(1, 0, example_row(1, 0, groups[1]));
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string message = message_of<InputError>([&] { file->write_row(1, 1, example_row(1, 1, groups[1])); });
    file.reset();  // must not throw either
    _exit(message.find("cannot be written: File too large") != std::string::npos ? 0 : 1);
  }
  CHECK(exit_code(child) == 0);
  CHECK(counted_rows(path) == 1);
}
