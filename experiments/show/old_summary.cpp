// The summary of a run of schema 1 from its rows. What makes a law's matrices is told by its components' indices: a
// symmetric pair is a matrix, and a linear law is one vector (law/form.h); a law whose matrices are recorded as norms
// needs no telling.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>

#include "experiments/show/old_run.h"

namespace invar {
namespace {

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

/// The rows of one law, and sums over its components.
class OldLaw {
 public:
  OldLaw(const hdf5::Group& run, std::int64_t rows, const std::string& law) : run_(run), rows_(rows) {
    const std::vector<std::string> laws = run.dataset("component_law").read_text(),
                                   indices = run.dataset("component_index").read_text();
    for (std::size_t c = 0; c < laws.size(); ++c) {
      if (laws[c] != law) continue;
      own_.push_back(c);
      norms_ = norms_ || indices[c].starts_with("norm");
    }
    weights_ = norm_weights(indices, own_);
    symmetric_ = std::ranges::any_of(weights_, [](double weight) { return weight != 1.0; });
  }

  bool norms() const { return norms_; }
  std::int64_t components() const { return std::ssize(own_); }
  bool single() const { return !norms_ && own_.size() == 1; }

  /// A column's components at a row, or those of all rows from one on; NaN where the file has no such column.
  std::vector<double> at(const std::string& column, std::int64_t row, std::int64_t count = 1) const {
    if (!run_.contains_dataset(column))
      return std::vector<double>(own_.size() * static_cast<std::size_t>(count), record::kNaN);
    const std::vector<double> values = run_.dataset(column).read_part<double>(row, count);
    const std::size_t width = values.size() / static_cast<std::size_t>(count);
    std::vector<double> result;
    for (std::size_t r = 0; r < static_cast<std::size_t>(count); ++r)
      for (const std::size_t c : own_) result.push_back(values[r * width + c]);
    return result;
  }
  std::vector<double> end(const std::string& column) const { return at(column, rows_ - 1); }

  double largest(const std::string& column, std::int64_t from) const {
    double result = record::kNaN;
    for (const double value : at(column, from, rows_ - from)) result = std::fmax(result, std::abs(value));
    return result;
  }

  double norm(const std::vector<double>& values) const {
    double squares = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) squares += weights_[i] * values[i] * values[i];
    return std::sqrt(squares);
  }

  /// Whether each column is a matrix, or a law for itself: a symmetric law that is recorded component by component is
  /// not, and a linear one, whose bounds are one and the same, is a vector.
  bool each_is_whole() const {
    if (norms_ || own_.size() == 1) return true;
    const std::vector<double> bound = at("bound", 0, rows_), other = at("bound_eq9", 0, rows_);
    return !symmetric_ && std::ranges::none_of(bound, [](double x) { return std::isnan(x); }) && bound != other;
  }

  /// Over the rows, of each matrix.
  double drift_max() const {
    if (!each_is_whole()) return record::kNaN;
    const std::vector<double> drift = at("drift", 0, rows_);
    std::vector<double> most(own_.size(), 0.0);
    for (std::size_t i = 0; i < drift.size(); ++i)
      most[i % own_.size()] = std::max(most[i % own_.size()], std::abs(drift[i]));
    return norm(most);
  }

  /// |drift| / bound. Schema 1's summary added the roundings to the bound, which the rows do not have: NaN where they
  /// may be a hundredth of it, for a thousand roundings of the law's terms.
  double ratio(double rounding) const {
    if (!each_is_whole()) return record::kNaN;
    const std::vector<double> drift = end("drift"), bound = end("bound"), relative = end("relative_drift");
    double result = record::kNaN;
    for (std::size_t i = 0; i < own_.size(); ++i) {
      const double size = std::abs(drift[i]);
      if (size == 0.0) {
        result = std::fmax(result, 0.0);
        continue;
      }
      if (!(bound[i] > 1e5 * rounding * size / relative[i])) return record::kNaN;
      result = std::fmax(result, size / bound[i]);
    }
    return result;
  }

 private:
  const hdf5::Group& run_;
  std::int64_t rows_;
  std::vector<std::size_t> own_;
  std::vector<double> weights_;
  bool norms_ = false, symmetric_ = false;
};

double last_known(const hdf5::Group& run, const std::string& column, std::int64_t rows) {
  if (!run.contains_dataset(column)) return record::kNaN;
  const std::vector<double> values = run.dataset(column).read_first<double>(rows);
  const auto found = std::find_if(values.rbegin(), values.rend(), [](double x) { return !std::isnan(x); });
  return found == values.rend() ? record::kNaN : *found;
}

/// What schema 1 wrote at the end of a job.
void add_end(record::SummaryCase& one, const OldLaw& law, const hdf5::Group& run, std::int64_t rows) {
  const auto whole = [&](const std::string& column) {
    const std::vector<double> values = law.end(column);
    return law.single() ? values.front() : law.norm(values);
  };
  if (one.status != "diverged" && one.status != "stalled") one.time = last_known(run, "time", rows);
  one.drift = whole("drift");
  one.drift_max = law.drift_max();
  one.bound = law.each_is_whole() ? law.norm(law.end("bound")) : record::kNaN;
  one.ratio = law.ratio(one.precision == "float" ? std::numeric_limits<float>::epsilon()
                                                 : std::numeric_limits<double>::epsilon());
  one.prediction = whole("prediction");
}

}  // namespace

void OldRun::complete(record::SummaryCase& one) const {
  const OldLaw law(group_, valid_rows_, one.law);
  if (!law.norms()) one.components = law.components();
  const bool ended = status_ != "pending" && status_ != "running";
  one.status = ended ? status_ : "pending";  // until its end
  if (!ended || valid_rows_ == 0 || law.components() == 0) return;
  const double loss = last_known(group_, "loss", valid_rows_);
  one.loss = std::isnan(loss) ? last_known(group_, "batch_loss", valid_rows_) : loss;
  if (std::isnan(one.time)) add_end(one, law, group_, valid_rows_);
  one.defect = law.largest("defect", 0);
  if (law.each_is_whole()) one.relative_drift = law.largest("relative_drift", valid_rows_ - 1);
  const double step = law.norm(law.end("step_part")), rest = law.norm(law.end("gradient_part")) +
                                                             law.norm(law.end("update_part")) +
                                                             law.norm(law.end("cast_part"));
  if (step + rest > 0.0) one.step_share = step / (step + rest);
  if (!group_.contains_dataset("law_error")) return;
  const std::vector<std::string> names = group_.dataset("law").read_text();
  const auto found = std::ranges::find(names, one.law);
  if (found == names.end()) return;
  one.law_error = group_.dataset("law_error")
                      .read_part<double>(valid_rows_ - 1, 1)
                      .at(static_cast<std::size_t>(found - names.begin()));
}

}  // namespace invar
