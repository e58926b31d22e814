#include "job/row_layout.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace invar {
namespace {

std::string index_text(const std::vector<Index>& component) {
  std::string text;
  for (const Index index : component) text += (text.empty() ? "" : ",") + std::to_string(index);
  return text;
}

}  // namespace

RowLayout::RowLayout(const std::vector<LawForm>& forms, std::int64_t most_components) {
  std::size_t component = 0, group = 0;
  for (const LawForm& form : forms) {
    // Norms of single numbers would save nothing, and lose their signs.
    const bool whole = form.components() <= most_components || form.groups() == form.components();
    parts_.push_back({&form, component, group, whole});
    component += static_cast<std::size_t>(form.components());
    group += static_cast<std::size_t>(form.groups());
    size_ += static_cast<std::size_t>(whole ? form.components() : form.groups());
  }
}

void RowLayout::describe(record::GroupDescription& description) const {
  for (const Part& part : parts_) {
    const LawForm& form = *part.form;
    const auto append = [&](std::string index) {
      description.component_law.push_back((form.scope.empty() ? "" : form.scope + ".") + form.name);
      description.component_kind.emplace_back(to_string(form.kind));
      description.component_index.push_back(std::move(index));
    };
    if (part.whole)
      for (const std::vector<Index>& component : form.component) append(index_text(component));
    else
      for (std::int32_t g = 0; g < form.groups(); ++g) append("norm " + std::to_string(g));
  }
}

template <class Reduce, class Finish>
std::vector<double> RowLayout::reduced(const double* components, double first, const Reduce& reduce,
                                       const Finish& finish) const {
  std::vector<double> columns;
  columns.reserve(size_);
  for (const Part& part : parts_) {
    const LawForm& form = *part.form;
    const double* own = components + part.component;
    if (part.whole) {
      columns.insert(columns.end(), own, own + form.components());
      continue;
    }
    std::vector<double> groups(static_cast<std::size_t>(form.groups()), first);
    for (std::size_t c = 0; c < form.group.size();) {
      const std::int32_t group = form.group[c];
      double value = groups[static_cast<std::size_t>(group)];
      for (; c < form.group.size() && form.group[c] == group; ++c) value = reduce(value, own[c], form.norm_weight[c]);
      groups[static_cast<std::size_t>(group)] = value;
    }
    std::ranges::transform(groups, std::back_inserter(columns), finish);
  }
  return columns;
}

std::vector<double> RowLayout::norms(const double* components) const {
  return reduced(
      components, 0.0, [](double squares, double value, double weight) { return squares + weight * value * value; },
      [](double squares) { return std::sqrt(squares); });
}

std::vector<double> RowLayout::largest(const double* components) const {
  return reduced(
      components, std::numeric_limits<double>::quiet_NaN(),
      [](double most, double value, double) { return std::fmax(most, value); }, [](double most) { return most; });
}

std::vector<double> RowLayout::with_groups(const std::vector<double>& components,
                                           const std::vector<double>& groups) const {
  std::vector<double> columns;
  columns.reserve(size_);
  for (const Part& part : parts_) {
    const auto from = static_cast<std::ptrdiff_t>(part.whole ? part.component : part.group);
    const auto count = static_cast<std::ptrdiff_t>(part.whole ? part.form->components() : part.form->groups());
    const std::vector<double>& source = part.whole ? components : groups;
    columns.insert(columns.end(), source.begin() + from, source.begin() + from + count);
  }
  return columns;
}

}  // namespace invar
