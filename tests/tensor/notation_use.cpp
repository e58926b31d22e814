// Blocks within blocks, and the functions that choose and join: against the same in plain lines and plain loops.
#include "error.h"
#include "notation_case.h"

namespace invar::oracle {
namespace {

/// f[d] → [m], mean-free attention over tokens, and a block that uses another; `slope` is an option.
LibraryBlock library(const std::string& name, const std::map<std::string, std::string, std::less<>>& options) {
  if (name == "gated") {
    const auto slope = options.find("slope");
    return {
        "sizes h=3 m=2\nparameters W[h d] A[m h] c[m]\ninput x[d]\nu[h] = W[h d] x[d]\n"
        "y[m] = " +
            (slope == options.end() ? "1" : slope->second) +
            " A[m h] tanh(u[h]) + c[m]\n"
            "law up[h] = A[m h] A[m h] - W[h d] W[h d]\n",
        {}};
  }
  if (name == "mix")
    return {
        "sizes b=2\nparameters S[d b]\ninput x[t d]\ns[t u] = softmax[u](x[t d] S[d b] S[e b] x[u e])\n"
        "y[t d] = s[t u] x[u d]\n",
        {{"b", 2}}};
  if (name == "pair")
    return {
        "input z[t d]\nuse mix as first (x = z)\nuse gated as second (x = first)\n"
        "out[t d] = z[t d] + second[t d]\n",
        {}};
  throw InputError("no block is called '" + name + "'");
}

struct Used {
  Used(const std::string& text, const KnownSizes& known) : block(read_block(text, known, "b.txt", library)) {
    theta = random_numbers(static_cast<std::size_t>(block.parameters.size()), 1);
    input = random_numbers(static_cast<std::size_t>(extent_product(block.graph[block.input].shape)), 2);
  }
  Array output() const {
    return {block.graph[block.output].shape, Interpreter(block.graph, {theta}, input).value(block.output)};
  }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const Tensor& tensor : block.parameters.tensors()) result.push_back(tensor.name + shape_text(tensor.shape));
    return result;
  }
  Block block;
  Numbers theta, input;
};

std::string refusal(const std::string& text, const BlockLibrary& blocks = library) {
  try {
    read_block(text, extents({{"t", 3}, {"d", 2}}), "b.txt", blocks);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

const KnownSizes kSizes = extents({{"t", 3}, {"d", 2}});

}  // namespace

TEST_CASE("a used block is its lines, mapped over the axes that its input lacks") {
  const Used used("input x[t d]\nuse gated as ffn.0 (x = x, h = 4, slope=2)\ny[t d] = x[t d] + ffn.0[t d]", kSizes);
  const Used plain(
      "sizes h=4\nparameters W[h d] A[m h] c[m]\ninput x[t d]\nu[t h] = W[h d] x[t d]\n"
      "f[t m] = 2 A[m h] tanh(u[t h]) + c[m]\ny[t d] = x[t d] + f[t d]",
      kSizes);
  require_equal(used.output(), plain.output());
  CHECK(used.names() == std::vector<std::string>{"ffn.0.W[4, 2]", "ffn.0.A[2, 4]", "ffn.0.c[2]"});
  REQUIRE(used.block.laws.size() == 1);
  CHECK(used.block.laws[0].scope == "ffn.0");
  CHECK(used.block.laws[0].name == "up");
  CHECK(used.block.laws[0].indices == std::vector<std::string>{"h"});
  CHECK(used.block.laws[0].formula == "A[m h] A[m h] - W[h d] W[h d]");
}

TEST_CASE("letters of different uses do not clash, and a used block may use others") {
  const Used used(
      "sizes k=5\ninput x[t d]\nuse pair as a (z = x)\nuse gated as b (x = a, h = k)\nuse mix as c (x = b)\n"
      "h[t m] = c[t m] + c[t m]",
      kSizes);
  const Used plain(
      "sizes k=5 h=3 b=2 m=2\nparameters S[d b] W[h d] A[e h] c[e] V[k d] B[m k] w[m] T[m b]\ninput x[t d]\n"
      "s[t u] = softmax[u](x[t d] S[d b] S[e b] x[u e])\nz[t d] = s[t u] x[u d]\nv[t h] = W[h d] z[t d]\n"
      "a[t e] = x[t e] + A[e h] tanh(v[t h]) + c[e]\nr[t k] = V[k d] a[t d]\nf[t m] = B[m k] tanh(r[t k]) + w[m]\n"
      "p[t u] = softmax[u](f[t m] T[m b] T[n b] f[u n])\ny[t m] = 2 p[t u] f[u m]",
      kSizes);
  CHECK(used.names() == std::vector<std::string>{"a.first.S[2, 2]", "a.second.W[3, 2]", "a.second.A[2, 3]",
                                                 "a.second.c[2]", "b.W[5, 2]", "b.A[2, 5]", "b.c[2]", "c.S[2, 2]"});
  require_equal(used.output(), plain.output());
}

TEST_CASE("a block is mapped over joined axes, and over several") {
  const KnownSizes sizes = extents({{"p", 2}, {"q", 3}, {"t", 3}, {"d", 2}});
  const Used used("input x[p q t d]\nr[(p q) t d] = x[p q t d]\nuse mix as m (x = r)", sizes);
  const Used plain(
      "sizes b=2\nparameters S[d b]\ninput x[p q t d]\n"
      "s[p q t u] = softmax[u](x[p q t d] S[d b] S[e b] x[p q u e])\ny[(p q) t d] = s[p q t u] x[p q u d]",
      sizes);
  require_equal(used.output(), plain.output());
}

TEST_CASE("a wrong use is refused at its place, with the remedy") {
  const std::string begin = "input x[t d]\n";
  const std::vector<std::pair<std::string, std::vector<std::string>>> wrong{
      {"use gate as f (x = x)", {"b.txt:2:5: ", "'gate'"}},
      {"use gated as f (h = 3)", {"b.txt:2:5: ", "lacks its input x[d]", "x = TENSOR"}},
      {"use gated as f (x = z)", {"b.txt:2:", "unknown tensor 'z'"}},
      {"use gated as x (x = x)", {"b.txt:2:14: ", "'x' is already the name of the input"}},
      {"use gated as f (x = x, q = 3)", {"b.txt:2:28: ", "no index 'q'", "its input is 'x[d]'"}},
      {"use gated as f (x = x, h = k)", {"b.txt:2:28: ", "'k' is no extent", "index of this text"}},
      {"use gated as f (x = x, h = t)", {"b.txt:2:5: ", "'h' of 'gated' becomes 't'"}},
      {"use gated as f (x = x, d = 3)", {"b.txt:2:28: ", "extent 3", "but 2 by the value set from outside"}},
      {"use mix as f (x = x, x = x)", {"b.txt:2:22: ", "given twice"}},
      {"use gated as f (x = x, m = 3)\ny[t d] = x[t d] + f[t d]", {"b.txt:3:", "extent 2", "extent 3"}},
      {"use gated as f (x = x)\nuse gated as f (x = x)", {"b.txt:3:14: ", "'f' is already"}},
  };
  for (const auto& [line, parts] : wrong) {
    const std::string message = refusal(begin + line);
    CAPTURE(line, message);
    for (const std::string& part : parts) CHECK(message.find(part) != std::string::npos);
  }
  const BlockLibrary itself = [](const std::string&, const auto&) {
    return LibraryBlock{"input x[d]\nuse self as s (x = x)", {}};
  };
  CHECK(refusal(begin + "use self as s (x = x)", itself).find("deep") != std::string::npos);
  const BlockLibrary broken = [](const std::string&, const auto&) {
    return LibraryBlock{"input x[d]\ny[d] = z[d]", {}};
  };
  const std::string message = refusal(begin + "use self as s (x = x)", broken);
  CAPTURE(message);
  CHECK(message.starts_with("b.txt:2:5: line 2 of 'self', column 8: unknown tensor 'z'"));
}

TEST_CASE("lookup takes the rows that integers name, of the input or a constant, at any axes") {
  KnownSizes known = extents({{"v", 4}, {"d", 3}, {"t", 5}});
  known.constants["order"] = {2, 0};
  NotationCase c(
      "sizes s=2\nparameters E[v d] B[t v]\nconstants order[s]\ninput tokens[t]\n"
      "e[t d] = lookup[v](E[v d], tokens[t])\nb[t] = lookup[v](B[t v], tokens[t])\n"
      "y[t d s] = e[t d] b[t] sum[e](lookup[v](E[v e], order[s]))",
      known);
  CHECK(c.block.input_tokens == 4);
  c.input = {3, 0, 3, 1, 2};
  Array expected({5, 3, 2});
  Array e = c.parameter("E"), b = c.parameter("B");
  for (Index t = 0; t < 5; ++t)
    for (Index d = 0; d < 3; ++d)
      for (Index s = 0; s < 2; ++s) {
        const auto token = static_cast<Index>(c.input[static_cast<std::size_t>(t)]);
        double sum = 0.0;
        for (Index k = 0; k < 3; ++k) sum += e(s == 0 ? 2 : 0, k);
        expected(t, d, s) = e(token, d) * b(t, token) * sum;
      }
  require_equal(c.output(), expected);
  for (const char* line :
       {"y[t] = lookup[v](E[v d], z[t])", "y[t v] = lookup[v](E[v d], x[t d])", "y[d] = lookup[v](E[d d], x[t d])"}) {
    CAPTURE(line);
    CHECK(refusal("sizes v=2\nparameters E[v d]\ninput x[t d]\nz[t] = sum[d](x[t d])\n" + std::string(line), {}) !=
          "accepted");
  }
}

TEST_CASE("concat joins axes, an index or one entry each, and infers the extent that is missing") {
  const NotationCase c(
      "parameters a[d] B[t e d]\ninput x[u d]\ny[s d e] = concat[s](a[d], x[u d], B[t e d])\nlaw one = a[0]",
      extents({{"d", 2}, {"e", 2}, {"u", 3}, {"s", 6}}));
  CHECK(c.size("t") == 2);
  Array expected({6, 2, 2}), a = c.parameter("a"), b = c.parameter("B"), x = c.x();
  for (Index d = 0; d < 2; ++d)
    for (Index e = 0; e < 2; ++e) {
      expected(0, d, e) = a(d);
      for (Index u = 0; u < 3; ++u) expected(1 + u, d, e) = x(u, d);
      for (Index t = 0; t < 2; ++t) expected(4 + t, d, e) = b(t, e, d);
    }
  require_equal(c.output(), expected);
  const std::string begin = "sizes s=3\nparameters a[d]\ninput x[t d]\n";
  CHECK(refusal(begin + "y[s d] = concat[s](a[d], x[t d])", {}).find("have 1 + 3") != std::string::npos);
  CHECK(refusal(begin + "y[s d] = 2 concat[s](a[d], x[t d])", {}).find("stands alone") != std::string::npos);
  CHECK(refusal(begin + "y[s] = concat[s](a[d], x[t d])", {}).find("joins one axis") != std::string::npos);
}

TEST_CASE("max is the largest entry over its indices") {
  const NotationCase c("parameters A[t d]\ninput x[t d]\ny[t] = max[d](A[t d] x[t d]) + max[d u](x[u d])", kSizes);
  Array expected({3}), a = c.parameter("A"), x = c.x();
  double all = x(0, 0);
  for (const double value : x.values) all = std::max(all, value);
  for (Index t = 0; t < 3; ++t) expected(t) = std::max(a(t, 0) * x(t, 0), a(t, 1) * x(t, 1)) + all;
  require_equal(c.output(), expected);
}

TEST_CASE("a parameter may begin with a number") {
  const Block block = read_block(
      "sizes d=2\nparameters g[d]=1 W[d] b[d] = -0.5\ninput x[d]\ny[d] = g[d] W[d] x[d] + b[d]", {}, "b.txt");
  CHECK(block.start == std::vector<std::optional<double>>{1.0, std::nullopt, -0.5});
}

}  // namespace invar::oracle
