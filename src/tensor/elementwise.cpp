#include "tensor/elementwise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

#include "tensor/normalisation.h"

namespace invar {
namespace {

struct Direct {
  std::string_view name;
  Function function;
  double (*value)(double);
};

// Those that the graph has itself.
constexpr std::array<Direct, 11> kDirect{{
    {"relu", Function::relu, [](double x) { return x > 0.0 ? x : 0.0; }},
    {"step", Function::step, [](double x) { return x > 0.0 ? 1.0 : 0.0; }},
    {"sigmoid", Function::sigmoid, [](double x) { return 1.0 / (1.0 + std::exp(-x)); }},
    {"tanh", Function::tanh, [](double x) { return std::tanh(x); }},
    {"exp", Function::exp, [](double x) { return std::exp(x); }},
    {"log", Function::log, [](double x) { return std::log(x); }},
    {"sqrt", Function::sqrt, [](double x) { return std::sqrt(x); }},
    {"sin", Function::sin, [](double x) { return std::sin(x); }},
    {"cos", Function::cos, [](double x) { return std::cos(x); }},
    {"abs", Function::abs, [](double x) { return std::abs(x); }},
    {"softplus", Function::softplus, [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }},
}};

const Direct* find_direct(std::string_view name) {
  for (const Direct& direct : kDirect)
    if (direct.name == name) return &direct;
  return nullptr;
}

// gelu_tanh, the form of GPT-2 and Gemma: x (1 + tanh z) / 2 with z = √(2/π) (x + 0.044715 x³) (arXiv 1606.08415). It
// is x sigmoid(2z), which loses nothing where tanh is near -1.
const double kTwiceLinear = 2.0 * std::sqrt(2.0 / std::numbers::pi);
constexpr double kCubic = 0.044715;

NodeId of_one(Graph& graph, std::string_view name, NodeId x) {
  if (const Direct* direct = find_direct(name)) return graph.apply(direct->function, x);
  if (name == "erf") return graph.affine(graph.apply(Function::erfc, x), -1.0, 1.0);
  if (name == "silu") return graph.multiply(x, graph.apply(Function::sigmoid, x));
  if (name == "gelu") {
    Number slope = Number(0.5).root();
    slope *= -1.0;
    slope = Number::rounded(-1.0 / std::numbers::sqrt2, slope);
    const NodeId tail = graph.apply(Function::erfc, graph.scale(x, slope));
    const Operand all = graph.whole(x);
    return graph.contract({all, {tail, all.labels}}, all.labels, graph[x].shape, 0.5);
  }
  if (name == "gelu_tanh") {
    const NodeId cube = power(graph, x, 3);
    const std::vector<Label> all = graph.whole(x).labels;
    const NodeId twice =
        graph.combine({{x, all}, {cube, all}}, {kTwiceLinear, kTwiceLinear * kCubic}, all, graph[x].shape);
    return graph.multiply(x, graph.apply(Function::sigmoid, twice));
  }
  throw std::logic_error("no elementwise function " + std::string(name));
}

double of_one(std::string_view name, double x) {
  if (const Direct* direct = find_direct(name)) return direct->value(x);
  if (name == "erf") return std::erf(x);
  if (name == "silu") return x * of_one("sigmoid", x);
  if (name == "gelu") return x / 2.0 * std::erfc(-x / std::numbers::sqrt2);
  if (name == "gelu_tanh") return x * of_one("sigmoid", kTwiceLinear * (x + kCubic * x * x * x));
  throw std::logic_error("no elementwise function " + std::string(name));
}

}  // namespace

NodeId elementwise(Graph& graph, std::string_view name, const std::vector<Operand>& arguments,
                   const std::vector<Label>& labels, const Shape& shape) {
  if (arguments.size() == 1) return of_one(graph, name, arguments[0].node);
  Operand result = arguments[0];
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const bool largest = name == "max" || (name == "clamp" && i == 1);
    result = {extreme(graph, result, arguments[i], labels, shape, largest ? Extreme::largest : Extreme::smallest),
              labels};
  }
  return result.node;
}

double elementwise(std::string_view name, const std::vector<double>& arguments) {
  if (name == "max") return std::ranges::max(arguments);
  if (name == "min") return std::ranges::min(arguments);
  if (name == "clamp") return std::min(std::max(arguments[0], arguments[1]), arguments[2]);
  return of_one(name, arguments[0]);
}

std::string_view name(Function function) {
  const auto found = std::ranges::find(kDirect, function, &Direct::function);
  if (found != kDirect.end()) return found->name;
  switch (function) {
    case Function::reciprocal:
      return "reciprocal";
    case Function::rsqrt:
      return "1/sqrt";
    case Function::erfc:
      return "erfc";
    default:
      return "sign";
  }
}

NodeId power(Graph& graph, NodeId x, int exponent) {
  NodeId result = kNoNode;
  NodeId square = x;  // x^(2^i)
  for (int rest = std::abs(exponent); rest > 0; rest /= 2) {
    if (rest % 2 == 1) result = result == kNoNode ? square : graph.multiply(result, square);
    if (rest > 1) square = graph.multiply(square, square);
  }
  return exponent < 0 ? graph.apply(Function::reciprocal, result) : result;
}

}  // namespace invar
