// The components of a row as the results file has them: those of every law, but of a law of matrices or of a vector
// with more of them than are asked for (--components) only a norm for each matrix (Frobenius, off-diagonals of a
// symmetric one twice), or of the vector.
#pragma once

#include <string>
#include <vector>

#include "law/budget.h"
#include "law/form.h"
#include "record/description.h"

namespace invar {

class RowLayout {
 public:
  RowLayout(const std::vector<LawForm>& forms, std::int64_t most_components);

  /// Columns of a row.
  std::size_t size() const { return size_; }
  /// Appends what the columns are: law, kind, index.
  void describe(record::GroupDescription& description) const;

  // From all components to the columns; a norm is taken over the components, or the group's own number is put there.
  std::vector<double> norms(const double* components) const;
  std::vector<double> largest(const double* components) const;
  std::vector<double> with_groups(const std::vector<double>& components, const std::vector<double>& groups) const;

 private:
  struct Part {
    const LawForm* form;
    std::size_t component, group;  // where the form begins in a row of all components, of all groups
    bool whole;                    // a column for each component
  };
  template <class Reduce, class Finish>
  std::vector<double> reduced(const double* components, double first, const Reduce& reduce, const Finish& finish) const;

  std::vector<Part> parts_;
  std::size_t size_ = 0;
};

}  // namespace invar
