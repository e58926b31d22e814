// What is written stands at its place in the file, what is not stays NaN or −1, and every axis has its scale.
#include <hdf5_hl.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>
#include <thread>

#include "hdf5/file.h"
#include "record/plan.h"
#include "tests/hdf5/temporary_folder.h"
#include "tests/record/example.h"
#include "tests/record/run_view.h"

using namespace invar::record;
using namespace invar::testing;
namespace hdf5 = invar::hdf5;

namespace {

/// Compares all columns of a run with what `example_row` wrote into the first `rows` rows; the rest is empty.
void check_columns(const hdf5::File& file, std::size_t run, std::int64_t rows) {
  const RunView view(file, static_cast<std::int64_t>(run));
  const std::span<const RowColumn> columns = row_columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    INFO("run " << run << ", column " << columns[i].name);
    const hdf5::Dataset dataset = view.group().dataset(std::string(columns[i].name));
    const std::vector<double> values = dataset.read_part<double>(view.index(), 1);
    const std::int64_t extent = dataset.shape().at(1);
    const std::size_t entries = values.size() / static_cast<std::size_t>(extent);
    const bool step = columns[i].name == "step";
    for (std::int64_t row = 0; row < extent; ++row) {
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

std::vector<double> all_parameters(const RunView& run, const std::string& set) {
  std::vector<double> theta;
  for (const char* name : {"/Q", "/layers.0.ffn.A", "/scale"}) {
    const std::vector<double> tensor = run.column(set + name);
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
      ResultsFile::create(folder / "r.h5", false, example_file(), example_groups(), [&] { return ++asked >= 2; }));
  CHECK(asked >= 2);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("rows, parameters, late values and the summary are read back from where they belong") {
  const TemporaryFolder folder;
  const std::vector<GroupDescription> groups = example_groups();
  FileDescription description = example_file();
  {
    const auto file = ResultsFile::create(folder / "new" / "r.h5", false, description, groups);
    for (std::int64_t row = 0; row < 4; ++row)
      for (std::size_t run = 0; run < 3; ++run) write_rows(*file, groups, run, row, row + 1);
    for (std::size_t run = 0; run < 3; ++run) {
      file->write_parameters(run, ParameterSet::start, parameters_at(run, -1));
      file->write_parameters(run, ParameterSet::end, parameters_at(run, -2));
    }
    file->finish_run(0, {RunStatus::truncated, "gradients = 12: the budget is spent", {12, 4, 3, 1, 0.75}});
    for (std::size_t i = 0; i < 2; ++i) {
      description.cases[i].drift = -1e-3 * static_cast<double>(i + 1);
      description.cases[i].status = i == 0 ? "truncated" : "running";
      description.cases[i].verdict = i == 0 ? "conserved" : "not conserved";
    }
    file->write_summary(description.cases, 0, 1);
    CHECK(std::isnan(hdf5::File::open(folder / "new" / "r.h5").dataset("/summary/drift").read<double>().back()));
    file->write_summary(description.cases);
    file->close(FileStatus::finished);
  }
  const hdf5::File file = hdf5::File::open(folder / "new" / "r.h5");
  CHECK(file.dataset("status").read_text() == std::vector<std::string>{"finished"});
  CHECK(file.attribute<std::int64_t>("schema") == 2);
  CHECK(file.text_attribute("configuration") == description.configuration);
  for (std::size_t run = 0; run < 3; ++run) {
    const RunView view(file, static_cast<std::int64_t>(run));
    const GroupDescription& group = group_of(groups, run);
    check_columns(file, run, 4);
    CHECK(view.rows() == 4);
    CHECK(view.group().dataset("component_law").read_text() == group.component_law);
    CHECK(view.group().dataset("component_kind").read_text() == group.component_kind);
    CHECK(view.group().dataset("component_index").read_text() == group.component_index);
    CHECK(view.group().dataset("block").read_text() == group.blocks);
    CHECK(all_parameters(view, "start") == parameters_at(run, -1));
    CHECK(all_parameters(view, "end") == parameters_at(run, -2));
    CHECK(view.number("rtol") == 1e-9);
    CHECK(view.integer("start_seed") == 4);
    CHECK(view.text("method") == (run == 0 ? "flow" : "gd"));
    CHECK(view.text("model") == "attention");
  }
  const std::vector<double> q = file.dataset("/attention/trajectory/Q").read<double>();
  for (const std::size_t index : {0, 1})
    for (std::int64_t row = 0; row < 4; ++row) {
      const std::vector<double> theta = parameters_at(2 * index, row);
      CHECK(
          std::equal(theta.begin(), theta.begin() + 12, q.begin() + 12 * (6 * static_cast<std::int64_t>(index) + row)));
    }
  CHECK(std::isnan(q.back()));
  CHECK(file.dataset("/attention/trajectory/time").read<double>()[1] == number_at(0, 1, 0, 0));
  CHECK_FALSE(file.contains("/other/trajectory"));

  CHECK(file.dataset("/attention/run").read<std::int64_t>() == std::vector<std::int64_t>{0, 2});
  CHECK(file.dataset("/attention/status").read_text() == std::vector<std::string>{"truncated", "running"});
  CHECK(file.dataset("/attention/status_message").read_text().front() == "gradients = 12: the budget is spent");
  CHECK(file.dataset("/other/status").read_text().front() == "running");
  CHECK(file.dataset("/attention/rejected").read<std::int64_t>() == std::vector<std::int64_t>{1, -1});
  CHECK(file.dataset("/attention/steps").read<std::int64_t>() == std::vector<std::int64_t>{4, -1});
  CHECK(file.dataset("/attention/seconds").read<double>().front() == 0.75);
  CHECK(file.dataset("/summary/method").read_text() == std::vector<std::string>{"flow", "gd"});
  CHECK(file.dataset("/summary/verdict").read_text() == std::vector<std::string>{"conserved", "not conserved"});
  CHECK(file.dataset("/summary/status").read_text() == std::vector<std::string>{"truncated", "running"});
  CHECK(file.dataset("/summary/drift").read<double>() == std::vector<double>{-1e-3, -2e-3});
  CHECK(file.dataset("/summary/run").read<std::int64_t>() == std::vector<std::int64_t>{0, 1});
}

TEST_CASE("a column can be filled after its run, and an earlier row be replaced, without touching the others") {
  const TemporaryFolder folder;
  const std::vector<GroupDescription> groups = example_groups();
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), groups);
  for (std::int64_t row = 0; row < 3; ++row) {
    RowValues values = example_row(1, row, groups[1]);
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
  file->write_row(1, 1, example_row(1, 1, groups[1]));
  const hdf5::File reader = hdf5::File::open(folder / "r.h5");
  check_columns(reader, 1, 3);
  CHECK(RunView(reader, 1).rows() == 3);
}

TEST_CASE("every axis of every dataset has one scale of its extent, and every dataset units and a description") {
  const TemporaryFolder folder;
  std::vector<GroupDescription> groups = example_groups();
  groups.push_back(example_group("lawless", 0, true, {example_run(3, 1)}));
  groups.back().blocks.clear();
  ResultsFile::create(folder / "r.h5", false, example_file(), groups);
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
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), example_groups());
  CHECK(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL) == 0);
}

TEST_CASE("rows that vouch for others are aligned, so that no reader and no kill sees half a number") {
  const TemporaryFolder folder;
  ResultsFile::create(folder / "r.h5", false, example_file(), example_groups());
  const hdf5::File file = hdf5::File::open(folder / "r.h5");
  for (const char* group : {"/attention", "/other"}) {
    each_dataset(file.group(group), [](const hdf5::Dataset& dataset) {
      INFO(dataset.place().object);
      if (dataset.location()) CHECK(dataset.location()->begin % 8 == 0);
    });
  }
}

TEST_CASE("the predicted size holds the file and exceeds it little") {
  const TemporaryFolder folder;
  const auto check_size = [&](const std::vector<GroupDescription>& groups, double most) {
    FileDescription file = example_file();
    file.cases.resize(run_count(groups) * 3);
    ResultsFile::create(folder / "r.h5", true, file, groups);
    const double actual = static_cast<double>(std::filesystem::file_size(folder / "r.h5"));
    const double predicted = static_cast<double>(file_bytes(file, groups));
    CAPTURE(actual, predicted);
    CHECK(predicted >= actual);
    CHECK(predicted <= most * actual);
  };
  const auto runs = [](std::int64_t count, std::int64_t rows) {
    std::vector<RunDescription> result;
    for (std::int64_t run = 0; run < count; ++run) result.push_back(example_run(run, rows));
    return result;
  };
  check_size({example_group("a", 0, false, runs(1, 1))}, 1.5);
  check_size({example_group("a", 1, true, runs(1, 2))}, 1.5);
  check_size({example_group("a", 2, true, runs(400, 3))}, 1.15);
  check_size({example_group("a", 300, false, runs(40, 50))}, 1.02);
  check_size({example_group("a", 20, true, runs(1, 20000))}, 1.01);
  std::vector<GroupDescription> many;
  for (std::int64_t run = 0; run < 40; ++run)
    many.push_back(example_group("model " + std::to_string(run), 2, true, {example_run(run, 3)}));
  check_size(many, 1.5);
}

TEST_CASE("runs that several threads write at once come out whole") {
  const TemporaryFolder folder;
  std::vector<GroupDescription> groups{example_group("a", 5, true, {})};
  for (std::int64_t run = 0; run < 4; ++run) groups.front().runs.push_back(example_run(run, 200));
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), groups);
  std::vector<std::thread> threads;
  for (std::size_t run = 0; run < 4; ++run) {
    threads.emplace_back([&, run] {
      write_rows(*file, groups, run, 0, 150);
      file->finish_run(run, {RunStatus::finished, "", {}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const hdf5::File reader = hdf5::File::open(folder / "r.h5");
  for (std::size_t run = 0; run < 4; ++run) check_columns(reader, run, 150);
}

TEST_CASE("a net has more tensors than HDF5 keeps in the list of those that share a scale") {
  const TemporaryFolder folder;
  GroupDescription group = example_group("net", 2, false, {});
  group.parameters.clear();
  for (int layer = 0; layer < 2200; ++layer)
    for (const char* name : {".V", ".W"})
      group.parameters.push_back({"layers." + std::to_string(layer) + name, {2, 2}, {"h", "d"}});
  group.runs.push_back(example_run(0, 2));
  ResultsFile::create(folder / "r.h5", false, example_file(), {group});
  CHECK(hdf5::File::open(folder / "r.h5").dataset("net/end/layers/2199/W").shape() == hdf5::Shape{1, 2, 2});
}

TEST_CASE("a message that is too long is cut, not refused, for a run must be able to end") {
  const TemporaryFolder folder;
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), example_groups());
  std::string text;
  for (int i = 0; i < 200; ++i) text += "τ";
  file->finish_run(0, {RunStatus::diverged, text, {}});
  CHECK(hdf5::File::open(folder / "r.h5").dataset("/attention/status_message").read_text().front() ==
        text.substr(0, 256));
}

TEST_CASE("what does not fit the description is a fault of the program, and is not written") {
  const TemporaryFolder folder;
  const std::vector<GroupDescription> groups = example_groups();
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), groups);
  RowValues values = example_row(1, 0, groups[1]);
  CHECK_THROWS_AS(file->write_row(1, 1, values), std::logic_error);  // row 0 comes first
  CHECK_THROWS_AS(file->write_row(3, 0, values), std::logic_error);
  values.closure.push_back(0.0);
  CHECK_THROWS_AS(file->write_row(1, 0, values), std::logic_error);
  values = example_row(1, 0, groups[1]);
  values.parameters = parameters_at(1, 0);
  CHECK_THROWS_AS(file->write_row(1, 0, values), std::logic_error);  // run 1 does not save them
  CHECK_THROWS_AS(file->write_parameters(0, ParameterSet::end, std::vector<double>(21)), std::logic_error);
  write_rows(*file, groups, 2, 0, 4);
  CHECK_THROWS_AS(write_rows(*file, groups, 2, 4, 5), std::logic_error);  // run 0 has 6 rows, 2 has 4
  CHECK_THROWS_AS(file->write_column(0, "value", std::vector<double>(31)), std::logic_error);
  CHECK_THROWS_AS(file->write_summary({}), std::logic_error);
  CHECK(hdf5::File::open(folder / "r.h5").dataset("/other/valid_rows").read<std::int64_t>().front() == 0);
  file->close(FileStatus::finished);
  CHECK_THROWS_AS(file->write_row(0, 0, example_row(0, 0, groups[0])), std::logic_error);
  CHECK_THROWS_AS(file->close(FileStatus::finished), std::logic_error);
}
