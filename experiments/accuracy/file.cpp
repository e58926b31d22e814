#include "experiments/accuracy/file.h"

#include <array>

#include "job/execute.h"
#include "job/signals.h"
#include "problem/program.h"
#include "record/created_group.h"
#include "record/plan.h"
#include "record/tensor_plan.h"

namespace invar {
namespace {

using Names = std::vector<std::string>;
using record::GroupPlan;
constexpr double kUnknown = AccuracyOutcome::unknown;

struct NumberColumn {
  const char *name, *units, *description;
  double AccuracyOutcome::*member;
};
constexpr std::array kNumberColumns{
    NumberColumn{"seconds", "s", "best time of the repetitions, on one thread, laws not watched",
                 &AccuracyOutcome::seconds},
    NumberColumn{"distance", "1", "distance of the parameters at T to the reference, relative to its norm",
                 &AccuracyOutcome::distance},
    NumberColumn{"error", "1", "the distance where it is above the reference's error_limit", &AccuracyOutcome::error},
};

struct CountColumn {
  const char *name, *description;
  std::int64_t (*value)(const Summary&);
};
constexpr std::array kCountColumns{
    CountColumn{"gradients", "work: gradients, a Hessian-vector product as two",
                [](const Summary& run) { return run.evaluations + 2 * run.hessian_products; }},
    CountColumn{"hessian_products", "Hessian-vector products", [](const Summary& run) { return run.hessian_products; }},
    CountColumn{"accepted", "accepted steps", [](const Summary& run) { return run.counters.accepted; }},
    CountColumn{"rejected", "rejected steps", [](const Summary& run) { return run.counters.rejected; }},
    CountColumn{"stiff", "1 where stability limited many steps of an explicit method, else 0",
                [](const Summary& run) { return std::int64_t{run.stiff}; }},
};

struct LawColumn {
  const char *name, *description;
  double LawDrift::*member;
};
constexpr std::array kLawColumns{
    LawColumn{"drift", "norm of the law's change between the start and T", &LawDrift::drift},
    LawColumn{"relative_drift", "drift over the norm of the absolute terms of the law at the start",
              &LawDrift::relative_drift},
    LawColumn{"step_part", "drift by the steps in exact arithmetic", &LawDrift::step_part},
    LawColumn{"gradient_part", "drift by rounding in the gradients; of a claim or control also by the flow",
              &LawDrift::gradient_part},
    LawColumn{"update_part", "drift by rounding of the update", &LawDrift::update_part},
    LawColumn{"cast_part", "drift by rounding the parameters to float for gradients", &LawDrift::cast_part},
    LawColumn{"closure", "drift less its parts", &LawDrift::closure},
    LawColumn{"bound", "bound of the drift by the steps; NaN for methods that are no Runge-Kutta methods",
              &LawDrift::bound},
    LawColumn{"bound_ratio", "largest (step part + what of the gradient part is no rounding) / bound", &LawDrift::bound_ratio},
};

/// Datasets over the axes of one group.
class Axes {
 public:
  Axes(GroupPlan& group, Names names, std::vector<std::int64_t> extents)
      : group_(group), names_(std::move(names)), extents_(std::move(extents)) {}

  void numbers(const char* name, const char* units, const std::string& description, std::vector<double> values) const {
    add(record::number(name, units, description)).initial = std::move(values);
  }
  void integers(const char* name, const std::string& description, std::vector<std::int64_t> values) const {
    add(record::integer(name, "1", description)).initial = std::move(values);
  }
  void texts(const char* name, const std::string& description, Names values) const {
    add(record::texts(name, description, std::move(values)));
  }
  Axes with(const std::string& name, std::int64_t extent) const {
    Axes more = *this;
    more.names_.push_back(name);
    more.extents_.push_back(extent);
    return more;
  }

 private:
  record::DatasetPlan& add(record::DatasetPlan plan) const {
    return group_.add(record::along(std::move(plan), names_, extents_));
  }

  GroupPlan& group_;
  Names names_;
  std::vector<std::int64_t> extents_;
};

template <class T, class Value>
std::vector<T> column(const std::vector<AccuracyOutcome>& runs, const Value& value) {
  std::vector<T> result;
  for (const AccuracyOutcome& run : runs) result.push_back(value(run));
  return result;
}

std::string status_text(const AccuracyOutcome& run) {
  return record::to_string(run.begun ? status_of(run.summary.end) : record::RunStatus::pending);
}

/// What every run has, whatever it is a run of. NaN and -1 where it did not come to T.
void add_runs(const Axes& axes, const std::vector<AccuracyRun>& planned, const std::vector<AccuracyOutcome>& runs) {
  Names labels;
  for (const AccuracyRun& run : planned) labels.push_back(run.text());
  axes.texts("label", "the run for people", std::move(labels));
  for (const CountColumn& count : kCountColumns)
    axes.integers(count.name, count.description, column<std::int64_t>(runs, [&](const AccuracyOutcome& run) {
                    return run.begun ? count.value(run.summary) : -1;
                  }));
  for (const NumberColumn& number : kNumberColumns)
    axes.numbers(number.name, number.units, number.description,
                 column<double>(runs, [&](const AccuracyOutcome& run) { return run.*number.member; }));
  axes.numbers("end_time", "1", "training time at which the run ended",
               column<double>(runs, [](const AccuracyOutcome& run) { return run.begun ? run.summary.t : kUnknown; }));
  axes.texts("status", "pending, finished, truncated, diverged, stalled, interrupted or failed",
             column<std::string>(runs, status_text));
  axes.texts("status_message", "why the run ended",
             column<std::string>(runs, [](const AccuracyOutcome& run) { return run.summary.text; }));
}

void add_laws(GroupPlan& group, const Axes& axes, const AccuracySetup& setup,
              const std::vector<AccuracyOutcome>& runs) {
  Names names, kinds;
  std::vector<std::int64_t> components;
  for (const ComparedLaw& law : setup.laws) {
    names.push_back(law.name);
    kinds.push_back(law.kind);
    components.push_back(law.components);
  }
  const auto laws = std::ssize(names);
  group.add(record::scale("law", "law", std::move(names)));
  const Axes by_law(group, {"law"}, {laws});
  by_law.texts("law_kind", "law, control (not conserved) or claim (said to be conserved)", std::move(kinds));
  by_law.integers("law_components", "components of the law", std::move(components));
  for (const LawColumn& of_law : kLawColumns) {
    std::vector<double> values;
    for (const AccuracyOutcome& run : runs)
      for (std::size_t law = 0; law < setup.laws.size(); ++law)
        values.push_back(law < run.laws.size() ? run.laws[law].*of_law.member : kUnknown);
    axes.with("law", laws).numbers(of_law.name, "1", of_law.description, std::move(values));
  }
}

/// No dimension is called method or tolerance: xarray's sel has parameters of those names.
GroupPlan family_plan(const AccuracySetup& setup, const MethodFamily& family, const FamilyResults& results) {
  GroupPlan group;
  group.path = family.adaptive() ? "/adaptive" : "/prescribed";
  group.numbers_apart = true;
  Names names;
  std::vector<std::int64_t> nominal;
  for (const MethodEntry* method : family.methods) {
    names.emplace_back(method->name);
    nominal.push_back(method->order);
  }
  const auto methods = std::ssize(names), settings = static_cast<std::int64_t>(family.settings());
  group.add(record::scale("integrator", "method, as --methods names it", std::move(names)));
  group.add(record::counted_scale(
      "setting",
      family.adaptive() ? "number of the tolerance, loosest first" : "number of the step size, largest first",
      settings));
  const Axes by_setting(group, {"setting"}, {settings}), by_method(group, {"integrator"}, {methods}),
      by_run(group, {"integrator", "setting"}, {methods, settings});
  if (family.adaptive()) {
    std::vector<double> rtol, atol;
    for (const Tolerances& pair : family.tolerances) {
      rtol.push_back(pair.rtol);
      atol.push_back(pair.atol);
    }
    by_setting.numbers("rtol", "1", "relative tolerance", std::move(rtol));
    by_setting.numbers("atol", "1", "absolute tolerance", std::move(atol));
  } else {
    by_setting.numbers("step_size", "1", "step size, T/N", family.step_sizes);
  }
  group.attributes["coordinates"] = std::string(family.adaptive() ? "rtol atol" : "step_size") +
                                    " label status status_message law_kind law_components";
  add_runs(by_run, family.runs, results.runs);
  add_laws(group, by_run, setup, results.runs);
  by_method.integers("nominal_order", "order of the method; 0: it varies", std::move(nominal));
  std::vector<double> orders, errors;
  std::vector<std::int64_t> points;
  for (const auto& order : results.orders) {
    orders.push_back(order ? order->slope : kUnknown);
    errors.push_back(order ? order->standard_error : kUnknown);
    points.push_back(order ? order->points : 0);
  }
  const std::string against = family.adaptive() ? "rtol" : "step size";
  by_method.numbers("order", "1", "slope of log error against log " + against, std::move(orders));
  by_method.numbers("order_standard_error", "1", "standard error of order", std::move(errors));
  by_method.integers("order_points", "errors that order is from", std::move(points));
  return group;
}

/// The reference, and below it the parameters where it ended.
std::vector<GroupPlan> reference_plans(const AccuracySetup& setup, const AccuracyResults& results) {
  GroupPlan group;
  group.path = "/reference";
  group.numbers_apart = true;
  group.attributes["coordinates"] = std::string("label status status_message");
  group.attributes["rtol"] = setup.references.front().tolerances.rtol;
  group.attributes["atol"] = setup.references.front().tolerances.atol;
  group.attributes["uncertainty"] = results.uncertainty;
  group.attributes["error_limit"] = results.error_limit();
  group.attributes["agree"] = results.references_agree() ? "true" : "false";
  Names names;
  for (const AccuracyRun& run : setup.references) names.emplace_back(run.method->name);
  const record::DatasetPlan integrators = record::scale("integrator", "method of the reference", std::move(names));
  group.add(integrators);
  add_runs(Axes(group, {"integrator"}, integrators.shape), setup.references, results.references);

  std::vector<record::TensorPlan> tensors;
  for (const Tensor& tensor : setup.problem.block.parameters.tensors()) {
    record::TensorPlan& plan = tensors.emplace_back();
    plan.name = tensor.name;
    plan.shape = tensor.shape;
    plan.axes = setup.problem.axes_of(tensor.name);
    for (const AccuracyOutcome& reference : results.references) {
      const auto part = reference.end.segment(tensor.offset, tensor.size);
      plan.values.push_back(std::make_shared<const std::vector<double>>(part.begin(), part.end()));
    }
  }
  std::vector<GroupPlan> plans{std::move(group)};
  for (GroupPlan& plan : record::tensor_plans("/reference/end", "parameter at T", tensors, {integrators}, {}))
    plans.push_back(std::move(plan));
  return plans;
}

GroupPlan root_of(record::FileDescription provenance, const AccuracySetup& setup) {
  record::Attributes& more = provenance.more;
  more["experiment"] = std::string(setup.configuration->program->name);
  more["tables"] = std::string(setup.configuration->program->tables);
  more["model"] = setup.unit.label;
  more["block"] = setup.problem.text;
  more["data"] = setup.problem.data;
  more["loss"] = std::string(to_string(setup.problem.loss));
  more["start_seed"] = setup.unit.start_seed;
  more["samples"] = setup.problem.samples.count;
  more["parameters"] = setup.problem.block.parameters.size();
  more["end_time"] = required_time(setup.problem);
  if (setup.sharpness) more["sharpness"] = *setup.sharpness;
  GroupPlan root = record::root_plan(provenance);
  root.datasets.front().initial =
      Names{record::to_string(interrupted() ? record::FileStatus::interrupted : record::FileStatus::finished)};
  return root;
}

}  // namespace

void write_accuracy(const record::WholeFile& file, const record::FileDescription& provenance,
                    const AccuracySetup& setup, const AccuracyResults& results) {
  std::vector<GroupPlan> plans{root_of(provenance, setup)};
  for (GroupPlan& plan : reference_plans(setup, results)) plans.push_back(std::move(plan));
  for (std::size_t f = 0; f < setup.families.size(); ++f)
    plans.push_back(family_plan(setup, setup.families[f], results.families[f]));
  file.write([&](const hdf5::File& output) { record::create_groups(output, plans); });
}

}  // namespace invar
