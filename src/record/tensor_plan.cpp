// See tensor_plan.h.
#include "record/tensor_plan.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace invar::record {
namespace {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string base_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// "(h a)" → "h_a"; "layers.0.moe.e" → "e": the scope is the group's. What HDF5 and Python take as a name.
std::string plain_name(const std::string& written) {
  std::string name, letter;
  const auto end_letter = [&] {
    letter = letter.substr(letter.rfind('.') + 1);
    if (!letter.empty()) name += (name.empty() ? "" : "_") + letter;
    letter.clear();
  };
  for (const char c : written) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.')
      letter += c;
    else
      end_letter();
  }
  end_letter();
  return name;
}

/// Each part of a path; those that are names of every scope's own datasets get an underscore.
std::string without_own_names(const std::string& path) {
  std::string result;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, end - at);
    result += (at > 0 ? "/" : "") + part + (part == "run" || part == "row" || part == "time" ? "_" : "");
    at = end + 1;
  }
  return result;
}

/// One scope: names of axes that are apart from its tensors' and subgroups', each with one extent.
class Scope {
 public:
  void reserve(const std::string& name) { reserved_.insert(name); }

  /// The axes of a tensor.
  std::vector<std::string> axes(const TensorPlan& tensor) {
    std::vector<std::string> names;
    const bool known = tensor.axes.size() == tensor.shape.size();
    for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
      const std::int64_t extent = tensor.shape[axis];
      std::string wanted = known ? plain_name(tensor.axes[axis]) : "";
      if (wanted.empty()) wanted = "axis" + std::to_string(extent);
      if (reserved_.contains(wanted)) wanted = "axis_" + wanted;
      std::string name = wanted;
      for (int another = 2; !fits(name, extent, names); ++another) name = wanted + "_" + std::to_string(another);
      extents_.emplace(name, extent);
      names.push_back(name);
    }
    return names;
  }

  const std::map<std::string, std::int64_t>& extents() const { return extents_; }

 private:
  bool fits(const std::string& name, std::int64_t extent, const std::vector<std::string>& used) const {
    const auto found = extents_.find(name);
    return std::ranges::find(used, name) == used.end() && !reserved_.contains(name) &&
           (found == extents_.end() || found->second == extent);
  }

  std::set<std::string> reserved_;
  std::map<std::string, std::int64_t> extents_;
};

}  // namespace

std::vector<std::string> tensor_paths(const std::vector<std::string>& names) {
  std::set<std::string> taken;  // groups, then also tensors
  std::vector<std::string> paths;
  for (const std::string& name : names) {
    std::string path = name;
    std::ranges::replace(path, '.', '/');
    path = without_own_names(path);
    for (std::string group = parent_of(path); !group.empty(); group = parent_of(group)) taken.insert(group);
    paths.push_back(std::move(path));
  }
  for (std::string& path : paths) {
    while (taken.contains(path)) path += '_';
    taken.insert(path);
  }
  return paths;
}

std::vector<GroupPlan> tensor_plans(const std::string& path, const std::string& description,
                                    const std::vector<TensorPlan>& tensors, const std::vector<DatasetPlan>& leading,
                                    const std::vector<std::string>& links) {
  std::vector<std::string> names;
  for (const TensorPlan& tensor : tensors) names.push_back(tensor.name);
  const std::vector<std::string> paths = tensor_paths(names);

  std::map<std::string, Scope> scopes{{"", {}}};
  for (const std::string& tensor : paths)
    for (std::string inner = tensor; !inner.empty(); inner = parent_of(inner))
      scopes[parent_of(inner)].reserve(base_of(inner));
  for (auto& scope : scopes) {
    for (const DatasetPlan& axis : leading) scope.second.reserve(axis.name);
    for (const std::string& link : links) scope.second.reserve(base_of(link));
  }

  std::map<std::string, std::vector<DatasetPlan>> datasets;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorPlan& tensor = tensors[i];
    std::vector<std::string> axes;
    std::vector<std::int64_t> shape;
    for (const DatasetPlan& axis : leading) {
      axes.push_back(axis.name);
      shape.push_back(axis.elements());
    }
    const std::vector<std::string> own = scopes.at(parent_of(paths[i])).axes(tensor);
    axes.insert(axes.end(), own.begin(), own.end());
    shape.insert(shape.end(), tensor.shape.begin(), tensor.shape.end());
    DatasetPlan dataset = along(number(base_of(paths[i]), "1", description), std::move(axes), std::move(shape));
    if (!tensor.values.empty()) dataset.initial = tensor.values;
    std::string plain = tensor.name;
    std::ranges::replace(plain, '.', '/');
    if (plain != paths[i]) dataset.attributes["tensor"] = tensor.name;
    datasets[parent_of(paths[i])].push_back(std::move(dataset));
  }

  std::vector<GroupPlan> plans;
  for (const auto& [name, scope] : scopes) {  // a scope comes before those in it
    GroupPlan& group = plans.emplace_back();
    group.path = name.empty() ? path : path + "/" + name;
    group.numbers_apart = true;
    const auto own = datasets.find(name);
    if (own == datasets.end()) continue;
    for (const DatasetPlan& axis : leading) group.add(axis);
    for (const auto& [axis, extent] : scope.extents()) group.add(dimension(axis, "index " + axis, extent));
    for (DatasetPlan& dataset : own->second) group.add(std::move(dataset));
    for (const std::string& link : links) group.links.emplace_back(link, base_of(link));
  }
  return plans;
}

}  // namespace invar::record
