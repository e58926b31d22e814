// The registry of built-in blocks, and the one place where their options are checked.
#include "models/registry.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "error.h"
#include "models/attention.h"
#include "models/attention_rope.h"
#include "models/ffn.h"
#include "models/gated_ffn.h"
#include "models/linear.h"
#include "models/lm.h"
#include "models/moe.h"
#include "models/toy.h"
#include "models/vit.h"
#include "settings/decimal.h"
#include "settings/nearest.h"

namespace invar {
namespace {

constexpr Model kModels[] = {
    {"toy", "f = a b x, elementwise", {}, toy},
    {"linear", "two linear layers, f = U V x", kLinearOptions, linear},
    {"ffn", "feed-forward network, f = A s(W x + b) + c", kFfnOptions, ffn},
    {"swiglu", "gated feed-forward network, f = A (silu(W x + b) * (V x + c)) + o", kGatedFfnOptions, swiglu},
    {"geglu", "the same with gate gelu (the exact one, or its tanh form)", kGegluOptions, geglu},
    {"reglu", "the same with gate relu", kGatedFfnOptions, reglu},
    {"bilinear", "the same with the gate's input as the gate", kGatedFfnOptions, bilinear},
    {"attention", "multi-head attention, causal or not, with or without sinusoidal positions", kAttentionOptions,
     attention},
    {"attention-rope", "multi-head attention with rotary positions", kAttentionRopeOptions, attention_rope},
    {"moe-softmax", "SwiGLU experts, softmax gate, dense or top-k", kMoeOptions, moe_softmax},
    {"moe-normalised-sigmoid", "SwiGLU experts, gate sigmoid / sum of sigmoids, dense or top-k", kMoeOptions,
     moe_normalised_sigmoid},
    {"moe-sigmoid", "SwiGLU experts, gate sigmoid, dense or top-k", kSigmoidMoeOptions, moe_sigmoid},
    {"vit", "vision transformer: patches, layers of attention and SwiGLU, a linear head", kVitOptions, vit},
    {"lm", "language model: rotary attention, SwiGLU or experts, logits of the next token", kLmOptions, lm},
};

constexpr std::int64_t kLargestExtent = 1'000'000'000;  // that a text in index notation may give

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

template <typename Number>
std::optional<Number> parse(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "1e3" is 1000.
std::optional<std::int64_t> whole_number(std::string_view text) {
  return parse<std::int64_t>(integer_digits(text));
}

std::string expected(const ModelOption& option) {
  switch (option.kind) {
    case OptionKind::size:
      return "a positive integer";
    case OptionKind::count:
      return "an integer from 0 on";
    case OptionKind::number:
      return "a positive number";
    case OptionKind::choice:
      break;
  }
  std::string words;
  for (const std::string_view word : split(option.domain, '|'))
    words += (words.empty() ? "" : " or ") + std::string(word);
  return words;
}

/// The value in its only spelling ("08" is 8, "1e4" is 10000), or nothing if it is not of the option's kind.
std::optional<std::string> canonical(const ModelOption& option, const std::string& value) {
  if (option.kind == OptionKind::choice) {
    const std::vector<std::string_view> words = split(option.domain, '|');
    return std::ranges::find(words, value) == words.end() ? std::nullopt : std::optional(value);
  }
  if (option.kind == OptionKind::number) {
    const std::optional<double> number = parse<double>(value);
    if (!number || !(*number > 0) || !std::isfinite(*number)) return std::nullopt;
    char buffer[400];  // the longest double without exponent has 309 digits before the point, or 327 after it
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), *number, std::chars_format::fixed).ptr;
    return std::string(std::begin(buffer), end);
  }
  const std::optional<std::int64_t> integer = whole_number(value);
  if (!integer || *integer < (option.kind == OptionKind::size ? 1 : 0)) return std::nullopt;
  return std::to_string(*integer);
}

std::vector<std::string> names(const auto& named) {
  std::vector<std::string> result;
  for (const auto& entry : named) result.emplace_back(entry.name);
  return result;
}

}  // namespace

std::span<const Model> models() {
  return kModels;
}

const Model* find_model(std::string_view name) {
  const auto* model = std::ranges::find(kModels, name, &Model::name);
  return model == std::end(kModels) ? nullptr : model;
}

ModelText model_text(std::string_view name, const ModelOptions& given) {
  const Model* model = find_model(name);
  if (!model) throw InputError("no model is called '" + std::string(name) + "'; " + did_you_mean(name, names(kModels)));

  std::string problems;
  const auto complain = [&](const std::string& problem) {
    problems += (problems.empty() ? "" : "\n") + std::string(name) + ": " + problem;
  };
  for (const auto& [key, value] : given)
    if (std::ranges::find(model->options, std::string_view(key), &ModelOption::name) == model->options.end())
      complain("no option is called '" + key + "'; " + did_you_mean(key, names(model->options)));

  ModelOptions options;
  std::map<std::string, std::int64_t> extents;
  std::string header = "# " + std::string(name), sizes;
  for (const ModelOption& option : model->options) {
    const auto entry = given.find(option.name);
    const bool is_given = entry != given.end();
    const std::optional<std::string> value =
        canonical(option, is_given ? entry->second : std::string(option.default_value));
    if (!value) {
      complain(std::string(option.name) + "=" + entry->second + " is not " + expected(option) + "; for example " +
               std::string(option.name) + "=" + std::string(option.default_value));
      continue;
    }
    if (option.kind == OptionKind::size && *parse<std::int64_t>(*value) > kLargestExtent) {
      complain(std::string(option.name) + "=" + entry->second + " is above " + std::to_string(kLargestExtent) +
               ", the largest extent; for example " + std::string(option.name) + "=" +
               std::string(option.default_value));
      continue;
    }
    options.emplace(option.name, *value);
    header += " " + std::string(option.name) + "=" + *value;
    if (option.kind != OptionKind::size) continue;
    sizes += " " + std::string(option.domain) + "=" + *value;
    if (is_given) extents.emplace(option.domain, *parse<std::int64_t>(*value));
  }
  if (!problems.empty()) throw InputError(problems);

  ModelText block;
  try {
    block = model->text(options);
  } catch (const InputError& error) {
    throw InputError(std::string(name) + ": " + error.what());
  }
  block.text = header + "\n" + (sizes.empty() ? "" : "defaults  " + sizes + "\n") + block.text;
  block.extents = std::move(extents);
  return block;
}

}  // namespace invar
