#include "experiments/train/study.h"

#include "experiments/train/recorder.h"
#include "experiments/train/setup.h"

namespace invar {
namespace {

class TrainUnit final : public UnitStudyOf<TrainUnit> {
 public:
  template <class S, class G>
  static std::unique_ptr<RunRecorder<S>> made(const RunContext<S, G>& context) {
    return std::make_unique<TrainingRecorder<S, G>>(context.unit, context.run, context.field, context.objective,
                                                    context.file, context.saved, context.progress, context.threads);
  }
};

class TrainStudy final : public Study {
 public:
  void plan(UnitSetup& unit) const override { plan_training(unit); }
  std::unique_ptr<UnitStudy> of_unit(const UnitSetup&) const override { return std::make_unique<TrainUnit>(); }

  /// The operations are those of products, as the plan counts them.
  Work work(const UnitSetup& unit, const RunSetup& run) const override {
    Work work;
    work.steps = prescribed_gradients(run);
    const Problem& problem = unit.problem;
    const auto samples = static_cast<double>(run.batch > 0 ? run.batch : problem.samples.count);
    const bool tokens = problem.block.input_tokens > 0;
    work.items = tokens ? "tokens" : "samples";
    work.items_a_gradient = samples * (tokens ? static_cast<double>(problem.samples.input_elements) : 1.0);
    work.flops_a_gradient = samples * problem.plans.gradient->flops_per_sample + problem.plans.gradient->flops_fixed;
    return work;
  }
};

}  // namespace

const Study& train_study() {
  static const TrainStudy study;
  return study;
}

}  // namespace invar
