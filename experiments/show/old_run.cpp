#include "experiments/show/old_run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <sstream>

#include "experiments/show/old_file.h"
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
  const std::vector<double> values = dataset.read<double>();
  const auto width = static_cast<std::ptrdiff_t>(values.size() / static_cast<std::size_t>(dataset.shape().front()));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row) * width;
    (rows[row].*member).assign(begin, begin + width);
  }
}
double first(const hdf5::Dataset& dataset, double record::Counters::*) {
  return dataset.read<double>().front();
}
std::int64_t first(const hdf5::Dataset& dataset, std::int64_t record::Counters::*) {
  return dataset.read<std::int64_t>().front();
}
/// "0,2,1" → {0, 2, 1}; none of "norm 0".
std::vector<std::int64_t> numbers_of(const std::string& index) {
  std::vector<std::int64_t> numbers;
  std::istringstream text(index);
  for (std::string part; std::getline(text, part, ',');) {
    if (part.find_first_not_of("0123456789") != std::string::npos) return {};
    numbers.push_back(std::stoll(part));
  }
  return numbers;
}

/// In the norm of a law: of a symmetric one, which has its upper triangle alone, off-diagonals count twice.
std::vector<double> norm_weights(const std::vector<std::string>& indices, const std::vector<std::size_t>& own) {
  const std::vector<double> even(own.size(), 1.0);
  std::vector<double> weights = even;
  std::set<std::vector<std::int64_t>> all;
  for (const std::size_t c : own) all.insert(numbers_of(indices[c]));
  for (std::size_t i = 0; i < own.size(); ++i) {
    const std::vector<std::int64_t> index = numbers_of(indices[own[i]]);
    if (index.size() < 2 || index.end()[-2] > index.back()) return even;
    std::vector<std::int64_t> diagonal = index;
    diagonal.end()[-2] = index.back();
    if (!all.contains(diagonal)) return even;
    if (index.end()[-2] < index.back()) weights[i] = 2.0;
  }
  return weights;
}

}  // namespace

OldRun::OldRun(const hdf5::File& file, const std::string& name, std::int64_t number)
    : group_(file.group("/runs/" + name)), attributes_(old_attributes(group_)), axes_(old_axes(attributes_)) {
  description_.number = number;
  rows_ = group_.dataset("row").size();
  valid_rows_ = group_.dataset("valid_rows").read<std::int64_t>().front();
  status_ = old_texts(group_.dataset("status")).front();
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
  const record::RunDescription& run = description_;
  description_.label = run.method + (run.method == "flow" ? " " + run.integrator : "");
  const auto append = [&](const char* before, double value) {
    char cell[40];
    std::snprintf(cell, sizeof cell, "%s%.6g", before, value);
    if (!std::isnan(value)) description_.label += cell;
  };
  append(" rtol ", run.rtol);
  append(" atol ", run.atol);
  if (std::isnan(run.step_size_of_sharpness)) append(" ", run.step_size);
  append(" ", run.step_size_of_sharpness);
  if (!std::isnan(run.step_size_of_sharpness)) description_.label += "/sharpness";
  if (!run.schedule.empty() && run.schedule != "constant") description_.label += " " + run.schedule;
  if (run.batch > 0) description_.label += " batch " + std::to_string(run.batch);
  if (run.sampling_seed >= 0) description_.label += " seed " + std::to_string(run.sampling_seed);
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

double OldRun::last_known(const std::string& column) const {
  if (!group_.contains_dataset(column)) return record::kNaN;
  const std::vector<double> values = group_.dataset(column).read_first<double>(valid_rows_);
  const auto found = std::find_if(values.rbegin(), values.rend(), [](double x) { return !std::isnan(x); });
  return found == values.rend() ? record::kNaN : *found;
}

double OldRun::largest(const std::string& column, const std::vector<std::size_t>& own, std::int64_t from) const {
  double result = record::kNaN;
  if (!group_.contains_dataset(column)) return result;
  const std::vector<double> values = group_.dataset(column).read_part<double>(from, valid_rows_ - from);
  const std::size_t width = values.size() / static_cast<std::size_t>(valid_rows_ - from);
  for (std::size_t row = 0; row * width < values.size(); ++row)
    for (const std::size_t c : own) result = std::fmax(result, std::abs(values[row * width + c]));
  return result;
}

double OldRun::norm(const std::string& column, const std::vector<std::size_t>& own,
                    const std::vector<double>& weights) const {
  if (!group_.contains_dataset(column)) return record::kNaN;
  const std::vector<double> values = group_.dataset(column).read_part<double>(valid_rows_ - 1, 1);
  double squares = 0.0;
  for (std::size_t i = 0; i < own.size(); ++i) squares += weights[i] * values[own[i]] * values[own[i]];
  return std::sqrt(squares);
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
    const std::string name = column.name == "last_step_size" ? "step_size" : std::string(column.name);
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
  end.message = old_texts(group_.dataset("status_message")).front();
  for (const record::CounterColumn& column : record::counter_columns()) {
    if (!group_.contains_dataset(std::string(column.name))) continue;
    std::visit([&](auto member) { end.counters.*member = first(group_.dataset(std::string(column.name)), member); },
               column.member);
  }
  if (valid_rows_ > 0 && end.counters.steps < 0)
    end.counters.steps = group_.dataset("step").read_part<std::int64_t>(valid_rows_ - 1, 1).front();
  return end;
}

void OldRun::complete(record::SummaryCase& one) const {
  one.status = status_;
  if (valid_rows_ == 0) return;
  const auto last_of = [&](const char* name) { return last_known(name); };
  one.loss = std::isnan(last_of("loss")) ? last_of("batch_loss") : last_of("loss");
  const std::vector<std::string> laws = group_.dataset("component_law").read_text(),
                                 indices = group_.dataset("component_index").read_text();
  std::vector<std::size_t> own;
  bool norms = false;
  for (std::size_t c = 0; c < laws.size(); ++c) {
    if (laws[c] != one.law) continue;
    own.push_back(c);
    norms = norms || indices[c].starts_with("norm");
  }
  if (!norms) one.components = std::ssize(own);
  one.defect = largest("defect", own, 0);
  // Of a law all of whose components are recorded the rows do not say which of them make a matrix.
  if (norms || own.size() == 1) one.relative_drift = largest("relative_drift", own, valid_rows_ - 1);
  const std::vector<double> weights = norm_weights(indices, own);
  const double step = norm("step_part", own, weights), rest = norm("gradient_part", own, weights) +
                                                              norm("update_part", own, weights) +
                                                              norm("cast_part", own, weights);
  if (step + rest > 0.0) one.step_share = step / (step + rest);
  if (!group_.contains_dataset("law_error")) return;
  const std::vector<std::string> names = group_.dataset("law").read_text();
  const auto law = std::ranges::find(names, one.law);
  if (law == names.end()) return;
  one.law_error = group_.dataset("law_error")
                      .read_part<double>(valid_rows_ - 1, 1)
                      .at(static_cast<std::size_t>(law - names.begin()));
}

}  // namespace invar
