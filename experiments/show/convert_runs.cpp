#include "experiments/show/convert_runs.h"

#include "experiments/show/old_file.h"
#include "experiments/show/old_run.h"
#include "record/columns.h"
#include "record/gather.h"
#include "record/results_file.h"

namespace invar {
namespace {

std::vector<record::SummaryCase> old_cases(const hdf5::File& file) {
  std::vector<record::SummaryCase> cases;
  if (!file.contains_group("summary")) return cases;
  const hdf5::Group group = file.group("summary");
  cases.resize(static_cast<std::size_t>(group.dataset("case").size()));
  for (const record::SummaryColumn& column : record::summary_columns()) {
    if (!group.contains_dataset(std::string(column.name))) continue;
    const hdf5::Dataset dataset = group.dataset(std::string(column.name));
    const auto copy = [&](auto member, const auto& values) {
      for (std::size_t i = 0; i < cases.size(); ++i) cases[i].*member = values.at(i);
    };
    if (const auto* number = std::get_if<double record::SummaryCase::*>(&column.member))
      copy(*number, dataset.read<double>());
    else if (const auto* integer = std::get_if<std::int64_t record::SummaryCase::*>(&column.member))
      copy(*integer, dataset.read<std::int64_t>());
    else
      copy(std::get<std::string record::SummaryCase::*>(column.member), old_texts(dataset));
  }
  return cases;
}

record::FileStatus file_status(const hdf5::File& file) {
  const hdf5::Dataset dataset = file.dataset("status");
  const std::string status = first_of(old_texts(dataset), dataset);
  for (const auto known : {record::FileStatus::running, record::FileStatus::finished, record::FileStatus::interrupted})
    if (to_string(known) == status) return known;
  return record::FileStatus::failed;
}

}  // namespace

void convert_runs(const hdf5::File& from, const std::filesystem::path& to, bool force) {
  std::vector<OldRun> runs;
  for (const std::string& name : from.group("runs").names())
    runs.emplace_back(from, name, static_cast<std::int64_t>(runs.size()));
  std::vector<record::GroupDescription> groups;
  for (OldRun& run : runs) record::gather(run.describe(), groups);
  for (record::GroupDescription& group : groups)
    for (const record::RunDescription& run : group.runs)
      runs[static_cast<std::size_t>(run.number)].add_method_attributes(group);

  record::FileDescription description = old_description(from);
  // Nothing else in schema 1 says which tables a file is for.
  const bool trained = from.has_attribute("experiment") && from.text_attribute("experiment") == "train";
  description.more["tables"] = std::string(trained ? "training" : "verdicts");
  description.cases = old_cases(from);
  for (record::SummaryCase& one : description.cases) runs.at(static_cast<std::size_t>(one.run)).complete(one);

  const auto file = record::ResultsFile::create(to, force, description, groups);
  for (const record::GroupDescription& group : groups)
    for (const record::RunDescription& described : group.runs) {
      const OldRun& run = runs[static_cast<std::size_t>(described.number)];
      run.copy_rows(group, *file);
      if (run.status() != "pending" && run.status() != "running")
        file->finish_run(static_cast<std::size_t>(described.number), run.end());
    }
  file->write_summary(description.cases);
  file->close(file_status(from));
}

}  // namespace invar
