// Linear algebra over a field: the rank of a span, how a vector is made of a basis, the solutions of equations.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace invar::exact {

/// Rows in echelon form.
template <class F>
class Span {
 public:
  std::size_t rank() const { return rows_.size(); }
  /// Whether it is outside the span, to which it then belongs.
  bool add(std::vector<F> vector) {
    reduce(vector);
    std::size_t pivot = 0;
    while (pivot < vector.size() && vector[pivot].zero()) ++pivot;
    if (pivot == vector.size()) return false;
    const F inverse = vector[pivot].inverse();
    for (std::size_t i = pivot; i < vector.size(); ++i) vector[i] *= inverse;
    rows_.emplace_back(pivot, std::move(vector));
    return true;
  }

 private:
  void reduce(std::vector<F>& vector) const {
    for (const auto& [pivot, row] : rows_) {
      const F factor = vector[pivot];
      if (factor.zero()) continue;
      for (std::size_t i = pivot; i < vector.size(); ++i) vector[i] -= factor * row[i];
    }
  }
  std::vector<std::pair<std::size_t, std::vector<F>>> rows_;  // (place of the leading 1, row)
};

/// Vectors that are independent, and the others' coefficients in them.
template <class F>
class Basis {
 public:
  std::size_t size() const { return count_; }
  /// Coefficients over the members, in their order; none where the vector is independent of them: then it becomes one.
  std::optional<std::vector<F>> add(std::vector<F> vector) {
    std::vector<F> used(count_, F(0));  // vector = Σ used · member + rest
    for (const Row& row : rows_) {
      const F factor = vector[row.pivot];
      if (factor.zero()) continue;
      for (std::size_t i = 0; i < vector.size(); ++i) vector[i] -= factor * row.entries[i];
      for (std::size_t i = 0; i < row.members.size(); ++i) used[i] += factor * row.members[i];
    }
    std::size_t pivot = 0;
    while (pivot < vector.size() && vector[pivot].zero()) ++pivot;
    if (pivot == vector.size()) return used;
    const F inverse = vector[pivot].inverse();
    for (F& entry : vector) entry *= inverse;
    for (F& member : used) member = -member * inverse;
    used.push_back(inverse);
    rows_.push_back({pivot, std::move(vector), std::move(used)});
    ++count_;
    return std::nullopt;
  }

 private:
  struct Row {
    std::size_t pivot;
    std::vector<F> entries, members;  // entries = Σ members · member
  };
  std::vector<Row> rows_;
  std::size_t count_ = 0;
};

/// The solutions of linear equations Σ row_i x_i = 0.
template <class F>
class Kernel {
 public:
  explicit Kernel(std::size_t unknowns) : unknowns_(unknowns) {}
  /// Whether the equation says something new.
  bool add(std::vector<F> row) {
    for (const auto& [pivot, known] : rows_) take_out(row, pivot, known);
    std::size_t pivot = 0;
    while (pivot < row.size() && row[pivot].zero()) ++pivot;
    if (pivot == row.size()) return false;
    const F inverse = row[pivot].inverse();
    for (F& entry : row) entry *= inverse;
    for (auto& [other, known] : rows_) take_out(known, pivot, row);
    rows_.emplace_back(pivot, std::move(row));
    return true;
  }
  /// One solution for each unknown that no equation leads with: it is 1 there and 0 at the others.
  std::vector<std::vector<F>> basis() const {
    std::vector<char> leads(unknowns_, 0);
    for (const auto& [pivot, row] : rows_) leads[pivot] = 1;
    std::vector<std::vector<F>> result;
    for (std::size_t free = 0; free < unknowns_; ++free) {
      if (leads[free]) continue;
      std::vector<F> solution(unknowns_, F(0));
      solution[free] = F(1);
      for (const auto& [pivot, row] : rows_) solution[pivot] = -row[free];
      result.push_back(std::move(solution));
    }
    return result;
  }

 private:
  static void take_out(std::vector<F>& from, std::size_t pivot, const std::vector<F>& row) {
    const F factor = from[pivot];
    if (factor.zero()) return;
    for (std::size_t i = 0; i < from.size(); ++i) from[i] -= factor * row[i];
  }
  std::size_t unknowns_;
  std::vector<std::pair<std::size_t, std::vector<F>>> rows_;  // (place of its 1, row): reduced echelon form
};

}  // namespace invar::exact
