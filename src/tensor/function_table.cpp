#include "tensor/function_table.h"

namespace invar {
namespace {

using Form = FunctionRule::Form;
using Kind = OptionRule::Kind;
constexpr std::size_t kAny = 8;

FunctionRule elementwise(std::string_view name, std::string_view usage) {
  return {.name = name, .form = Form::elementwise, .usage = usage, .options = {}};
}

// The largest entry along an axis, or of several tensors; where several are, the derivative is that of the first.
FunctionRule extreme(std::string_view name, std::string_view usage) {
  return {.name = name,
          .form = Form::indexed,
          .usage = usage,
          .fewest_indices = 1,
          .most_indices = kAny,
          .options = {},
          .fewest_arguments = 2,
          .most_arguments = kAny};
}

const std::vector<FunctionRule>& table() {
  static const std::vector<FunctionRule> rules{
      elementwise("relu", "relu(x[d])"),
      elementwise("step", "step(x[d])"),
      elementwise("gelu", "gelu(x[d])"),
      elementwise("gelu_tanh", "gelu_tanh(x[d])"),
      elementwise("silu", "silu(x[d])"),
      elementwise("sigmoid", "sigmoid(x[d])"),
      elementwise("tanh", "tanh(x[d])"),
      elementwise("exp", "exp(x[d])"),
      elementwise("log", "log(x[d])"),
      elementwise("sqrt", "sqrt(x[d])"),
      elementwise("erf", "erf(x[d])"),
      elementwise("sin", "sin(x[d])"),
      elementwise("cos", "cos(x[d])"),
      elementwise("abs", "abs(x[d])"),
      elementwise("softplus", "softplus(x[d])"),
      {"sum", Form::indexed, "sum[e](G[e d])", 1, kAny, {}, false},
      extreme("max", "max[u](s[t u]) or max(a[h], b[h])"),
      extreme("min", "min[u](s[t u]) or min(a[h], b[h])"),
      {.name = "clamp",
       .form = Form::elementwise,
       .usage = "clamp(u[h], -1, 1)",
       .options = {},
       .fewest_arguments = 3,
       .most_arguments = 3},
      {"repeat", Form::indexed, "repeat[r](K[g a])", 1, kAny, {}, false},
      {"lookup", Form::tensors, "lookup[v](E[v d], tokens[t])", 1, 1, {}, false, 2, 2},
      {"concat", Form::tensors, "concat[s](c[d], x[t d])", 1, 1, {}, false, 2, kAny},
      {"softmax", Form::indexed, "softmax[u](s[t u], where u <= t)", 1, 1, {}, true},
      {"rms_norm", Form::indexed, "rms_norm[d](x[t d], eps=1e-6)", 1, kAny, {{"eps", Kind::number, 1e-6, {}}}, false},
      {"layer_norm",
       Form::indexed,
       "layer_norm[d](x[t d], eps=1e-5)",
       1,
       kAny,
       {{"eps", Kind::number, 1e-5, {}}},
       false},
      // Which columns form a pair decides which law holds, so a pairing is written, never assumed.
      {"rotate",
       Form::indexed,
       "rotate[t a](q[h t a], base=10000, pairing=half)",
       2,
       2,
       {{"base", Kind::number, 10000.0, {}}, {"pairing", Kind::word, std::nullopt, {"half", "interleaved"}}},
       false},
      {"sinusoid", Form::generated, "sinusoid[t d](base=10000)", 2, 2, {{"base", Kind::number, 10000.0, {}}}, false},
      {"top_k", Form::indexed, "top_k[e](s[e], k=2)", 1, 1, {{"k", Kind::integer, std::nullopt, {}}}, false},
  };
  return rules;
}

}  // namespace

std::span<const FunctionRule> functions() {
  return table();
}

const FunctionRule* find_function(std::string_view name) {
  for (const FunctionRule& rule : table())
    if (rule.name == name) return &rule;
  return nullptr;
}

}  // namespace invar
