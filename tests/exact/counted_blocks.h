// The blocks of tests/reference/COUNTS.md by the names of its rows, with the laws that they have.
#pragma once

#include <map>
#include <string>

#include "exact/examine.h"
#include "tensor/block.h"

namespace invar {

struct CountedBlock {
  std::string text;
  Loss loss = Loss::squared;
};

inline std::string feed_forward(const std::string& function, bool biases, const std::string& laws = "") {
  const std::string u = biases ? "u[h] = W[h d] x[d] + b[h]\n" : "u[h] = W[h d] x[d]\n";
  return "sizes d=3 h=3 m=2\nparameters W[h d] A[m h]" + std::string(biases ? " b[h] c[m]" : "") + "\ninput x[d]\n" +
         u + "y[m] = A[m h] " + function + (biases ? " + c[m]" : "") + "\n" + laws;
}

inline std::string gated(const std::string& gate, const std::string& laws, bool biases = false) {
  return "sizes d=3 h=3 m=2\nparameters W[h d] V[h d] A[m h]" + std::string(biases ? " b[h] c[h] e[m]" : "") +
         "\ninput x[d]\nu[h] = W[h d] x[d]" + (biases ? " + b[h]" : "") + "\nv[h] = V[h d] x[d]" +
         (biases ? " + c[h]" : "") + "\ny[m] = A[m h] " + gate + " v[h]" + (biases ? " + e[m]" : "") + "\n" + laws;
}

/// `turn`: what is done with the columns of queries and keys before they meet.
inline std::string attention(const std::string& sizes, const std::string& laws, const std::string& turn = "",
                             const std::string& where = "", const std::string& positions = "") {
  const std::string rotated = turn.empty() ? "[h t a]" : "";
  std::string text = "sizes t=4 " + sizes + "\nparameters Q[h d a] K[h d a] V[h d a] O[h a d]\ninput x[t d]\n" +
                     "z[t d] = x[t d]" + positions + "\nqq[h t a] = Q[h d a] z[t d]\nkk[h t a] = K[h d a] z[t d]\n";
  for (const std::string name : {"q", "k"})
    text += name + "[h t a] = " +
            (turn.empty() ? name + name + "[h t a]" : "rotate[t a](" + name + name + "[h t a], " + turn + ")") + "\n";
  return text + "v[h t a] = V[h d a] z[t d]\ns[h t u] = q[h t a] k[h u a] / sqrt(dim(a))\n" +
         "p[h t u] = softmax[u](s[h t u]" + where + ")\ny[t d] = p[h t u] v[h u a] O[h a d]\n" + laws;
}

inline std::string mixture(const std::string& sizes, const std::string& gate, const std::string& laws) {
  return "sizes d=3 m=2 " + sizes + "\nparameters W[e h d] V[e h d] A[e m h] G[e d]\ninput x[d]\n" +
         "v[e h] = V[e h d] x[d]\nu[e h] = silu(W[e h d] x[d])\ns[e] = G[e d] x[d]\n" + gate +
         "y[m] = g[e] A[e m h] u[e h] v[e h]\n" + laws;
}

inline const std::map<std::string, CountedBlock>& counted_blocks() {
  const std::string down_up = "law down_up[h] = A[m h] A[m h] - V[h d] V[h d]\n";
  const std::string up_gate = "law up_gate[h] = W[h d] W[h d] - V[h d] V[h d]\n";
  const std::string down_in = "law down_in[h] = A[m h] A[m h] - W[h d] W[h d]\n";
  const std::string down_in_bias = "law down_in[h] = A[m h] A[m h] - W[h d] W[h d] - b[h] b[h]\n";
  const std::string experts = "law down_up[e h] = A[e m h] A[e m h] - V[e h d] V[e h d]\n";
  const std::string gate_sum = "law gate_sum[d] = sum[e](G[e d])\n";
  const std::string query_key = "law query_key[h a b] = Q[h d a] Q[h d b] - K[h d a] K[h d b]\n";
  const std::string value_output = "law value_output[h a b] = V[h d a] V[h d b] - O[h a d] O[h b d]\n";
  const std::string pairs = "sizes c=2\nlaw query_key[h j] = Q[h d (j c)] Q[h d (j c)] - K[h d (j c)] K[h d (j c)]\n";
  const std::string halves = "sizes c=2\nlaw query_key[h j] = Q[h d (c j)] Q[h d (c j)] - K[h d (c j)] K[h d (c j)]\n";
  const std::string softmax = "g[e] = softmax[e](s[e])\n";
  const std::string sigmoid = "z[e] = sigmoid(s[e])\nn = sum[e](z[e])\ng[e] = z[e] / n\n";
  const std::string top_two = "k[e] = top_k[e](s[e], k=2)\n";
  static const std::map<std::string, CountedBlock> blocks{
      {"toy abx", {"parameters a b\ninput x\ny = a b x\nlaw balance = a a - b b\n"}},
      {"linear UVx d3 r2 m3",
       {"sizes d=3 r=2 m=3\nparameters U[m r] V[r d]\ninput x[d]\ny[m] = U[m r] V[r d] x[d]\n"
        "law balance[r s] = U[m r] U[m s] - V[r d] V[s d]\n"}},
      {"linear UVx d2 r5 m2",
       {"sizes d=2 r=5 m=2\nparameters U[m r] V[r d]\ninput x[d]\ny[m] = U[m r] V[r d] x[d]\n"
        "law balance[r s] = U[m r] U[m s] - V[r d] V[s d]\n"}},
      {"ReLU nobias", {feed_forward("relu(u[h])", false, down_in)}},
      {"ReLU bias", {feed_forward("relu(u[h])", true, down_in_bias)}},
      {"GELU nobias", {feed_forward("gelu(u[h])", false)}},
      {"GELU bias", {feed_forward("gelu(u[h])", true)}},
      {"SiLU nobias", {feed_forward("silu(u[h])", false)}},
      {"SiLU bias", {feed_forward("silu(u[h])", true)}},
      {"ReLU2 nobias", {feed_forward("relu(u[h])^2", false, "law down_in[h] = 2 A[m h] A[m h] - W[h d] W[h d]\n")}},
      {"SwiGLU", {gated("silu(u[h])", down_up)}},
      {"GeGLU", {gated("gelu(u[h])", down_up)}},
      {"ReGLU", {gated("relu(u[h])", down_up + up_gate)}},
      {"bilinear GLU", {gated("u[h]", down_up + up_gate)}},
      {"SwiGLU bias", {gated("silu(u[h])", "law down_up[h] = A[m h] A[m h] - V[h d] V[h d] - c[h] c[h]\n", true)}},
      {"MHA noPE", {attention("h=2 d=3 a=2", query_key + value_output)}},
      {"MHA noPE dh3 d4 H1", {attention("h=1 d=4 a=3", query_key + value_output)}},
      {"MHA noPE causal", {attention("h=2 d=3 a=2", query_key + value_output, "", ", where u <= t")}},
      {"MHA noPE dh5 d2 H1 (dh>2d)", {attention("h=1 d=2 a=5", query_key + value_output)}},
      {"MHA sinPE", {attention("h=2 d=3 a=2", query_key + value_output, "", "", " + sinusoid[t d](base=10000)")}},
      {"MHA RoPE dh2 d3 H2", {attention("h=2 d=3 a=2", pairs + value_output, "base=10, pairing=interleaved")}},
      {"MHA RoPE dh4 d3 H2", {attention("h=2 d=3 a=4", pairs + value_output, "base=10, pairing=interleaved")}},
      {"MHA RoPE half dh4 d3 H1", {attention("h=1 d=3 a=4", halves + value_output, "base=10, pairing=half")}},
      {"MoE softmax dense", {mixture("e=3 h=1", softmax, experts + gate_sum)}},
      {"MoE softmax dense h2", {mixture("e=2 h=2", softmax, experts + gate_sum)}},
      {"MoE softmax top2/4",
       {mixture("e=4 h=1", top_two + "g[e] = softmax[e](s[e], where k[e])\n", experts + gate_sum)}},
      {"MoE softmax top2/4 no renorm",
       {mixture("e=4 h=1", top_two + "z[e] = softmax[e](s[e])\ng[e] = z[e] k[e]\n", experts + gate_sum)}},
      {"MoE nsigmoid dense", {mixture("e=3 h=1", sigmoid, experts)}},
      {"MoE nsigmoid top2/4",
       {mixture("e=4 h=1", top_two + "z[e] = sigmoid(s[e]) k[e]\nn = sum[e](z[e])\ng[e] = z[e] / n\n", experts)}},
      {"MoE softmax top1/3",
       {mixture("e=3 h=1", "k[e] = top_k[e](s[e], k=1)\ng[e] = softmax[e](s[e], where k[e])\n",
                experts + "law gate[e d] = G[e d]\n")}},
      {"RMSNorm(g)+SwiGLU",
       {"sizes d=3 h=2 m=2\nparameters g[d] W[h d] V[h d] A[m h]\ninput x[d]\nn[d] = g[d] rms_norm[d](x[d])\n"
        "u[h] = W[h d] n[d]\nv[h] = V[h d] n[d]\ny[m] = A[m h] silu(u[h]) v[h]\n" +
        down_up + "law scale[d] = g[d] g[d] - W[h d] W[h d] - V[h d] V[h d]\n"}},
      {"GQA H4 G2 noPE",
       {"sizes t=4 g=2 r=2 d=3 a=2\nparameters Q[g r d a] K[g d a] V[g d a] O[g r a d]\ninput x[t d]\n"
        "q[g r t a] = Q[g r d a] x[t d]\nk[g t a] = K[g d a] x[t d]\nv[g t a] = V[g d a] x[t d]\n"
        "s[g r t u] = q[g r t a] k[g u a] / sqrt(dim(a))\np[g r t u] = softmax[u](s[g r t u])\n"
        "y[t d] = p[g r t u] v[g u a] O[g r a d]\n"
        "law query_key[g a b] = Q[g r d a] Q[g r d b] - K[g d a] K[g d b]\n"
        "law value_output[g a b] = V[g d a] V[g d b] - O[g r a d] O[g r b d]\n"}},
      {"LM untied CE",
       {"sizes v=5 d=2 l=5\nparameters E[v d] U[l d]\ninput tokens\ne[d] = lookup[v](E[v d], tokens)\n"
        "y[l] = U[l d] e[d]\nlaw output_embedding[d b] = U[l d] U[l b] - E[v d] E[v b]\nlaw columns[d] = sum[l](U[l "
        "d])\n",
        Loss::cross_entropy}},
      {"LoRA BA (W0 frozen)",
       {"sizes m=3 d=4 r=2\nparameters B[m r] A[r d]\nconstants F[m d]\ninput x[d]\n"
        "y[m] = F[m d] x[d] + B[m r] A[r d] x[d]\nlaw balance[r s] = B[m r] B[m s] - A[r d] A[s d]\n"}},
  };
  return blocks;
}

inline Block read_counted(const std::string& name, const std::string& text) {
  KnownSizes known;
  known.missing_constant = [](const std::string&, const Shape& shape) {
    std::vector<double> values;
    for (Index i = 0; i < extent_product(shape); ++i) values.push_back(0.1 + 1.0 / (3.0 + static_cast<double>(i)));
    return values;
  };
  return read_block(text, known, TextSource{name});
}

}  // namespace invar
