#include "experiments/accuracy/file.h"

#include <array>

#include "job/dimensioned_group.h"
#include "job/execute.h"
#include "job/signals.h"
#include "record/plan.h"

namespace invar {
namespace {

using Names = std::vector<std::string>;
constexpr double kUnknown = AccuracyOutcome::unknown;

struct NumberColumn {
  const char *name, *units, *long_name;
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
  const char *name, *long_name;
  std::int64_t (*value)(const Summary&);
};
constexpr std::array kCountColumns{
    CountColumn{"gradients", "work: gradients, a Hessian-vector product as two",
                [](const Summary& run) { return run.evaluations + 2 * run.hessian_products; }},
    CountColumn{"hessian_products", "Hessian-vector products", [](const Summary& run) { return run.hessian_products; }},
    CountColumn{"accepted", "accepted steps", [](const Summary& run) { return run.counters.accepted; }},
    CountColumn{"rejected", "rejected steps", [](const Summary& run) { return run.counters.rejected; }},
};

struct LawColumn {
  const char *name, *long_name;
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
    LawColumn{"bound_ratio", "largest drift over bound and rounding", &LawDrift::bound_ratio},
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
void write_runs(DimensionedGroup& group, const Names& dimensions, const std::vector<AccuracyOutcome>& runs) {
  for (const CountColumn& count : kCountColumns)
    group.integers(count.name, "1", count.long_name, dimensions,
                   column<std::int64_t>(
                       runs, [&](const AccuracyOutcome& run) { return run.begun ? count.value(run.summary) : -1; }));
  for (const NumberColumn& number : kNumberColumns)
    group.numbers(number.name, number.units, number.long_name, dimensions,
                  column<double>(runs, [&](const AccuracyOutcome& run) { return run.*number.member; }));
  group.numbers("end_time", "1", "training time at which the run ended", dimensions,
                column<double>(runs, [](const AccuracyOutcome& run) { return run.begun ? run.summary.t : kUnknown; }));
  group.texts("status", "pending, finished, truncated, diverged, stalled, interrupted or failed", dimensions,
              column<std::string>(runs, status_text));
  group.texts("status_message", "why the run ended", dimensions,
              column<std::string>(runs, [](const AccuracyOutcome& run) { return run.summary.text; }));
}

void write_laws(DimensionedGroup& group, const Names& dimensions, const AccuracySetup& setup,
                const std::vector<AccuracyOutcome>& runs) {
  Names names, kinds;
  std::vector<std::int64_t> components;
  for (const ComparedLaw& law : setup.laws) {
    names.push_back(law.name);
    kinds.push_back(law.kind);
    components.push_back(law.components);
  }
  group.dimension("law", "law", names);
  group.texts("law_kind", "law, control (not conserved) or claim (said to be conserved)", {"law"}, kinds);
  group.integers("law_components", "1", "components of the law", {"law"}, components);
  Names with_law = dimensions;
  with_law.emplace_back("law");
  for (const LawColumn& of_law : kLawColumns) {
    std::vector<double> values;
    for (const AccuracyOutcome& run : runs)
      for (std::size_t law = 0; law < setup.laws.size(); ++law)
        values.push_back(law < run.laws.size() ? run.laws[law].*of_law.member : kUnknown);
    group.numbers(of_law.name, "1", of_law.long_name, with_law, values);
  }
}

/// No dimension is called method or tolerance: xarray's sel has parameters of those names.
void write_family(const hdf5::File& file, const AccuracySetup& setup, const MethodFamily& family,
                  const FamilyResults& results) {
  DimensionedGroup group(file.create_group(family.adaptive() ? "/adaptive" : "/prescribed"));
  Names names;
  std::vector<std::int64_t> nominal;
  for (const MethodEntry* method : family.methods) {
    names.emplace_back(method->name);
    nominal.push_back(method->order);
  }
  group.dimension("integrator", "method, as --methods names it", names);
  group.dimension(
      "setting",
      family.adaptive() ? "number of the tolerance, loosest first" : "number of the step size, largest first",
      static_cast<std::int64_t>(family.settings()));
  if (family.adaptive()) {
    std::vector<double> rtol, atol;
    for (const Tolerances& pair : family.tolerances) {
      rtol.push_back(pair.rtol);
      atol.push_back(pair.atol);
    }
    group.numbers("rtol", "1", "relative tolerance", {"setting"}, rtol);
    group.numbers("atol", "1", "absolute tolerance", {"setting"}, atol);
    group.group().set_attribute("coordinates", "rtol atol law_kind law_components");
  } else {
    group.numbers("step_size", "1", "step size, T/N", {"setting"}, family.step_sizes);
    group.group().set_attribute("coordinates", "step_size law_kind law_components");
  }
  write_runs(group, {"integrator", "setting"}, results.runs);
  write_laws(group, {"integrator", "setting"}, setup, results.runs);
  group.integers("nominal_order", "1", "order of the method; 0: it varies", {"integrator"}, nominal);
  std::vector<double> orders, errors;
  std::vector<std::int64_t> points;
  for (const auto& order : results.orders) {
    orders.push_back(order ? order->slope : kUnknown);
    errors.push_back(order ? order->standard_error : kUnknown);
    points.push_back(order ? order->points : 0);
  }
  const std::string against = family.adaptive() ? "rtol" : "step size";
  group.numbers("order", "1", "slope of log error against log " + against, {"integrator"}, orders);
  group.numbers("order_standard_error", "1", "standard error of order", {"integrator"}, errors);
  group.integers("order_points", "1", "errors that order is from", {"integrator"}, points);
}

void write_reference(const hdf5::File& file, const AccuracySetup& setup, const AccuracyResults& results) {
  DimensionedGroup group(file.create_group("/reference"));
  const hdf5::Group& own = group.group();
  own.set_attribute("rtol", setup.references.front().tolerances.rtol);
  own.set_attribute("atol", setup.references.front().tolerances.atol);
  own.set_attribute("uncertainty", results.uncertainty);
  own.set_attribute("error_limit", results.error_limit());
  own.set_attribute("agree", results.references_agree() ? "true" : "false");
  Names names;
  std::vector<double> states;
  for (std::size_t i = 0; i < setup.references.size(); ++i) {
    names.emplace_back(setup.references[i].method->name);
    const State<double>& end = results.references[i].end;
    states.insert(states.end(), end.begin(), end.end());
  }
  group.dimension("integrator", "method of the reference", names);
  group.dimension("parameter", "number of the parameter, tensors one after the other",
                  setup.problem.block.parameters.size());
  group.numbers("state", "1", "parameters at T", {"integrator", "parameter"}, states);
  write_runs(group, {"integrator"}, results.references);
}

void write_root(const hdf5::File& file, record::FileDescription provenance, const AccuracySetup& setup) {
  record::Attributes& more = provenance.more;
  more["experiment"] = "accuracy";
  more["status"] = record::to_string(interrupted() ? record::FileStatus::interrupted : record::FileStatus::finished);
  more["model"] = setup.unit.label;
  more["block"] = setup.problem.text;
  more["data"] = setup.problem.data;
  more["loss"] = std::string(to_string(setup.problem.loss));
  more["start_seed"] = setup.unit.start_seed;
  more["samples"] = setup.problem.samples.count;
  more["parameters"] = setup.problem.block.parameters.size();
  more["end_time"] = setup.problem.time;
  if (setup.sharpness) more["sharpness"] = *setup.sharpness;
  for (const auto& entry : record::root_plan(provenance).attributes)
    std::visit([&](const auto& value) { file.set_attribute(entry.first, value); }, entry.second);
}

}  // namespace

void write_accuracy(const record::WholeFile& file, const record::FileDescription& provenance,
                    const AccuracySetup& setup, const AccuracyResults& results) {
  file.write([&](const hdf5::File& output) {
    write_root(output, provenance, setup);
    write_reference(output, setup, results);
    for (std::size_t f = 0; f < setup.families.size(); ++f)
      write_family(output, setup, setup.families[f], results.families[f]);
  });
}

}  // namespace invar
