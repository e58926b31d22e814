#include "tensor/block.h"

#include <utility>

#include "tensor/extents.h"
#include "tensor/index_rules.h"
#include "tensor/lower.h"
#include "tensor/outline.h"
#include "tensor/parser.h"
#include "tensor/usage.h"

namespace invar {
namespace {

BlockSyntax checked_syntax(BlockText& block, const BlockLibrary& library, TextKind kind) {
  BlockSyntax syntax = parse_block(block, library, kind);
  check_indices(block, syntax);
  if (kind == TextKind::block) require_input_used(block, syntax);
  return syntax;
}

// "layers.0.up.balance" is the law "balance" of the block "layers.0.up".
std::pair<std::string, std::string> scope_and_name(const std::string& written) {
  const std::size_t dot = written.rfind('.');
  if (dot == std::string::npos) return {"", written};
  return {written.substr(0, dot), written.substr(dot + 1)};
}

void require_storable(const BlockText& block, const TensorUse& tensor, const std::map<std::string, Index>& sizes) {
  Shape extents;
  for (const Subscript& axis : tensor.axes)
    for (const IndexUse& use : axis.letters) extents.push_back(sizes.at(use.letter));
  require_storable(block, tensor.place, extents);
}

NodeId frozen(const BlockText& block, const TensorUse& tensor, const Shape& shape, const KnownSizes& known,
              Graph& graph) {
  const auto given = known.constants.find(tensor.name);
  if (given == known.constants.end() && !known.missing_constant)
    block.fail(tensor.place, "no values for the constant '" + tensor.name + "' " + shape_text(shape) +
                                 ": give them by this name, or declare it under 'parameters'");
  const std::vector<double> values =
      given == known.constants.end() ? known.missing_constant(tensor.name, shape) : given->second;
  if (static_cast<Index>(values.size()) != extent_product(shape))
    block.fail(tensor.place, "the constant '" + tensor.name + "' has shape " + shape_text(shape) + ", " +
                                 std::to_string(extent_product(shape)) + " numbers, but " +
                                 std::to_string(values.size()) + " are given");
  return graph.constant(shape, values);
}

void require_declared_constants(const BlockText& block, const BlockSyntax& syntax, const KnownSizes& known) {
  std::vector<std::string> names;
  for (const Declared& declared : syntax.tensors)
    if (declared.role == Role::constant) names.push_back(declared.tensor.name);
  for (const auto& [name, values] : known.constants) {
    const Declared* declared = syntax.find(name);
    if (!declared || declared->role != Role::constant)
      block.fail({1, 1}, "values are given for the constant '" + name +
                             "', which the text does not declare under 'constants'" + known_names(name, names));
  }
}

}  // namespace

std::string_view to_string(LawKind kind) {
  switch (kind) {
    case LawKind::law:
      return "law";
    case LawKind::control:
      return "control";
    case LawKind::claim:
      return "claim";
  }
  return "";
}

Block read_block(std::string_view text, const KnownSizes& known, const TextSource& source, const BlockLibrary& library,
                 TextKind kind) {
  BlockText block(text, source);
  const BlockSyntax syntax = checked_syntax(block, library, kind);
  require_declared_constants(block, syntax, known);

  Block result;
  result.sizes = solve_extents(block, syntax, known);
  Lowering lowering(block, syntax, result.sizes, result.graph);
  for (const Declared& declared : syntax.tensors) {
    const std::string& name = declared.tensor.name;
    require_storable(block, declared.tensor, result.sizes);
    const Shape shape = lowering.shape(declared.tensor);
    if (declared.role == Role::parameter) {
      result.parameters.append(name, shape);
      result.start.push_back(declared.start);
      result.parameter_nodes.push_back(result.graph.variable(*result.parameters.find(name)));
      lowering.add(name, result.parameter_nodes.back());
    } else if (declared.role == Role::constant) {
      lowering.add(name, frozen(block, declared.tensor, shape, known, result.graph));
    } else if (declared.role == Role::input) {
      result.input = result.graph.sample(SampleLeaf::input, name, shape);
      lowering.add(name, result.input);
    }
  }
  for (const Definition& definition : syntax.definitions)
    lowering.add(definition.left.name, lowering.lower(definition.left, definition.right));
  result.input_tokens = lowering.input_tokens();
  if (kind == TextKind::block) {
    result.output = lowering.node(syntax.output);
    if (!result.graph[result.output].batched)
      block.fail(syntax.find(syntax.output)->tensor.place,
                 "the output '" + syntax.output + "' does not depend on the input '" + result.graph[result.input].name +
                     "': a block is a function of its input");
    result.warnings = unused(block, syntax);
  }
  for (const Tensor& tensor : result.parameters.tensors()) result.fan_in.push_back(lowering.fan_in(tensor.name));
  for (const LawLine& line : syntax.laws) {
    const auto [scope, name] = scope_and_name(line.left.name);
    result.laws.push_back({.kind = line.kind,
                           .name = name,
                           .indices = line.indices,
                           .node = lowering.lower(line.left, line.right),
                           .formula = block.quote(line.right.span),
                           .scope = scope});
  }
  return result;
}

std::map<std::string, std::vector<std::string>> BlockOutline::axes() const {
  std::map<std::string, std::vector<std::string>> letters;
  for (const auto* tensors : {&parameters, &constants})
    for (const Tensor& tensor : *tensors) letters[tensor.name] = tensor.axes;
  return letters;
}

BlockOutline outline(std::string_view text, const TextSource& source, const BlockLibrary& library, TextKind kind) {
  BlockText block(text, source);
  const BlockSyntax syntax = checked_syntax(block, library, kind);
  BlockOutline result;
  for (const Declared& declared : syntax.tensors) {
    BlockOutline::Tensor tensor{.name = declared.tensor.name, .axes = {}, .at = block.at(declared.tensor.place)};
    for (const Subscript& axis : declared.tensor.axes) tensor.axes.push_back(axis_text(axis));
    if (declared.role == Role::input) result.input = tensor;
    if (tensor.name == syntax.output) result.output = tensor;
    if (declared.role == Role::parameter) result.parameters.push_back(tensor);
    if (declared.role == Role::constant) result.constants.push_back(tensor);
    if (declared.role == Role::definition) result.definitions.push_back(tensor);
  }
  for (const LawLine& line : syntax.laws) {
    const auto [scope, name] = scope_and_name(line.left.name);
    result.laws.push_back({line.kind, name, scope, line.indices});
  }
  for (const SizeDefault& size : syntax.sizes)
    if (size.role == SizeRole::standard) result.sizes[size.index.letter] = size.extent;
  return result;
}

}  // namespace invar
