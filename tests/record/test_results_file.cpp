// What is written stands at its place in the file, what is not stays NaN or −1, and every axis has its scale.
#include <hdf5_hl.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>
#include <thread>

#include "hdf5/file.h"
#include "tests/hdf5/temporary_folder.h"
#include "tests/record/example.h"

using namespace invar::record;
using namespace invar::testing;
namespace hdf5 = invar::hdf5;

namespace {

/// Compares all columns of a run with what `example_row` wrote into the first `rows` rows; the rest is empty.
void check_columns(const hdf5::Group& group, std::size_t run, const RunDescription& description, std::int64_t rows) {
  const std::span<const RowColumn> columns = row_columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    INFO("run " << run << ", column " << columns[i].name);
    const std::vector<double> values = group.dataset(std::string(columns[i].name)).read<double>();
    const std::size_t entries = values.size() / static_cast<std::size_t>(description.rows);
    const bool step = columns[i].name == "step";
    for (std::int64_t row = 0; row < description.rows; ++row) {
      for (std::size_t entry = 0; entry < entries; ++entry) {
        const double value = values[static_cast<std::size_t>(row) * entries + entry];
        if (row >= rows) {
          REQUIRE((step ? value == -1.0 : std::isnan(value)));
        } else {
          REQUIRE(value == (step ? static_cast<double>(row) * 10 : number_at(run, row, i, entry)));
        }
      }
    }
  }
}

std::vector<double> all_parameters(const hdf5::Group& group) {
  std::vector<double> theta;
  for (const char* name : {"Q", "layers.0.ffn.A", "scale"}) {
    const std::vector<double> tensor = group.dataset(name).read<double>();
    theta.insert(theta.end(), tensor.begin(), tensor.end());
  }
  return theta;
}

/// Calls visit for every dataset below a group.
template <class Visit>
void each_dataset(const hdf5::Group& group, const Visit& visit) {
  for (const std::string& name : group.names()) {
    if (group.contains_group(name)) {
      each_dataset(group.group(name), visit);
    } else {
      visit(group.dataset(name));
    }
  }
}

}  // namespace

TEST_CASE("a file is not made, and nothing is left of it, where its making is stopped") {
  const TemporaryFolder folder;
  int asked = 0;
  CHECK_FALSE(
      ResultsFile::create(folder / "r.h5", false, example_file(), example_runs(), [&] { return ++asked == 2; }));
  CHECK(asked == 2);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("rows, parameters, late values and the summary are read back from where they belong") {
  const TemporaryFolder folder;
  const std::vector<RunDescription> runs = example_runs();
  FileDescription description = example_file();
  {
    const auto file = ResultsFile::create(folder / "new" / "r.h5", false, description, runs);
    for (std::int64_t row = 0; row < 4; ++row) {
      for (std::size_t run = 0; run < 2; ++run) file->write_row(run, row, example_row(run, row, runs[run]));
    }
    for (std::size_t run = 0; run < 2; ++run) {
      file->write_parameters(run, ParameterSet::start, parameters_at(run, -1));
      file->write_parameters(run, ParameterSet::end, parameters_at(run, -2));
      file->write_value(run, "gap", 0.5 + static_cast<double>(run));
      file->write_value(run, "switches", static_cast<std::int64_t>(run) + 7);
    }
    file->finish_run(0, {RunStatus::truncated, "gradients = 12: the budget is spent", {12, 3, 1, 0.75}});
    for (std::size_t i = 0; i < 2; ++i) {
      description.cases[i].drift = -1e-3 * static_cast<double>(i + 1);
      description.cases[i].verdict = i == 0 ? "conserved" : "not conserved";
    }
    file->write_summary(description.cases);
    file->close(FileStatus::finished);
  }
  const hdf5::File file = hdf5::File::open(folder / "new" / "r.h5");
  CHECK(file.dataset("status").read_characters() == std::vector<std::string>{"finished"});
  CHECK(file.attribute<std::int64_t>("schema") == 1);
  CHECK(file.text_attribute("configuration") == description.configuration);
  for (std::size_t run = 0; run < 2; ++run) {
    const hdf5::Group group = file.group(run_path(run));
    check_columns(group, run, runs[run], 4);
    CHECK(group.dataset("valid_rows").read<std::int64_t>() == std::vector<std::int64_t>{4});
    CHECK(group.dataset("component_law").read_text() == runs[run].component_law);
    CHECK(group.dataset("component_kind").read_text() == runs[run].component_kind);
    CHECK(group.dataset("component_index").read_text() == runs[run].component_index);
    CHECK(group.dataset("block").read_text() == runs[run].blocks);
    CHECK(all_parameters(group.group("start")) == parameters_at(run, -1));
    CHECK(all_parameters(group.group("end")) == parameters_at(run, -2));
    CHECK(group.dataset("gap").read<double>().front() == 0.5 + static_cast<double>(run));
    CHECK(group.dataset("switches").read<std::int64_t>().front() == static_cast<std::int64_t>(run) + 7);
    CHECK(group.attribute<double>("rtol") == 1e-9);
    CHECK(group.attribute<std::int64_t>("start_seed") == 4);
    CHECK(group.text_attribute("model") == "attention");
  }
  const std::vector<double> q = file.dataset("/runs/0000/trajectory/Q").read<double>();
  for (std::int64_t row = 0; row < 4; ++row) {
    const std::vector<double> theta = parameters_at(0, row);
    CHECK(std::equal(theta.begin(), theta.begin() + 12, q.begin() + 12 * row));
  }
  CHECK(std::isnan(q.back()));
  CHECK(file.dataset("/runs/0000/trajectory/time").read<double>()[1] == number_at(0, 1, 0, 0));
  CHECK_FALSE(file.contains("/runs/0001/trajectory"));

  CHECK(file.dataset("/runs/0000/status").read_characters().front() == "truncated");
  CHECK(file.dataset("/runs/0000/status_message").read_characters().front() == "gradients = 12: the budget is spent");
  CHECK(file.dataset("/runs/0001/status").read_characters().front() == "running");
  CHECK(file.dataset("/runs/0000/rejected").read<std::int64_t>().front() == 1);
  CHECK(file.dataset("/runs/0001/rejected").read<std::int64_t>().front() == -1);
  CHECK(file.dataset("/runs/0000/seconds").read<double>().front() == 0.75);
  CHECK(file.dataset("/summary/method").read_text() == std::vector<std::string>{"flow", "gd"});
  CHECK(file.dataset("/summary/verdict").read_characters() == std::vector<std::string>{"conserved", "not conserved"});
  CHECK(file.dataset("/summary/drift").read<double>() == std::vector<double>{-1e-3, -2e-3});
  CHECK(file.dataset("/summary/run").read<std::int64_t>() == std::vector<std::int64_t>{0, 1});
}

TEST_CASE("a column can be filled after its run, and an earlier row be replaced, without touching the others") {
  const TemporaryFolder folder;
  const std::vector<RunDescription> runs = example_runs();
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), runs);
  for (std::int64_t row = 0; row < 3; ++row) {
    RowValues values = example_row(1, row, runs[1]);
    values.prediction.clear();
    file->write_row(1, row, values);
  }
  const std::span<const RowColumn> columns = row_columns();
  std::size_t position = 0;
  while (columns[position].name != "prediction") ++position;
  std::vector<double> prediction;
  for (std::int64_t row = 0; row < 3; ++row) {
    for (std::size_t entry = 0; entry < 3; ++entry) prediction.push_back(number_at(1, row, position, entry));
  }
  file->write_column(1, "prediction", prediction);
  file->write_row(1, 1, example_row(1, 1, runs[1]));
  const hdf5::Group group = hdf5::File::open(folder / "r.h5").group(run_path(1));
  check_columns(group, 1, runs[1], 3);
  CHECK(group.dataset("valid_rows").read<std::int64_t>().front() == 3);
}

TEST_CASE("every axis of every dataset has one scale of its extent, and every dataset units and a description") {
  const TemporaryFolder folder;
  std::vector<RunDescription> runs = example_runs();
  runs.push_back(example_run(1, 0, true));  // no laws
  runs.back().blocks.clear();
  ResultsFile::create(folder / "r.h5", false, example_file(), runs);
  int datasets = 0;
  each_dataset(hdf5::File::open(folder / "r.h5"), [&](const hdf5::Dataset& dataset) {
    INFO(dataset.place().object);
    ++datasets;
    CHECK_FALSE(dataset.text_attribute("units").empty());
    CHECK_FALSE(dataset.text_attribute("description").empty());
    const hdf5::Shape shape = dataset.shape();
    if (H5DSis_scale(dataset.id()) > 0) {
      CHECK(shape.size() == 1);
      return;
    }
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      CHECK(H5DSget_num_scales(dataset.id(), static_cast<unsigned>(axis)) == 1);
      const auto same_extent = [](hid_t, unsigned, hid_t scale, void* extent) -> herr_t {
        return hdf5::Space(hdf5::Handle(H5Dget_space(scale))).shape() ==
               hdf5::Shape{*static_cast<std::int64_t*>(extent)};
      };
      std::int64_t extent = shape[axis];
      CHECK(H5DSiterate_scales(dataset.id(), static_cast<unsigned>(axis), nullptr, same_extent, &extent) == 1);
    }
  });
  CHECK(datasets > 100);
}

TEST_CASE("HDF5 has closed the file before the first row, so no metadata can change any more") {
  const TemporaryFolder folder;
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), example_runs());
  CHECK(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL) == 0);
}

TEST_CASE("rows that vouch for others are aligned, so that no reader and no kill sees half a number") {
  const TemporaryFolder folder;
  ResultsFile::create(folder / "r.h5", false, example_file(), example_runs());
  const hdf5::File file = hdf5::File::open(folder / "r.h5");
  for (const char* run : {"/runs/0000", "/runs/0001"}) {
    each_dataset(file.group(run), [](const hdf5::Dataset& dataset) {
      INFO(dataset.place().object);
      if (dataset.location()) CHECK(dataset.location()->begin % 8 == 0);
    });
  }
}

TEST_CASE("the predicted size holds the file and exceeds it little") {
  const TemporaryFolder folder;
  const auto check_size = [&](const std::vector<RunDescription>& runs, double most) {
    FileDescription file = example_file();
    file.cases.resize(runs.size() * 3);
    ResultsFile::create(folder / "r.h5", true, file, runs);
    const double actual = static_cast<double>(std::filesystem::file_size(folder / "r.h5"));
    const double predicted = static_cast<double>(file_bytes(file, runs));
    CHECK(predicted >= actual);
    CHECK(predicted <= most * actual);
  };
  check_size({example_run(1, 0, false)}, 1.35);
  check_size({example_run(2, 1, true)}, 1.35);
  check_size(std::vector<RunDescription>(40, example_run(3, 2, true)), 1.35);
  check_size(std::vector<RunDescription>(40, example_run(50, 300, false)), 1.10);
  check_size({example_run(20000, 20, true)}, 1.01);
}

TEST_CASE("runs that several threads write at once come out whole") {
  const TemporaryFolder folder;
  const std::vector<RunDescription> runs(4, example_run(200, 5, true));
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), runs);
  std::vector<std::thread> threads;
  for (std::size_t run = 0; run < 4; ++run) {
    threads.emplace_back([&, run] {
      for (std::int64_t row = 0; row < 150; ++row) file->write_row(run, row, example_row(run, row, runs[run]));
      file->finish_run(run, {RunStatus::finished, "", {}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const hdf5::File reader = hdf5::File::open(folder / "r.h5");
  for (std::size_t run = 0; run < 4; ++run) check_columns(reader.group(run_path(run)), run, runs[run], 150);
}

TEST_CASE("a message that is too long is cut, not refused, for a run must be able to end") {
  const TemporaryFolder folder;
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), example_runs());
  std::string text;
  for (int i = 0; i < 200; ++i) text += "τ";
  file->finish_run(0, {RunStatus::diverged, text, {}});
  CHECK(hdf5::File::open(folder / "r.h5").dataset("/runs/0000/status_message").read_characters().front() ==
        text.substr(0, 256));
}

TEST_CASE("what does not fit the description is a fault of the program, and is not written") {
  const TemporaryFolder folder;
  const std::vector<RunDescription> runs = example_runs();
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), runs);
  RowValues values = example_row(1, 0, runs[1]);
  CHECK_THROWS_AS(file->write_row(1, 1, values), std::logic_error);  // row 0 comes first
  CHECK_THROWS_AS(file->write_row(2, 0, values), std::logic_error);
  values.closure.push_back(0.0);
  CHECK_THROWS_AS(file->write_row(1, 0, values), std::logic_error);
  values = example_row(1, 0, runs[1]);
  values.parameters = parameters_at(1, 0);
  CHECK_THROWS_AS(file->write_row(1, 0, values), std::logic_error);  // run 1 does not save them
  CHECK_THROWS_AS(file->write_parameters(0, ParameterSet::end, std::vector<double>(21)), std::logic_error);
  CHECK_THROWS_AS(file->write_value(0, "gap", std::int64_t{1}), std::logic_error);
  CHECK_THROWS_AS(file->write_value(0, "absent", 1.0), std::logic_error);
  CHECK_THROWS_AS(file->write_column(0, "value", std::vector<double>(31)), std::logic_error);
  CHECK_THROWS_AS(file->write_summary({}), std::logic_error);
  CHECK(hdf5::File::open(folder / "r.h5").dataset("/runs/0001/valid_rows").read<std::int64_t>().front() == 0);
  file->close(FileStatus::finished);
  CHECK_THROWS_AS(file->write_row(0, 0, example_row(0, 0, runs[0])), std::logic_error);
  CHECK_THROWS_AS(file->close(FileStatus::finished), std::logic_error);
}
