// One run of a results file as the tests look at it: its numbers out of those of all runs of its model.
#pragma once

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "hdf5/file.h"

namespace invar::testing {

class RunView {
 public:
  RunView(const hdf5::File& file, std::int64_t number) {
    for (const std::string& name : file.names()) {
      if (!file.contains_group(name) || !file.contains_dataset(name + "/valid_rows")) continue;
      const std::vector<std::int64_t> numbers = file.dataset(name + "/number").read<std::int64_t>();
      const auto found = std::ranges::find(numbers, number);
      if (found == numbers.end()) continue;
      path_ = "/" + name;
      index_ = found - numbers.begin();
      group_ = std::make_unique<hdf5::Group>(file.group(path_));
    }
    if (!group_) throw std::logic_error("no run " + std::to_string(number));
  }

  const hdf5::Group& group() const { return *group_; }
  const std::string& path() const { return path_; }  // "/swiglu"
  std::int64_t index() const { return index_; }      // along the axis run
  std::size_t rows() const { return static_cast<std::size_t>(integer("valid_rows")); }

  std::string text(const std::string& name) const {
    return group_->has_attribute(name) ? group_->text_attribute(name) : at(group_->dataset(name).read_text());
  }
  double number(const std::string& name) const { return at(group_->dataset(name).read<double>()); }
  std::int64_t integer(const std::string& name) const { return at(group_->dataset(name).read<std::int64_t>()); }
  std::string status() const { return text("status"); }
  std::string message() const { return text("status_message"); }

  /// A column's rows that are written; the numbers of a tensor, "end/layers.0.W".
  std::vector<double> column(const std::string& name) const { return values<double>(name); }
  std::vector<std::int64_t> integers(const std::string& name) const { return values<std::int64_t>(name); }
  double last(const std::string& name) const { return column(name).back(); }

 private:
  template <class T>
  T at(const std::vector<T>& values) const {
    return values.at(static_cast<std::size_t>(index_));
  }

  template <class T>
  std::vector<T> values(std::string name) const {
    const bool tensor = name.find('/') != std::string::npos;
    if (tensor) std::ranges::replace(name, '.', '/');
    const hdf5::Dataset dataset = group_->dataset(name);
    // Of what is frozen all runs may have the same.
    if (tensor && !group_->contains_dataset(name.substr(0, name.rfind('/')) + "/run")) return dataset.read<T>();
    std::vector<T> all = dataset.read_part<T>(index_, 1);
    if (!tensor) all.resize(all.size() / static_cast<std::size_t>(dataset.shape().at(1)) * rows());
    return all;
  }

  std::unique_ptr<hdf5::Group> group_;
  std::string path_;
  std::int64_t index_ = 0;
};

/// Of all runs of a file.
inline std::vector<RunView> all_runs(const hdf5::File& file) {
  std::vector<RunView> runs;
  std::int64_t count = 0;
  for (const std::string& name : file.names())
    if (file.contains_group(name) && file.contains_dataset(name + "/valid_rows"))
      count += file.dataset(name + "/number").size();
  for (std::int64_t number = 0; number < count; ++number) runs.emplace_back(file, number);
  return runs;
}

}  // namespace invar::testing
