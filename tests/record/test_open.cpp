// A results file that was left unfinished is written on, at the places where its datasets lie.
#include <fcntl.h>
#include <unistd.h>

#include <boost/random/mersenne_twister.hpp>
#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <map>

#include "error.h"
#include "hdf5/file.h"
#include "record/checkpoint.h"
#include "tests/hdf5/temporary_folder.h"
#include "tests/record/example.h"

using namespace invar::record;
using namespace invar::testing;
using Catch::Contains;
using invar::InputError;
namespace hdf5 = invar::hdf5;

namespace {

using Numbers = std::map<std::string, std::vector<std::int64_t>>;  // a double by its bits

void add_numbers(const hdf5::Group& group, const std::string& path, Numbers& found) {
  for (const std::string& name : group.names()) {
    if (group.contains_group(name)) {
      add_numbers(group.group(name), path + "/" + name, found);
      continue;
    }
    const hdf5::Dataset dataset = group.dataset(name);
    std::vector<std::int64_t>& bits = found[path + "/" + name];
    if (H5Dget_storage_size(dataset.id()) == 0) continue;  // a dimension without values
    if (dataset.kind() == hdf5::Kind::integer) bits = dataset.read<std::int64_t>();
    if (dataset.kind() == hdf5::Kind::floating) {
      const std::vector<double> values = dataset.read<double>();
      bits.resize(values.size());
      std::memcpy(bits.data(), values.data(), values.size() * sizeof(double));
    }
    if (name == "status" || name == "status_message" || name == "evidence")
      for (const std::string& text : dataset.read_text()) bits.insert(bits.end(), text.begin(), text.end());
  }
}

Numbers numbers_of(const std::filesystem::path& path) {
  Numbers found;
  add_numbers(hdf5::File::open(path), "", found);
  return found;
}

FileDescription dated_file() {
  FileDescription file = example_file();
  file.date = "2025-01-01T00:00:00Z";
  return file;
}

void write_rows(ResultsFile& file, std::size_t run, std::int64_t first, std::int64_t end) {
  invar::testing::write_rows(file, example_groups(), run, first, end);
}

void finish(ResultsFile& file) {
  for (std::size_t run = 0; run < 3; ++run) {
    file.write_parameters(run, ParameterSet::end, parameters_at(run, -2));
    file.finish_run(run, {RunStatus::finished, "as planned", {10, 10, 9, 1, 0.5}});
  }
  FileDescription description = dated_file();
  for (SummaryCase& one : description.cases) one.drift = 0.25;
  file.write_summary(description.cases);
  file.close(FileStatus::finished);
}

std::filesystem::path left_at(const TemporaryFolder& folder, std::int64_t first, std::int64_t second) {
  std::filesystem::path path = folder / "left.h5";
  const auto file = ResultsFile::create(path, true, dated_file(), example_groups());
  write_rows(*file, 0, 0, first);
  write_rows(*file, 1, 0, second);
  return path;
}

}  // namespace

TEST_CASE("a file written on is the file that was written in one go") {
  const TemporaryFolder folder;
  const std::filesystem::path whole = folder / "whole.h5";
  {
    const auto file = ResultsFile::create(whole, false, dated_file(), example_groups());
    write_rows(*file, 0, 0, 6);
    write_rows(*file, 1, 0, 4);
    write_rows(*file, 2, 0, 4);
    finish(*file);
  }
  const Numbers expected = numbers_of(whole);
  boost::random::mt19937 chance(7);
  for (int repetition = 0; repetition < 20; ++repetition) {
    const auto reached = [&](std::uint32_t rows) { return static_cast<std::int64_t>(chance() % (rows + 1)); };
    const std::int64_t first = reached(6), second = reached(4), from = reached(static_cast<std::uint32_t>(first));
    CAPTURE(first, second, from);
    const std::filesystem::path path = left_at(folder, first, second);
    const auto file = ResultsFile::open(path, dated_file(), example_groups());
    CHECK(file->found_status(0) == (first > 0 ? "running" : "pending"));
    file->rewind(0, from);
    {
      const hdf5::Group run = hdf5::File::open(path).group("attention");  // run 0 is its first
      CHECK(run.dataset("valid_rows").read<std::int64_t>().front() == from);
      const std::vector<double> time = run.dataset("time").read<double>(),
                                q = run.dataset("trajectory/Q").read<double>();
      for (std::int64_t row = 0; row < 6; ++row) {
        CHECK(std::isnan(time[static_cast<std::size_t>(row)]) == (row >= from));
        CHECK(std::isnan(q[static_cast<std::size_t>(12 * row)]) == (row >= from));
        CHECK((run.dataset("step").read<std::int64_t>()[static_cast<std::size_t>(row)] == -1) == (row >= from));
      }
    }
    write_rows(*file, 0, from, 6);
    write_rows(*file, 1, second, 4);
    write_rows(*file, 2, 0, 4);
    finish(*file);
    CHECK(numbers_of(path) == expected);
  }
}

TEST_CASE("the checksum of rows sees each of their bits and nothing behind them") {
  const TemporaryFolder folder;
  const std::filesystem::path path = left_at(folder, 5, 0);
  std::uint32_t rows = 0, whole = 0;
  {
    const auto file = ResultsFile::open(path, dated_file(), example_groups());
    rows = file->checksum(0, 3);
    whole = file->checksum(0);
    file->write_column(0, "prediction", std::vector<double>(10, 1.0));
    file->write_row(0, 3, example_row(1, 3, example_groups()[0]));
    CHECK(file->checksum(0, 3) == rows);
    CHECK(file->checksum(0) != whole);
  }
  // One bit of the last entry of row 2, in each column and tensor.
  const hdf5::File file = hdf5::File::open(path);
  std::vector<std::string> names{"trajectory/Q", "trajectory/scale"};
  for (const RowColumn& column : row_columns())
    if (!column.late) names.emplace_back(column.name);
  for (const std::string& name : names) {
    const hdf5::Dataset dataset = file.dataset("attention/" + name);
    const std::int64_t at = static_cast<std::int64_t>(dataset.location()->begin) + dataset.size() / 2 / 6 * 3 * 8 - 8;
    const auto flip = [&] {
      const int descriptor = ::open(path.c_str(), O_RDWR);
      char byte = 0;
      REQUIRE(pread(descriptor, &byte, 1, at) == 1);
      byte = static_cast<char>(byte ^ 1);
      REQUIRE(pwrite(descriptor, &byte, 1, at) == 1);
      ::close(descriptor);
    };
    flip();
    CAPTURE(name);
    CHECK(ResultsFile::open(path, dated_file(), example_groups())->checksum(0, 3) != rows);
    flip();
  }
  CHECK(ResultsFile::open(path, dated_file(), example_groups())->checksum(0, 3) == rows);
}

TEST_CASE("only an unfinished file that has what is described is opened, and by one writer") {
  const TemporaryFolder folder;
  const std::filesystem::path path = left_at(folder, 2, 1);
  const Numbers before = numbers_of(path);
  const auto open = [&](const std::vector<GroupDescription>& groups) { ResultsFile::open(path, dated_file(), groups); };
  CHECK_THROWS_WITH(ResultsFile::open(folder / "none.h5", dated_file(), example_groups()),
                    Contains("none.h5") && Contains("give a results file"));
  CHECK_THROWS_WITH(open(example_groups(7, 4)), Contains("/attention/row") && Contains("put the files"));
  auto groups = example_groups();
  groups[1].runs[0].rtol = 1e-8;
  CHECK_THROWS_WITH(open(groups), Contains("/other/rtol"));
  groups[1].runs[0].rtol = 1e-9;
  groups[1].attributes["scale"] = 1e-8;
  CHECK_THROWS_WITH(open(groups), Contains("/other") && Contains("'scale'"));
  groups[1].attributes["scale"] = 1e-9;
  groups[1].attributes["block"] = std::string("y = x");
  CHECK_THROWS_WITH(open(groups), Contains("'block'"));
  groups = example_groups();
  groups[0].parameters[1].shape = {3, 4};
  CHECK_THROWS_AS(open(groups), InputError);
  groups.push_back(example_group("third", 2, false, {example_run(3, 2)}));
  CHECK_THROWS_AS(open(groups), InputError);
  CHECK(numbers_of(path) == before);
  {
    const auto first = ResultsFile::open(path, dated_file(), example_groups());
    CHECK_THROWS_WITH(open(example_groups()), Contains("is writing it"));
    first->close(FileStatus::finished);
  }
  CHECK_THROWS_WITH(open(example_groups()), Contains("is finished") && Contains("nothing"));
}

TEST_CASE("a dataset that is said to lie beyond the file is refused, not written there") {
  const TemporaryFolder folder;
  const std::filesystem::path path = left_at(folder, 3, 2);
  std::string bytes;
  {
    std::ifstream input(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(input), {});
  }
  const auto eight = [](std::uint64_t number) {
    std::string text(sizeof number, '\0');
    std::memcpy(text.data(), &number, sizeof number);
    return text;
  };
  const std::string place = eight(hdf5::File::open(path).dataset("attention/value").location()->begin);
  const std::size_t at = bytes.find(place);
  REQUIRE(at != std::string::npos);
  REQUIRE(bytes.find(place, at + 1) == std::string::npos);
  bytes.replace(at, place.size(), eight(bytes.size() + 4096));
  std::ofstream(path, std::ios::binary) << bytes;
  CHECK_THROWS_WITH(ResultsFile::open(path, dated_file(), example_groups()),
                    Contains("/attention/value") && Contains("the file is damaged"));
  CHECK(std::filesystem::file_size(path) == bytes.size());
}

TEST_CASE("a new file does not find the checkpoints of the one that it replaces") {
  const TemporaryFolder folder;
  const std::filesystem::path path = left_at(folder, 2, 1);
  Checkpoints checkpoints(path);
  std::int64_t number = 3;
  checkpoints.save(1, true, [&](invar::Archive& archive) { archive("number", number); });
  CHECK_THROWS_AS(ResultsFile::create(path, false, dated_file(), example_groups()), InputError);
  CHECK(std::filesystem::exists(checkpoints.folder()));
  ResultsFile::create(path, true, dated_file(), example_groups());
  CHECK_FALSE(std::filesystem::exists(checkpoints.folder()));
}
