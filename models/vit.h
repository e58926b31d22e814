// Vision transformer (arXiv 2010.11929) with pre-norm layers of attention and SwiGLU, without biases: patches of an
// image become tokens by a linear map, positions are added, and a linear head reads the mean of the tokens, or a class
// token.
//
// The input is a flat image, index (row, column, channel); a patch in patch.W is flattened (channel, row, column), as
// the weight of a convolution is. Letters: d width, k hidden units, h heads, a head size, t tokens (s with the class
// token among them), i numbers of an image, p, q rows and columns of patches, u, v those of pixels in a patch, c
// channels, m classes. Parameters patch.W[d w], position[t d], class[d], layers.N.{norm1, attention, norm2, ffn}, norm,
// head.W[m d].
//
// Norms, attention and SwiGLU have their laws; a norm's scale has one with the maps that read it. What is added to a
// stream that only layer norms read may shift all its numbers alike: the sums over the width stay as they are.
#pragma once

#include "error.h"
#include "models/layers.h"
#include "models/model.h"

namespace invar {

inline constexpr ModelOption kVitOptions[] = {
    {"layers", "2", "number of layers", OptionKind::count, ""},
    {"width", "32", "numbers of a token", OptionKind::size, "d"},
    {"hidden", "64", "hidden units of a layer's SwiGLU", OptionKind::size, "k"},
    {"heads", "4", "heads of a layer's attention, a divisor of the width", OptionKind::size, "h"},
    {"patch", "7", "side of a patch, in pixels", OptionKind::size, "u"},
    {"image", "28", "side of an image, in pixels, a multiple of the patch's", OptionKind::count, ""},
    {"channels", "1", "numbers of a pixel", OptionKind::size, "c"},
    {"classes", "10", "classes, where no target fixes them", OptionKind::size, "m"},
    {"norm", "rms", "rms or layer: divides by the root mean square, or subtracts the mean before", OptionKind::choice,
     "rms|layer"},
    kNormEps,
    {"positions", "learned", "learned, sinusoidal (base 10000) or none", OptionKind::choice, "learned|sinusoidal|none"},
    {"pooling", "mean", "what the head reads: the tokens' mean, or a class token in front of them", OptionKind::choice,
     "mean|class-token"},
};

/// value / divisor, where it divides.
inline std::string quotient(const ModelOptions& options, std::string_view value, std::string_view divisor) {
  const std::string &whole = options.find(value)->second, &part = options.find(divisor)->second;
  if (std::stoll(whole) == 0 || std::stoll(whole) % std::stoll(part) != 0)
    throw InputError(std::string(value) + "=" + whole + " is no multiple of " + std::string(divisor) + "=" + part +
                     "; give one");
  return std::to_string(std::stoll(whole) / std::stoll(part));
}

inline ModelText vit(const ModelOptions& options) {
  constexpr std::string_view kBegin = R"(defaults   a={a} v={u} p={p} q={p}
parameters patch.W[d w]{parameters}
input      x[i]
patch[(p q) d] = patch.W[d (c u v)] x[(p u q v c)]
{tokens})";
  constexpr std::string_view kLayer = R"(
use attention as {l}.attention (x = {l}.norm1, h = h, a = a)
{l}.mixed[{t} d] = {x}[{t} d] + {l}.attention[{t} d]
)";
  constexpr std::string_view kLayerEnd = R"(use swiglu as {l}.ffn (x = {l}.norm2, h = k)
{l}[{t} d] = {l}.mixed[{t} d] + {l}.ffn[{t} d]
)";
  constexpr std::string_view kStream = R"(law     {l}.attention_shift[h a] = sum[d]({l}.attention.O[h a d])
law     {l}.ffn_shift[k] = sum[d]({l}.ffn.A[d k])
)";
  const auto is = [&](std::string_view option, std::string_view value) {
    return options.find(option)->second == value;
  };
  const bool layer = is("norm", "layer"), learned = is("positions", "learned"), token = is("pooling", "class-token");
  const NormKind norm{layer, options.find("eps")->second};
  const std::string t = token ? "s" : "t";
  require_layers(options);

  std::string x = "patch", tokens, parameters;
  if (token) {
    parameters += " class[d]";
    tokens += "tokens[s d] = concat[s](class[d], patch[t d])\n";
    x = "tokens";
  }
  if (!is("positions", "none")) {
    if (learned) parameters += " position[" + t + " d]";
    tokens +=
        fill("placed[{t} d] = {x}[{t} d] + {p}\n",
             {{"t", t}, {"x", x}, {"p", learned ? "position[" + t + " d]" : "sinusoid[" + t + " d](base=10000)"}});
    x = "placed";
  }
  std::string text = fill(kBegin, {{"a", quotient(options, "width", "heads")},
                                   {"p", quotient(options, "image", "patch")},
                                   {"u", options.find("patch")->second},
                                   {"parameters", parameters},
                                   {"tokens", tokens}});
  if (layer) {
    text +=
        "# only layer norms read the stream: what is added to all numbers of a token alike is not seen\n"
        "law     patch_shift[w] = sum[d](patch.W[d w])\n";
    if (learned) text += "law     position_shift[" + t + "] = sum[d](position[" + t + " d])\n";
    if (token) text += "law     class_shift = sum[d](class[d])\n";
  }
  for (std::int64_t n = 0; n < std::stoll(options.find("layers")->second); ++n) {
    const std::string l = "layers." + std::to_string(n), attention = l + ".attention.", ffn = l + ".ffn.";
    text += "\n" + scaled_norm(l + ".norm1", x, t, norm) + fill(kLayer.substr(1), {{"l", l}, {"t", t}, {"x", x}}) +
            scaled_norm(l + ".norm2", l + ".mixed", t, norm) + fill(kLayerEnd, {{"l", l}, {"t", t}}) +
            scale_law(l + ".norm1", {attention + "Q[h d a]", attention + "K[h d a]", attention + "V[h d a]"}, norm) +
            scale_law(l + ".norm2", {ffn + "W[k d]", ffn + "V[k d]"}, norm) + (layer ? fill(kStream, {{"l", l}}) : "");
    x = l;
  }
  text += "\n" + scaled_norm("norm", x, t, norm) +
          fill("parameters head.W[m d]\nhead[d] = {pooled}\nlogits[m] = head.W[m d] head[d]\n",
               {{"pooled", token ? "norm[0 d]" : "sum[t](norm[t d]) / dim(t)"}}) +
          scale_law("norm", {"head.W[m d]"}, norm);
  return {.text = text,
          .output = "logits",
          .output_indices = {"m"},
          .logits = true,
          .cross_entropy_lines =
              "# cross-entropy is blind to a number added to all logits\n"
              "law     head_columns[d] = sum[m](head.W[m d])\n"};
}

}  // namespace invar
