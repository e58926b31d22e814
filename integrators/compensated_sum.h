// Neumaier's sum: the value of millions of small terms as if they were added exactly and rounded once.
#pragma once

#include <cmath>

#include "archive.h"

namespace invar {

class CompensatedSum {
 public:
  void add(double term) {
    const double sum = sum_ + term;
    lost_ += std::abs(sum_) >= std::abs(term) ? (sum_ - sum) + term : (term - sum) + sum_;
    sum_ = sum;
  }
  /// As if so many equal terms had been added.
  void set(double terms, double term) {
    sum_ = terms * term;
    lost_ = std::fma(terms, term, -sum_);
  }
  double value() const { return sum_ + lost_; }

  void archive(Archive& archive) {
    archive("sum", sum_);
    archive("lost", lost_);
  }

 private:
  double sum_ = 0.0;
  double lost_ = 0.0;
};

}  // namespace invar
