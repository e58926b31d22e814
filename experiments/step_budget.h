// The drift budget of a run, fed with the steps that a method shows.
#pragma once

#include <vector>

#include "experiments/configuration.h"
#include "integrators/method.h"
#include "law/budget.h"

namespace invar {

template <class S>
class StepBudget {
 public:
  /// Of the methods with few; others show their stages only where that is asked for (MethodOptions::keep_stages).
  static constexpr int kUsualStages = 16;

  /// The forms must outlive it. With Budget::off steps are not looked at: rows then have no parts and bounds. A step of
  /// more stages than `most_stages` counts as one without a tableau: all that it changes is its step part.
  StepBudget(const std::vector<LawForm>& forms, Index parameters, Configuration::Budget arithmetic,
             Configuration::Precision precision, int most_stages = kUsualStages);

  bool on() const { return on_; }
  void start(const State<S>& theta) { budget_.start(theta.data()); }
  void step(const StepView<S>& step);
  const BudgetRow& record(const State<S>& theta) { return budget_.record(theta.data()); }
  std::span<const std::int64_t> group_begin() const { return budget_.group_begin(); }
  void archive(Archive& archive) { budget_.archive(archive); }

 private:
  bool on_;
  std::size_t most_stages_;
  Budget<S> budget_;
  std::vector<const S*> stages_;
};

extern template class StepBudget<float>;
extern template class StepBudget<double>;

}  // namespace invar
