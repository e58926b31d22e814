#include "tensor/positions.h"

#include <cmath>
#include <utility>

namespace invar {
namespace {

double angle(Index position, Index pair, Index width, double base) {
  const double exponent = -2.0 * static_cast<double>(pair) / static_cast<double>(width);
  return static_cast<double>(position) * std::pow(base, exponent);
}

Rotation entry(bool sine, int sign, Index position, Index pair, Index width, Number base) {
  return {sine, sign, position, base, 2 * pair, width};
}

// rotations [t, j, c, c']: row vector (u, v)_c of pair j at position t times this is the rotated pair
NodeId rotations(Graph& graph, Index positions, Index pairs, Number base) {
  std::vector<double> values;
  ConstantOrigin origin;
  values.reserve(static_cast<std::size_t>(positions * pairs * 4));
  for (Index t = 0; t < positions; ++t)
    for (Index j = 0; j < pairs; ++j) {
      const double a = angle(t, j, 2 * pairs, base);
      values.insert(values.end(), {std::cos(a), std::sin(a), -std::sin(a), std::cos(a)});
      for (const auto& [sine, sign] : {std::pair{false, 1}, {true, 1}, {true, -1}, {false, 1}})
        origin.rotations.push_back(entry(sine, sign, t, j, 2 * pairs, base));
    }
  return graph.constant({positions, pairs, 2, 2}, std::move(values), std::move(origin));
}

}  // namespace

NodeId rotate(Graph& graph, NodeId x, std::size_t position_axis, std::size_t pair_axis, Number base, Pairing pairing) {
  const Shape shape = graph[x].shape;
  const Index positions = shape[position_axis], pairs = shape[pair_axis] / 2;

  // Splitting an axis in place is a row-major reshape: width → [pair, 2] if interleaved, [2, pair] if half.
  Shape split;
  Operand source;
  std::vector<Label> out;
  Label next = 0;
  const auto append = [&](Index extent, Label from, Label to) {
    split.push_back(extent);
    source.labels.push_back(from);
    out.push_back(to);
  };
  Label position = 0;
  const Label pair = 100, column = 101, rotated = 102;  // beyond the axes' labels
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis != pair_axis) {
      if (axis == position_axis) position = next;
      append(shape[axis], next, next);
      ++next;
      continue;
    }
    if (pairing == Pairing::interleaved) append(pairs, pair, pair);
    append(2, column, rotated);
    if (pairing == Pairing::half) append(pairs, pair, pair);
  }
  source.node = graph.reshape(x, split);
  const NodeId turned = graph.contract(
      {source, {rotations(graph, positions, pairs, base), {position, pair, column, rotated}}}, out, split);
  return graph.reshape(turned, shape);
}

NodeId sinusoid(Graph& graph, Index positions, Index width, Number base) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(positions * width));
  ConstantOrigin origin;
  for (Index t = 0; t < positions; ++t)
    for (Index column = 0; column < width; ++column) {
      const double a = angle(t, column / 2, width, base);
      values.push_back(column % 2 == 0 ? std::sin(a) : std::cos(a));
      origin.rotations.push_back(entry(column % 2 == 0, 1, t, column / 2, width, base));
    }
  return graph.constant({positions, width}, std::move(values), std::move(origin));
}

}  // namespace invar
