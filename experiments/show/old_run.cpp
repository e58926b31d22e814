#include "experiments/show/old_run.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "experiments/show/old_file.h"
#include "problem/ladder.h"
#include "record/columns.h"

namespace invar {
namespace {

using record::RowValues;

bool of_methods(const std::string& attribute) {
  constexpr std::array kOfMethods{"norm", "control", "accumulate", "replacement"};
  return std::ranges::find(kOfMethods, attribute) != kOfMethods.end();
}
void fill(const hdf5::Dataset& dataset, double RowValues::*member, std::vector<RowValues>& rows) {
  const std::vector<double> values = dataset.read<double>();
  for (std::size_t row = 0; row < rows.size(); ++row) rows[row].*member = values[row];
}
void fill(const hdf5::Dataset& dataset, std::int64_t RowValues::*member, std::vector<RowValues>& rows) {
  const std::vector<std::int64_t> values = dataset.read<std::int64_t>();
  for (std::size_t row = 0; row < rows.size(); ++row) rows[row].*member = values[row];
}
void fill(const hdf5::Dataset& dataset, std::vector<double> RowValues::*member, std::vector<RowValues>& rows) {
  if (rows.empty()) return;
  const std::vector<double> values = dataset.read<double>();
  const auto width = static_cast<std::ptrdiff_t>(values.size() / static_cast<std::size_t>(dataset.shape().front()));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row) * width;
    (rows[row].*member).assign(begin, begin + width);
  }
}
double first(const hdf5::Dataset& dataset, double record::Counters::*) {
  return first_of(dataset.read<double>(), dataset);
}
std::int64_t first(const hdf5::Dataset& dataset, std::int64_t record::Counters::*) {
  return first_of(dataset.read<std::int64_t>(), dataset);
}
/// As record::row_columns has it, where schema 1 has another name.
std::string old_name(const record::RowColumn& column) {
  return column.name == "last_step_size" ? "step_size" : std::string(column.name);
}
}  // namespace

OldRun::OldRun(const hdf5::File& file, const std::string& name, std::int64_t number)
    : group_(file.group("/runs/" + name)), attributes_(old_attributes(group_)), axes_(old_axes(attributes_)) {
  description_.number = number;
  rows_ = group_.dataset("row").size();
  const hdf5::Dataset valid_rows = group_.dataset("valid_rows"), status = group_.dataset("status");
  valid_rows_ = first_of(valid_rows.read<std::int64_t>(), valid_rows);
  status_ = first_of(old_texts(status), status);
  expect_shapes();
  batch_is_chosen_ = file.has_attribute("configuration") &&
                     file.text_attribute("configuration").find("\nbatch = ") != std::string::npos;
}

void OldRun::expect_shapes() const {
  const auto damaged = [&](const std::string& name, const std::string& what) {
    const hdf5::Place run = group_.place();
    hdf5::fail({run.file, run.object + "/" + name},
               what + " does not fit the rest of its run: the file is damaged; get a complete copy");
  };
  const auto length = [&](const std::string& name) {
    return group_.contains_dataset(name) ? group_.dataset(name).size() : 0;
  };
  if (valid_rows_ < 0 || valid_rows_ > rows_) damaged("valid_rows", "its number, " + std::to_string(valid_rows_) + ",");
  const std::int64_t components = length("component_law");
  for (const char* name : {"component_kind", "component_index"})
    if (length(name) != components) damaged(name, "its length");
  if (length("law_kind") != length("law")) damaged("law_kind", "its length");
  for (const record::RowColumn& column : record::row_columns()) {
    const std::string name = old_name(column);
    if (!group_.contains_dataset(name)) continue;
    hdf5::Shape expected{rows_};
    if (std::holds_alternative<std::vector<double> RowValues::*>(column.member))
      expected.push_back(column.axis == "component" ? components : length(std::string(column.axis)));
    if (group_.dataset(name).shape() != expected) damaged(name, "its shape");
  }
}

template <class T>
T OldRun::taken(const char* name, T otherwise) {
  const auto found = attributes_.find(name);
  if (found == attributes_.end()) return otherwise;
  if (const T* value = std::get_if<T>(&found->second)) otherwise = *value;
  if (std::string_view(name) != "model") attributes_.erase(found);
  return otherwise;
}
void OldRun::describe_run() {
  description_.rows = rows_;
  for (const record::RunColumn& column : record::run_columns()) {
    if (column.name == "number") continue;
    const char* name = column.name == "start_sharpness" ? "sharpness" : column.name.data();
    std::visit([&](auto member) { description_.*member = taken(name, description_.*member); }, column.member);
  }
  description_.label = label();
}

/// As the ladder names it.
std::string OldRun::label() const {
  const record::RunDescription& known = description_;
  LadderRun run;
  for (const auto method : {Configuration::Method::flow, Configuration::Method::gd, Configuration::Method::sgd})
    if (Configuration::name(method) == known.method) run.method = method;
  run.integrator = known.integrator;
  run.rtol = known.rtol;
  run.atol = known.atol;
  run.step_size.relative = !std::isnan(known.step_size_of_sharpness);
  run.step_size.value = run.step_size.relative ? known.step_size_of_sharpness : known.step_size;
  if (!known.schedule.empty()) run.schedule = ValueText<ScheduleRule>::read(known.schedule);
  run.batch = batch_is_chosen_ ? known.batch : kDefaultBatch;
  run.sampling_seed = known.sampling_seed;
  return run.text();
}

std::vector<std::string> OldRun::axes_of(const std::string& tensor) const {
  const auto found = axes_.find(tensor);
  return found == axes_.end() ? std::vector<std::string>{} : found->second;
}

std::vector<double> OldRun::parameters(const record::GroupDescription& group, const std::string& set,
                                       std::optional<std::size_t> row) const {
  std::vector<double> theta;
  for (const record::ParameterDescription& parameter : group.parameters) {
    const hdf5::Dataset dataset = group_.dataset(set + "/" + parameter.name);
    const std::vector<double> values =
        row ? dataset.read_part<double>(static_cast<std::int64_t>(*row), 1) : dataset.read<double>();
    theta.insert(theta.end(), values.begin(), values.end());
  }
  return theta;
}

record::GroupDescription OldRun::describe() {
  record::GroupDescription group;
  group.name = taken("model", std::string());
  const auto texts = [&](const char* name) {
    return group_.contains_dataset(name) ? group_.dataset(name).read_text() : std::vector<std::string>{};
  };
  group.component_law = texts("component_law");
  group.component_kind = texts("component_kind");
  group.component_index = texts("component_index");
  group.blocks = texts("block");
  group.laws = texts("law");
  group.law_kinds = texts("law_kind");
  describe_run();
  if (group_.contains_group("start"))
    for (const std::string& name : group_.group("start").names())
      group.parameters.push_back({name, group_.dataset("start/" + name).shape(), axes_of(name)});
  if (group_.contains_group("constants"))
    for (const std::string& name : group_.group("constants").names()) {
      const hdf5::Dataset dataset = group_.dataset("constants/" + name);
      description_.constants.push_back(
          {name, dataset.shape(), axes_of(name), std::make_shared<const std::vector<double>>(dataset.read<double>())});
    }
  group.save_parameters = group_.contains_group("trajectory");
  for (const auto& [name, value] : attributes_)
    if (name != "coordinates" && !of_methods(name)) group.attributes.emplace(name, value);
  group.runs.push_back(description_);
  return group;
}

void OldRun::add_method_attributes(record::GroupDescription& group) const {
  for (const auto& [name, value] : attributes_)
    if (of_methods(name)) group.attributes.emplace(name, value);
}

void OldRun::copy_rows(const record::GroupDescription& group, record::ResultsFile& file) const {
  const auto number = static_cast<std::size_t>(description_.number);
  std::vector<RowValues> rows(static_cast<std::size_t>(valid_rows_));
  for (const record::RowColumn& column : record::row_columns()) {
    const std::string name = old_name(column);
    if (!group_.contains_dataset(name)) continue;
    std::visit([&](auto member) { fill(group_.dataset(name), member, rows); }, column.member);
  }
  if (group.save_parameters)
    for (std::size_t row = 0; row < rows.size(); ++row) rows[row].parameters = parameters(group, "trajectory", row);
  for (std::size_t row = 0; row < rows.size(); ++row) file.write_row(number, static_cast<std::int64_t>(row), rows[row]);
  if (group.parameters.empty()) return;
  file.write_parameters(number, record::ParameterSet::start, parameters(group, "start", {}));
  file.write_parameters(number, record::ParameterSet::end, parameters(group, "end", {}));
}

record::RunEnd OldRun::end() const {
  record::RunEnd end;
  for (int i = 0; i <= static_cast<int>(record::RunStatus::stopped); ++i)
    if (to_string(static_cast<record::RunStatus>(i)) == status_) end.status = static_cast<record::RunStatus>(i);
  const hdf5::Dataset message = group_.dataset("status_message");
  end.message = first_of(old_texts(message), message);
  for (const record::CounterColumn& column : record::counter_columns()) {
    if (!group_.contains_dataset(std::string(column.name))) continue;
    std::visit([&](auto member) { end.counters.*member = first(group_.dataset(std::string(column.name)), member); },
               column.member);
  }
  if (valid_rows_ > 0 && end.counters.steps < 0)
    end.counters.steps = group_.dataset("step").read_part<std::int64_t>(valid_rows_ - 1, 1).front();
  return end;
}

}  // namespace invar
