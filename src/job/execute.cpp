#include "job/execute.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "integrators/registry.h"
#include "problem/gradient_field.h"
#include "problem/law_level_set.h"
#include "problem/scale.h"

namespace invar {
namespace {

template <class S>
MethodOptions method_options(const UnitSetup& unit, const RunSetup& setup) {
  MethodOptions options = usual_options(*unit.configuration, unit.problem);
  options.keep_stages = StepBudget<S>::keeps_stages(unit.configuration->budget, unit.problem.block.parameters.size());
  if (setup.schedule) {
    options.schedule = &*setup.schedule;
  } else {
    options.rtol = setup.run->rtol;
    options.atol = setup.run->atol;
  }
  return options;
}

/// Where a run ended because the gradient is not finite there or just ahead: the tensors whose part of it is not.
template <class S>
std::string nonfinite_tensors(const Problem& problem, VectorField<S>& field, const State<S>& theta, double t) {
  State<S> slope(theta.size()), ahead = theta, there(theta.size());
  field.evaluate(theta, t, slope);
  there = slope;
  for (double reach = 1e-15; there.allFinite() && reach < 1.0; reach *= 10.0) {
    ahead = theta + static_cast<S>(reach * std::max(1.0, static_cast<double>(theta.norm()))) * slope.normalized();
    field.evaluate(ahead, t, there);
  }
  std::string names;
  for (const Tensor& tensor : problem.block.parameters.tensors())
    if (!there.segment(tensor.offset, tensor.size).allFinite()) names += (names.empty() ? "" : ", ") + tensor.name;
  return names.empty() ? "" : "; not finite in the gradient of " + names;
}

template <class S, class G>
std::unique_ptr<GradientField<S, G>> field_of(const UnitSetup& unit, const RunSetup& setup, Objective<G>& objective) {
  if (setup.batch == 0) return std::make_unique<GradientField<S, G>>(objective);
  return std::make_unique<BatchField<S, G>>(objective, setup.batch, unit.configuration->replacement,
                                            setup.run->sampling_seed);
}

template <class S, class G>
RunOutcome execute_in(const Execution& job, const UnitSetup& unit, std::size_t number, UnitStudy& study,
                      std::unique_ptr<ThreadState>& thread) {
  const RunSetup& setup = unit.runs[number];
  const bool flow = !setup.schedule;
  Objective<G> objective(unit.problem.plans, unit.problem.samples, setup.batch, job.threads,
                         unit.configuration->backend);
  const auto field = field_of<S, G>(unit, setup, objective);
  if (unit.configuration->backend != Backend::host && steps_stay_on_device(*unit.configuration, unit.unit->precision))
    field->stay_on_device();
  MadeMethod<S> method =
      find_method(flow ? setup.run->integrator : "gradient-descent").make<S>(method_options<S>(unit, setup));
  std::optional<LawLevelSet<S>> laws;
  if (flow && unit.configuration->projection) {
    laws.emplace(unit.problem.forms, unit.problem.block.parameters.size());
    method = std::make_unique<Projected<S>>(std::move(method), *laws);
  }
  ProgressLine::Run shown = job.progress.begin(unit.unit->label + ": " + setup.run->text(), setup.plan.time, 1.0,
                                               job.study.work(unit, setup));

  const std::unique_ptr<RunRecorder<S>> recorder = study.recorder(
      RunContext<S, G>{unit, number, *field, objective, job.file, job.saved, shown, job.threads, thread});
  State<S> theta =
      Eigen::Map<const Eigen::VectorXd>(unit.problem.start.data(), static_cast<Eigen::Index>(unit.problem.start.size()))
          .template cast<S>();
  Limits limits = limits_of(*unit.configuration);
  if (setup.batch == 0) limits.stop = setup.stop;
  const auto at = static_cast<std::size_t>(setup.run->number);
  Summary summary;
  if (job.saved.rows(at) == 0) {
    summary = run<S>(*method, *field, theta, setup.plan, limits, *recorder);
  } else {
    Progress from;
    job.saved.load(at, [&](Archive& archive) {
      invar::archive(archive, from, *method, *field, theta);
      archive("recorder", *recorder);
    });
    summary = resume<S>(*method, *field, theta, setup.plan, limits, *recorder, from);
  }
  if (lost(summary.end)) {
    if (setup.batch == 0 && theta.allFinite() && summary.text.find("finite") != std::string::npos)
      summary.text += nonfinite_tensors<S>(unit.problem, *field, theta, summary.t);
    summary.text += scale_hint(unit.problem);
    if (!unit.configuration->save_weights.empty()) summary.text += "; its weights are not saved";
  }
  RunOutcome outcome = recorder->finish(summary);
  record::RunEnd end;
  end.status = status_of(summary.end);
  end.message = summary.text;
  end.counters = {summary.evaluations + 2 * summary.hessian_products, summary.steps, summary.counters.accepted,
                  summary.counters.rejected, summary.seconds};
  job.file.finish_run(at, end);
  if (summary.end != End::interrupted)
    job.saved.save_outcome(at, [&](Archive& archive) {
      archive("outcome", outcome);
      if (number == 0) study.archive_first(archive);
    });
  // A schedule whose last step comes before the time was chosen; a limit may have been forgotten.
  const bool ended_well = summary.end == End::completed || summary.end == End::stopped ||
                          summary.end == End::interrupted || summary.end == End::truncated_steps;
  if (!ended_well || summary.stiff) job.progress.say(unit.unit->label + ": " + setup.run->text() + ": " + summary.text);
  return outcome;
}

}  // namespace

MethodOptions usual_options(const Configuration& configuration, const Problem& problem) {
  MethodOptions options;
  options.norm = configuration.norm;
  options.control = configuration.control;
  for (const Tensor& tensor : problem.block.parameters.tensors()) options.tensor_begin.push_back(tensor.offset);
  return options;
}

Limits limits_of(const Configuration& configuration) {
  Limits limits;
  if (configuration.max_gradients > 0) limits.gradients = configuration.max_gradients;
  if (configuration.max_seconds > 0.0) limits.seconds = configuration.max_seconds;
  return limits;
}

RunOutcome execute(const Execution& job, const UnitSetup& unit, std::size_t number, UnitStudy& study,
                   std::unique_ptr<ThreadState>& thread) {
  switch (unit.unit->precision) {
    case Configuration::Precision::in_float:
      return execute_in<float, float>(job, unit, number, study, thread);
    case Configuration::Precision::mixed:
      return execute_in<double, float>(job, unit, number, study, thread);
    case Configuration::Precision::in_double:
      break;
  }
  return execute_in<double, double>(job, unit, number, study, thread);
}

}  // namespace invar
