// Lines that nets of layers share: a norm with learned scales in front of linear maps, and the sum that ends a block.
#pragma once

#include <string>
#include <vector>

#include "error.h"
#include "models/fill.h"
#include "models/model.h"

namespace invar {

/// Without layers nothing has the sizes that the other options give. Throws InputError.
inline void require_layers(const ModelOptions& options) {
  constexpr std::int64_t kMostLayers = 1000;  // each is text, nodes and kernels of its own
  const std::string& layers = options.find("layers")->second;
  if (layers == "0") throw InputError("layers=0 leaves no attention and no hidden units; give 1 or more");
  if (std::stoll(layers) > kMostLayers)
    throw InputError("layers=" + layers + " are more than a net is planned for; give at most " +
                     std::to_string(kMostLayers));
}

/// A tensor with its indices: "layers.0.ffn.W[k d]".
using Consumers = std::vector<std::string>;

inline constexpr ModelOption kNormEps{
    "eps", "1e-6", "of the norms: what is added to a mean square, or variance, under its root", OptionKind::number, ""};

/// How a net normalises.
struct NormKind {
  bool layer = false;  // a layer norm, with a shift β, else the root mean square alone
  std::string eps;
};

/// `scope`[t d] = γ ⊙ norm of `x`.
inline std::string scaled_norm(const std::string& scope, const std::string& x, const std::string& tokens,
                               const NormKind& norm) {
  return fill(norm.layer ? "parameters {s}.gamma[d]=1 {s}.beta[d]=0\n"
                           "{s}[{t} d] = {s}.gamma[d] layer_norm[d]({x}[{t} d], eps={eps}) + {s}.beta[d]\n"
                         : "parameters {s}.gamma[d]=1\n"
                           "{s}[{t} d] = {s}.gamma[d] rms_norm[d]({x}[{t} d], eps={eps})\n",
              {{"s", scope}, {"x", x}, {"t", tokens}, {"eps", norm.eps}});
}

/// The law between γ and the maps that read the norm: those of `consumers` that have the index d. A scale may grow as
/// the columns that read it shrink.
inline std::string scale_law(const std::string& scope, const Consumers& consumers, const NormKind& norm) {
  std::string text = fill(norm.layer ? "law     {s}.scale[d] = {s}.gamma[d] {s}.gamma[d] + {s}.beta[d] {s}.beta[d]"
                                     : "law     {s}.scale[d] = {s}.gamma[d] {s}.gamma[d]",
                          {{"s", scope}});
  for (const std::string& map : consumers) text += " - " + map + " " + map;
  return text + "\n";
}

}  // namespace invar
