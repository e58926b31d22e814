#include "job/described_groups.h"

#include <algorithm>

#include "job/row_layout.h"
#include "law/general_law.h"
#include "record/gather.h"

namespace invar {
namespace {

using Method = Configuration::Method;

record::Attributes attributes_of(const UnitSetup& unit) {
  const Configuration& configuration = *unit.configuration;
  record::Attributes attributes;
  attributes["model"] = unit.unit->label;
  attributes["block"] = unit.problem.text;
  attributes["data"] = unit.problem.data;
  attributes["loss"] = std::string(to_string(unit.problem.loss));
  attributes["budget"] = std::string(Configuration::name(configuration.budget));
  attributes["samples"] = unit.problem.samples.count;
  attributes["parameters"] = unit.problem.block.parameters.size();
  for (const auto& [name, value] : unit.unit->options) attributes["option_" + name] = value;
  const auto has = [&](Method method) {
    return std::ranges::find(configuration.method, method) != configuration.method.end();
  };
  if (has(Method::flow)) {
    attributes["norm"] = std::string(to_string(configuration.norm));
    attributes["control"] = std::string(to_string(configuration.control));
  }
  if (has(Method::sgd)) {
    attributes["accumulate"] = configuration.accumulate;
    attributes["replacement"] = std::string(configuration.replacement ? "true" : "false");
  }
  return attributes;
}

/// All but the runs.
record::GroupDescription group_of(const UnitSetup& unit) {
  const Configuration& configuration = *unit.configuration;
  record::GroupDescription group;
  group.name = unit.unit->label;
  group.attributes = attributes_of(unit);
  RowLayout(unit.problem.forms, configuration.components).describe(group);
  for (const Law& law : unit.problem.general)
    for (const std::string& index : component_names(unit.problem.block, law)) {
      group.component_law.push_back((law.scope.empty() ? "" : law.scope + ".") + law.name);
      group.component_kind.emplace_back(to_string(law.kind));
      group.component_index.push_back(index);
    }
  for (const LawForm& form : unit.problem.forms) {
    group.laws.push_back((form.scope.empty() ? "" : form.scope + ".") + form.name);
    group.law_kinds.emplace_back(to_string(form.kind));
    const std::string scope = form.scope.empty() ? unit.unit->label : form.scope;
    if (form.kind == LawKind::law && std::ranges::find(group.blocks, scope) == group.blocks.end())
      group.blocks.push_back(scope);
  }
  if (!configuration.no_parameters)
    for (const Tensor& tensor : unit.problem.block.parameters.tensors())
      group.parameters.push_back({tensor.name, tensor.shape, unit.problem.axes_of(tensor.name)});
  group.save_parameters = configuration.save_parameters;
  return group;
}

record::RunDescription run_of(const UnitSetup& unit, const RunSetup& setup) {
  const LadderRun& run = *setup.run;
  record::RunDescription description;
  description.number = run.number;
  description.label = run.text();
  description.method = Configuration::name(run.method);
  description.precision = Configuration::name(unit.unit->precision);
  description.start_seed = unit.unit->start_seed;
  description.start_checksum = unit.checksum;
  description.end_time = setup.plan.time;
  description.rows = setup.plan.rows();
  if (run.method == Method::flow) {
    description.integrator = run.integrator;
    description.rtol = run.rtol;
    description.atol = run.atol;
  } else {
    description.integrator = "euler";
    description.step_size = setup.step_size;
    description.schedule = to_string(run.schedule);
    if (run.step_size.relative) {
      description.step_size_of_sharpness = run.step_size.value;
      description.start_sharpness = unit.sharpness;
    }
  }
  if (run.method == Method::sgd) {
    description.batch = setup.batch / unit.configuration->accumulate;
    description.sampling_seed = run.sampling_seed;
  }
  if (!unit.configuration->no_parameters)
    for (const Constant& constant : unit.problem.constants)
      description.constants.push_back(
          {constant.name, constant.shape, unit.problem.axes_of(constant.name), constant.values});
  return description;
}

}  // namespace

std::vector<record::GroupDescription> describe(const std::vector<std::unique_ptr<UnitSetup>>& units) {
  std::vector<record::GroupDescription> groups;
  for (const auto& unit : units) {
    record::GroupDescription group = group_of(*unit);
    for (const RunSetup& run : unit->runs) group.runs.push_back(run_of(*unit, run));
    record::gather(std::move(group), groups);
  }
  return groups;
}

}  // namespace invar
