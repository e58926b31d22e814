// The drift budget of a run, fed with the steps that a method shows.
#pragma once

#include <vector>

#include "backend/cuda/device_batch.h"
#include "integrators/method.h"
#include "law/budget.h"
#include "problem/configuration.h"

namespace invar {

template <class S>
class StepBudget {
 public:
  /// More than stabilised methods take but on the stiffest flows; a step's budget costs their square. A step of more
  /// stages counts as one without a tableau: all that it changes is its step part.
  static constexpr int kMostStages = 128;

  /// The forms must outlive it. With Budget::off steps are not looked at: rows then have no parts and bounds.
  /// `most_stages`: of a method that is known to take so few; each has its memory.
  StepBudget(const std::vector<LawForm>& forms, Index parameters, const Configuration& configuration,
             Configuration::Precision precision, int most_stages = kMostStages);

  /// Whether methods with many stages are to keep them for it (MethodOptions::keep_stages): a state for each, so not
  /// of large models.
  static bool keeps_stages(Configuration::Budget arithmetic, Index parameters) {
    constexpr Index kMostParameters = 1'000'000;
    return arithmetic != Configuration::Budget::off && parameters <= kMostParameters;
  }

  bool on() const { return on_; }
  /// Of the steps that this device takes.
  void reduce_on(cuda::DeviceBatch<S>& device) {
    if (on_) budget_.reduce_on(device.reductions(budget_.reductions()));
  }
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
