// Blocks as text against plain loops, at random shapes.
#include "notation_case.h"

namespace invar::oracle {
namespace {

const std::string kAttention = R"(
parameters  Q[h d a] K[h d a] V[h d a] O[h a d]
input       x[t d]
q[h t a] = Q[h d a] x[t d]
k[h u a] = K[h d a] x[u d]
p[h t u] = softmax[u](q[h t a] k[h u a] / sqrt(dim(a)))
y[t d]   = p[h t u] x[u e] V[h e a] O[h a d]
law query_key[h a b]    = Q[h d a] Q[h d b] - K[h d a] K[h d b]
law value_output[h a b] = V[h d a] V[h d b] - O[h a d] O[h b d]
control query_plus_key[h a b] = Q[h d a] Q[h d b] + K[h d a] K[h d b]
)";

KnownSizes random_sizes(const std::vector<std::string>& letters, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  KnownSizes known;
  for (const std::string& letter : letters) known.extents[letter] = random_extent(generator);
  return known;
}

double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

// Attention written out; `turn` rotates a projected row at a position, `sees` is the mask.
template <class Turn, class Sees>
Array attention(const NotationCase& c, const Turn& turn, const Sees& sees) {
  Array Q = c.parameter("Q"), K = c.parameter("K"), V = c.parameter("V"), O = c.parameter("O"), x = c.x(), y(x.shape);
  const Index H = Q.shape[0], D = Q.shape[1], A = Q.shape[2], T = x.shape[0];
  for (Index h = 0; h < H; ++h) {
    Array q({T, A}), k({T, A}), v({T, A});
    for (Index t = 0; t < T; ++t) {
      for (Index a = 0; a < A; ++a)
        for (Index d = 0; d < D; ++d) {
          q(t, a) += x(t, d) * Q(h, d, a);
          k(t, a) += x(t, d) * K(h, d, a);
          v(t, a) += x(t, d) * V(h, d, a);
        }
      turn(q, t);
      turn(k, t);
    }
    for (Index t = 0; t < T; ++t) {
      Array weight({T});
      double sum = 0.0;
      for (Index u = 0; u < T; ++u) {
        if (!sees(t, u)) continue;
        double score = 0.0;
        for (Index a = 0; a < A; ++a) score += q(t, a) * k(u, a);
        weight(u) = std::exp(score / std::sqrt(static_cast<double>(A)));
        sum += weight(u);
      }
      for (Index u = 0; u < T; ++u)
        for (Index a = 0; a < A; ++a)
          for (Index d = 0; d < D; ++d) y(t, d) += weight(u) / sum * v(u, a) * O(h, a, d);
    }
  }
  return y;
}

const auto no_turn = [](Array&, Index) {};
const auto sees_all = [](Index, Index) { return true; };

TEST_CASE("attention as text is attention written out") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const NotationCase c(kAttention, random_sizes({"h", "d", "a", "t"}, seed), seed);
    CHECK(c.block.laws.size() == 3);
    require_equal(c.output(), attention(c, no_turn, sees_all));
    Array Q = c.parameter("Q"), K = c.parameter("K"), law({c.size("h"), c.size("a"), c.size("a")}), control = law;
    for (Index h = 0; h < Q.shape[0]; ++h)
      for (Index d = 0; d < Q.shape[1]; ++d)
        for (Index a = 0; a < Q.shape[2]; ++a)
          for (Index b = 0; b < Q.shape[2]; ++b) {
            law(h, a, b) += Q(h, d, a) * Q(h, d, b) - K(h, d, a) * K(h, d, b);
            control(h, a, b) += Q(h, d, a) * Q(h, d, b) + K(h, d, a) * K(h, d, b);
          }
    require_equal(c.law(0), law);
    require_equal(c.law(2), control);
  }
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  REQUIRE(text.find(from) != std::string::npos);
  return text.replace(text.find(from), from.size(), to);
}

TEST_CASE("a condition masks the softmax: causal, and a window of two") {
  for (std::uint64_t seed = 5; seed <= 7; ++seed) {
    const KnownSizes sizes = random_sizes({"h", "d", "a", "t"}, seed);
    const NotationCase causal(replaced(kAttention, "sqrt(dim(a)))", "sqrt(dim(a)), where u <= t)"), sizes, seed);
    require_equal(causal.output(), attention(causal, no_turn, [](Index t, Index u) { return u <= t; }));
    const NotationCase window(replaced(kAttention, "sqrt(dim(a)))", "sqrt(dim(a)), where t >= u and u > t - 2)"), sizes,
                              seed);
    require_equal(window.output(), attention(window, no_turn, [](Index t, Index u) { return u <= t && u > t - 2; }));
    const NotationCase no_first(replaced(kAttention, "sqrt(dim(a)))", "sqrt(dim(a)), where u != 0)"), sizes, seed);
    require_equal(no_first.output(), attention(no_first, no_turn, [](Index, Index u) { return u != 0; }));
  }
}

TEST_CASE("rotate turns pairs of columns by position times frequency, in both pairings and for any order of axes") {
  for (const bool half : {false, true}) {
    const auto turn = [half](Array& row, Index t) {
      const Index width = row.shape[1];
      for (Index j = 0; j < width / 2; ++j) {
        const double angle =
            static_cast<double>(t) * std::pow(100.0, -2.0 * static_cast<double>(j) / static_cast<double>(width));
        double& u = row(t, half ? j : 2 * j);
        double& v = row(t, half ? j + width / 2 : 2 * j + 1);
        const double turned = u * std::cos(angle) - v * std::sin(angle);
        v = u * std::sin(angle) + v * std::cos(angle);
        u = turned;
      }
    };
    const std::string end = std::string(", base=100, pairing=") + (half ? "half" : "interleaved") + ")";
    std::string text = replaced(kAttention, "Q[h d a] x[t d]", "rotate[t a](Q[h d a] x[t d]" + end);
    text = replaced(text, "K[h d a] x[u d]", "rotate[u a](K[h d a] x[u d]" + end);
    KnownSizes sizes = random_sizes({"h", "d", "t"}, 11);
    for (const Index width : {2, 4, 6}) {
      sizes.extents["a"] = width;
      const NotationCase c(text, sizes, 12);
      require_equal(c.output(), attention(c, turn, sees_all));
    }
    // The paired axis before the position.
    const NotationCase c("input x[a s t]\ny[t a s] = rotate[t a](x[a s t]" + end,
                         extents({{"a", 4}, {"s", 3}, {"t", 5}}));
    Array x = c.x(), y({5, 4, 3});
    for (Index s = 0; s < 3; ++s) {
      Array rows({5, 4});
      for (Index t = 0; t < 5; ++t) {
        for (Index a = 0; a < 4; ++a) rows(t, a) = x(a, s, t);
        turn(rows, t);
        for (Index a = 0; a < 4; ++a) y(t, a, s) = rows(t, a);
      }
    }
    require_equal(c.output(), y);
  }
}

TEST_CASE("SwiGLU with biases on tokens") {
  for (std::uint64_t seed = 21; seed <= 23; ++seed) {
    const NotationCase c(R"(
      parameters A[m h] W[h d] V[h d] b[h] c[h] e[m]
      input x[t d]
      u[t h] = W[h d] x[t d] + b[h]
      v[t h] = V[h d] x[t d] + c[h]
      y[t m] = A[m h] silu(u[t h]) v[t h] + e[m])",
                         random_sizes({"h", "d", "m", "t"}, seed), seed);
    Array A = c.parameter("A"), W = c.parameter("W"), V = c.parameter("V"), b = c.parameter("b"), cc = c.parameter("c"),
          e = c.parameter("e"), x = c.x(), y({c.size("t"), c.size("m")});
    for (Index t = 0; t < c.size("t"); ++t)
      for (Index m = 0; m < c.size("m"); ++m) {
        y(t, m) = e(m);
        for (Index h = 0; h < c.size("h"); ++h) {
          double u = b(h), v = cc(h);
          for (Index d = 0; d < c.size("d"); ++d) {
            u += W(h, d) * x(t, d);
            v += V(h, d) * x(t, d);
          }
          y(t, m) += A(m, h) * u * sigmoid(u) * v;
        }
      }
    require_equal(c.output(), y);
  }
}

// Mixture of SwiGLU experts with the weights g.
Array mixture(const NotationCase& c, Array g) {
  Array W = c.parameter("W"), V = c.parameter("V"), A = c.parameter("A"), x = c.x(), y({c.size("m")});
  for (Index e = 0; e < c.size("e"); ++e)
    for (Index h = 0; h < c.size("h"); ++h) {
      double u = 0.0, v = 0.0;
      for (Index d = 0; d < c.size("d"); ++d) {
        u += W(e, h, d) * x(d);
        v += V(e, h, d) * x(d);
      }
      for (Index m = 0; m < c.size("m"); ++m) y(m) += g(e) * A(e, m, h) * u * sigmoid(u) * v;
    }
  return y;
}

TEST_CASE("the gates of a mixture: top-k softmax, renormalised or not, and normalised sigmoid") {
  const std::string before =
      "parameters G[e d] W[e h d] V[e h d] A[e m h]\ninput x[d]\ns[e] = G[e d] x[d]\nm[e] = top_k[e](s[e], k=2)\n";
  const std::string after =
      "\nu[e h] = W[e h d] x[d]\nv[e h] = V[e h d] x[d]\ny[m] = g[e] A[e m h] silu(u[e h]) v[e h]\nlaw gate[d] = "
      "sum[e](G[e d])\n";
  for (std::uint64_t seed = 31; seed <= 34; ++seed) {
    KnownSizes sizes = random_sizes({"d", "h", "m"}, seed);
    sizes.extents["e"] = 3 + static_cast<Index>(seed % 3);
    const auto gate = [&](const std::string& definition, bool masked, bool sigmoids, bool renormalised) {
      const NotationCase c(before + definition + after, sizes, seed);
      Array G = c.parameter("G"), x = c.x(), s({c.size("e")}), g = s, kept = s, law({c.size("d")});
      for (Index e = 0; e < c.size("e"); ++e)
        for (Index d = 0; d < c.size("d"); ++d) {
          s(e) += G(e, d) * x(d);
          law(d) += G(e, d);
        }
      for (int round = 0; round < 2; ++round) {
        Index best = -1;
        for (Index e = 0; e < c.size("e"); ++e)
          if (kept(e) == 0.0 && (best < 0 || s(e) > s(best))) best = e;
        kept(best) = 1.0;
      }
      double all = 0.0, chosen = 0.0;
      for (Index e = 0; e < c.size("e"); ++e) {
        g(e) = sigmoids ? sigmoid(s(e)) : std::exp(s(e));
        all += g(e);
        chosen += kept(e) * g(e);
      }
      for (Index e = 0; e < c.size("e"); ++e) g(e) = (masked ? kept(e) : 1.0) * g(e) / (renormalised ? chosen : all);
      require_equal(c.output(), mixture(c, g));
      require_equal(c.law(0), law);
    };
    gate("g[e] = softmax[e](s[e])", false, false, false);
    gate("g[e] = softmax[e](s[e], where m[e])", true, false, true);
    gate("g[e] = m[e] softmax[e](s[e])", true, false, false);
    gate("z = sum[e](sigmoid(s[e]))\ng[e] = sigmoid(s[e]) / z", false, true, false);
    gate("w[e] = m[e] sigmoid(s[e])\ng[e] = w[e] / sum[f](w[f])", true, true, true);
  }
}

TEST_CASE("norms divide by the root mean square and by the deviation") {
  const std::string before = "parameters g[d] b[d]\ninput x[t d]\n";
  for (const bool centred : {false, true}) {
    const std::string name = centred ? "layer_norm[d](x[t d], eps=0.01)" : "rms_norm[d](x[t d])";
    const NotationCase c(before + "y[t d] = g[d] " + name + " + b[d]", random_sizes({"d", "t"}, 41));
    Array g = c.parameter("g"), b = c.parameter("b"), x = c.x(), y(x.shape);
    const Index D = c.size("d");
    for (Index t = 0; t < c.size("t"); ++t) {
      double mean = 0.0, square = 0.0;
      for (Index d = 0; d < D; ++d) mean += centred ? x(t, d) / static_cast<double>(D) : 0.0;
      for (Index d = 0; d < D; ++d) square += (x(t, d) - mean) * (x(t, d) - mean) / static_cast<double>(D);
      for (Index d = 0; d < D; ++d)
        y(t, d) = g(d) * (x(t, d) - mean) / std::sqrt(square + (centred ? 0.01 : 1e-6)) + b(d);
    }
    require_equal(c.output(), y);
  }
}

TEST_CASE("linear attention on a product of five tensors") {
  const NotationCase c(R"(parameters Q[h d a] K[h d a] V[h d a] O[h a d]
    input x[t d]
    y[t d] = Q[h e a] x[t e] K[h f a] x[u f] x[u g] V[h g b] O[h b d])",
                       random_sizes({"h", "d", "a", "t"}, 51));
  Array Q = c.parameter("Q"), K = c.parameter("K"), V = c.parameter("V"), O = c.parameter("O"), x = c.x(), y(x.shape);
  const Index T = x.shape[0], D = x.shape[1], H = Q.shape[0], A = Q.shape[2];
  const auto row = [&](Array& M, Index h, Index t, Index a) {
    double sum = 0.0;
    for (Index d = 0; d < D; ++d) sum += x(t, d) * M(h, d, a);
    return sum;
  };
  for (Index h = 0; h < H; ++h)
    for (Index t = 0; t < T; ++t)
      for (Index u = 0; u < T; ++u) {
        double score = 0.0;
        for (Index a = 0; a < A; ++a) score += row(Q, h, t, a) * row(K, h, u, a);
        for (Index b = 0; b < A; ++b)
          for (Index d = 0; d < D; ++d) y(t, d) += score * row(V, h, u, b) * O(h, b, d);
      }
  require_equal(c.output(), y);
}

TEST_CASE("joined indices split and join axes row-major") {
  // Grouped heads: query head (g r) shares key head g.
  const NotationCase grouped(R"(parameters Q[n d a] K[g d a]
    input x[t d]
    s[g r t u] = Q[(g r) d a] x[t d] K[g e a] x[u e]
    y[t (g r) u] = s[g r t u])",
                             extents({{"n", 6}, {"g", 2}, {"d", 3}, {"a", 2}, {"t", 4}}));
  Array Q = grouped.parameter("Q"), K = grouped.parameter("K"), x = grouped.x(), y({4, 6, 4});
  CHECK(grouped.size("r") == 3);
  for (Index n = 0; n < 6; ++n)
    for (Index t = 0; t < 4; ++t)
      for (Index u = 0; u < 4; ++u)
        for (Index a = 0; a < 2; ++a)
          for (Index d = 0; d < 3; ++d)
            for (Index e = 0; e < 3; ++e) y(t, n, u) += Q(n, d, a) * x(t, d) * K(n / 3, e, a) * x(u, e);
  require_equal(grouped.output(), y);

  const NotationCase patches("parameters E[u v c m]\ninput x[i j c]\nz[(p q) m] = x[(p u) (q v) c] E[u v c m]",
                             extents({{"i", 6}, {"j", 4}, {"c", 2}, {"u", 3}, {"v", 2}, {"m", 3}}));
  Array E = patches.parameter("E"), image = patches.x(), z({4, 3});
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 4; ++j)
      for (Index c = 0; c < 2; ++c)
        for (Index m = 0; m < 3; ++m) z(i / 3 * 2 + j / 2, m) += image(i, j, c) * E(i % 3, j % 2, c, m);
  require_equal(patches.output(), z);

  // The law of rotary attention sums a pair's two columns: side by side, and in two halves.
  for (const bool half : {false, true}) {
    const std::string pair = half ? "(c j)" : "(j c)";
    const NotationCase c("parameters Q[h d a]\ninput x[d]\ny[h a] = Q[h d a] x[d]\nlaw pairs[h j] = Q[h d " + pair +
                             "] Q[h d " + pair + "]",
                         extents({{"h", 2}, {"d", 3}, {"a", 6}, {"c", 2}}));
    Array P = c.parameter("Q"), law({2, 3});
    for (Index h = 0; h < 2; ++h)
      for (Index d = 0; d < 3; ++d)
        for (Index a = 0; a < 6; ++a) law(h, half ? a % 3 : a / 2) += P(h, d, a) * P(h, d, a);
    require_equal(c.law(0), law);
  }
}

TEST_CASE("a number among joined indices takes one part of an axis, wherever it stands") {
  constexpr Index D = 3, H = 2, A = 3, S = 4;  // S follows: the axis has 24 entries
  struct Split {
    std::string text;
    Index (*at)(Index h, Index a);
  };
  for (const auto& [text, at] : {Split{"(1 h a)", [](Index h, Index a) { return 1 * H * A + h * A + a; }},
                                 Split{"(h 3 a)", [](Index h, Index a) { return h * S * A + 3 * A + a; }},
                                 Split{"(h a 2)", [](Index h, Index a) { return (h * A + a) * S + 2; }}}) {
    CAPTURE(text);
    const NotationCase c("parameters W[d w] b[w]\ninput x[d]\ny[h a] = W[d " + text + "] x[d] + b[" + text +
                             "]^2\nlaw gram[h] = W[d " + text + "] W[d " + text + "] - sum[a](b[" + text + "])",
                         extents({{"d", D}, {"w", H * A * S}, {"h", H}, {"a", A}}));
    Array W = c.parameter("W"), b = c.parameter("b"), x = c.x(), y({H, A}), law({H});
    for (Index h = 0; h < H; ++h)
      for (Index a = 0; a < A; ++a) {
        const Index w = at(h, a);
        y(h, a) += b(w) * b(w);
        law(h) -= b(w);
        for (Index d = 0; d < D; ++d) {
          y(h, a) += W(d, w) * x(d);
          law(h) += W(d, w) * W(d, w);
        }
      }
    require_equal(c.output(), y);
    require_equal(c.law(0), law);
  }
  const NotationCase whole("parameters W[d w]\ninput x[d]\ny = W[d (5)] x[d]", extents({{"d", D}, {"w", 6}}));
  Array W = whole.parameter("W"), x = whole.x(), y(Shape{});
  for (Index d = 0; d < D; ++d) y() += W(d, 5) * x(d);
  require_equal(whole.output(), y);
}

}  // namespace
}  // namespace invar::oracle
