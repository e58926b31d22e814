#include "record/reader.h"

#include <algorithm>

#include "error.h"
#include "record/columns.h"
#include "record/plan.h"

namespace invar::record {
namespace {

std::vector<double> read_as(const hdf5::Dataset& dataset, double) {
  return dataset.read<double>();
}
std::vector<std::int64_t> read_as(const hdf5::Dataset& dataset, std::int64_t) {
  return dataset.read<std::int64_t>();
}
std::vector<std::string> read_as(const hdf5::Dataset& dataset, const std::string&) {
  return dataset.read_text();
}

/// One column of a list of structs.
template <class Column, class Entry, class Of>
void read_column(const hdf5::Group& group, const Column& column, std::vector<Entry>& entries, const Of& of) {
  std::visit(
      [&](auto member) {
        using Value = std::remove_cvref_t<decltype(of(entries.front()).*member)>;
        const hdf5::Dataset dataset = group.dataset(std::string(column.name));
        const auto values = read_as(dataset, Value());
        if (values.size() != entries.size())
          hdf5::fail(dataset.place(), "has " + std::to_string(values.size()) + " entries, and not " +
                                          std::to_string(entries.size()) + ": the file is damaged");
        for (std::size_t i = 0; i < entries.size(); ++i) of(entries[i]).*member = values[i];
      },
      column.member);
}

/// With the remedy for what it is instead.
void expect_schema(const hdf5::File& file, const std::filesystem::path& path) {
  if (!file.has_attribute("schema") || !file.has_attribute("configuration"))
    throw InputError(path.string() + ": is no results file; give one that drift, accuracy or train wrote");
  const auto schema = file.attribute<std::int64_t>("schema");
  if (schema < kSchema)
    throw InputError(path.string() + ": is a results file of schema " + std::to_string(schema) + ", and this is " +
                     std::to_string(kSchema) + "; convert it: show " + path.string() + " --convert NEW.h5");
  if (schema > kSchema)
    throw InputError(path.string() + ": is a results file of schema " + std::to_string(schema) +
                     ", of a later version; read it with that version");
}

}  // namespace

Reader::Reader(const std::filesystem::path& path) : path_(path), file_(hdf5::File::open(path)) {
  expect_schema(file_, path);
  status_ = file_.dataset("status").read_text().front();
  for (const std::string& name : file_.names()) {
    if (!file_.contains_group(name) || !file_.contains_dataset(name + "/valid_rows")) continue;
    const hdf5::Group group = file_.group(name);
    groups_.push_back({name, group, group.text_attribute("model")});
    read_runs(groups_.size() - 1);
  }
  std::ranges::sort(runs_, {}, [](const RunState& run) { return run.description.number; });
}

void Reader::read_runs(std::size_t number) {
  const hdf5::Group& group = groups_[number].group;
  // First, for it vouches for rows, and statuses for counters.
  const std::vector<std::int64_t> valid_rows = group.dataset("valid_rows").read<std::int64_t>();
  std::vector<RunState> runs(valid_rows.size());
  const std::vector<std::string> statuses = group.dataset("status").read_text(),
                                 messages = group.dataset("status_message").read_text();
  const std::int64_t rows = group.dataset("row").size();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (valid_rows[i] < 0 || valid_rows[i] > rows)
      hdf5::fail(group.place(), "valid_rows is " + std::to_string(valid_rows[i]) + " of " + std::to_string(rows) +
                                    ": the file is damaged");
    runs[i].group = number;
    runs[i].index = i;
    runs[i].valid_rows = valid_rows[i];
    runs[i].status = statuses.at(i);
    runs[i].message = messages.at(i);
  }
  for (const RunColumn& column : run_columns())
    read_column(group, column, runs, [](RunState& run) -> RunDescription& { return run.description; });
  for (const CounterColumn& column : counter_columns())
    read_column(group, column, runs, [](RunState& run) -> Counters& { return run.counters; });
  runs_.insert(runs_.end(), runs.begin(), runs.end());
}

std::vector<double> Reader::column(const RunState& run, const std::string& name) const {
  const hdf5::Dataset dataset = groups_[run.group].group.dataset(name);
  std::vector<double> values = dataset.read_part<double>(static_cast<std::int64_t>(run.index), 1);
  const auto rows = static_cast<std::size_t>(dataset.shape().at(1));
  values.resize(values.size() / std::max<std::size_t>(rows, 1) * static_cast<std::size_t>(run.valid_rows));
  return values;
}

std::vector<SummaryCase> Reader::summary() const {
  const hdf5::Group group = file_.group("summary");
  std::vector<SummaryCase> cases(static_cast<std::size_t>(group.dataset("case").size()));
  for (const SummaryColumn& column : summary_columns())
    read_column(group, column, cases, [](SummaryCase& one) -> SummaryCase& { return one; });
  return cases;
}

}  // namespace invar::record
