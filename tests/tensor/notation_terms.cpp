// What single terms, scopes and functions mean, against plain loops.
#include "notation_case.h"
#include "tensor/outline.h"

namespace invar::oracle {
namespace {

Array by_element(const Array& x, double (*f)(double)) {
  Array y = x;
  for (double& value : y.values) value = f(value);
  return y;
}

TEST_CASE("elementwise functions are those of the mathematics") {
  const std::vector<std::pair<std::string, double (*)(double)>> functions{
      {"relu(z[t d])", [](double x) { return std::max(x, 0.0); }},
      {"step(z[t d])", [](double x) { return x > 0.0 ? 1.0 : 0.0; }},
      {"gelu(z[t d])", [](double x) { return x / 2.0 * std::erfc(-x / std::sqrt(2.0)); }},
      {"gelu_tanh(z[t d])",
       [](double x) { return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x))); }},
      {"silu(z[t d])", [](double x) { return x / (1.0 + std::exp(-x)); }},
      {"sigmoid(z[t d])", [](double x) { return 1.0 / (1.0 + std::exp(-x)); }},
      {"tanh(z[t d])", [](double x) { return std::tanh(x); }},
      {"exp(z[t d])", [](double x) { return std::exp(x); }},
      {"log(z[t d] + 4)", [](double x) { return std::log(x + 4.0); }},
      {"sqrt(z[t d] + 4)", [](double x) { return std::sqrt(x + 4.0); }},
      {"erf(z[t d])", [](double x) { return std::erf(x); }},
      {"sin(z[t d])", [](double x) { return std::sin(x); }},
      {"cos(z[t d])", [](double x) { return std::cos(x); }},
      {"abs(z[t d])", [](double x) { return std::abs(x); }},
      {"softplus(z[t d])", [](double x) { return std::log1p(std::exp(x)); }},
      {"z[t d]^2", [](double x) { return x * x; }},
      {"(z[t d] + 1)^5", [](double x) { return std::pow(x + 1.0, 5.0); }},
      {"1 / z[t d]", [](double x) { return 1.0 / x; }},
      {"z[t d]^-3", [](double x) { return std::pow(x, -3.0); }},
      {"z[t d] / (1 + z[t d]^2)", [](double x) { return x / (1.0 + x * x); }},
  };
  for (const auto& [text, f] : functions) {
    CAPTURE(text);
    const std::string block = "input x[t d]\nz[t d] = 3 x[t d]\ny[t d] = " + text;
    const NotationCase c(block, extents({{"d", 3}, {"t", 2}}));
    Array z = c.x();
    for (double& value : z.values) value *= 3.0;
    require_equal(c.output(), by_element(z, f), 4e-15);
  }
}

TEST_CASE("numbers fold: signs, division from the left, dim, roots and powers of numbers") {
  const NotationCase c("input x[d]\ny[d] = -2 x[d] / 4 * 3 / sqrt(dim(d)) * (1 + 2^3) / -dim(d)^2 + exp(0) - 1/2",
                       extents({{"d", 4}}));
  Array y = c.x();
  for (double& value : y.values) value = 2.0 * value / 4.0 * 3.0 / 2.0 * 9.0 / 16.0 + 0.5;
  require_equal(c.output(), y);
}

TEST_CASE("an index that an argument shows is bound outside; one that only the argument has is summed in it") {
  const NotationCase c(R"(parameters A[m h] W[h d] V[h d] b[h]
    input x[d]
    y[m] = A[m h] silu(W[h d] x[d] + b[h]) tanh(V[h d] x[d] + 1))",
                       extents({{"d", 3}, {"h", 4}, {"m", 2}}));
  Array A = c.parameter("A"), W = c.parameter("W"), V = c.parameter("V"), b = c.parameter("b"), x = c.x(), y({2});
  for (Index h = 0; h < 4; ++h) {
    double u = b(h), v = 1.0;
    for (Index d = 0; d < 3; ++d) {
      u += W(h, d) * x(d);
      v += V(h, d) * x(d);
    }
    for (Index m = 0; m < 2; ++m) y(m) += A(m, h) * u / (1.0 + std::exp(-u)) * std::tanh(v);
  }
  require_equal(c.output(), y);
}

TEST_CASE("an index on the left is never summed, in arguments neither") {
  const NotationCase c("parameters g[d]\ninput x[t d]\ny[t d] = tanh(x[t d] x[t d] g[d]) + x[t d]",
                       extents({{"d", 3}, {"t", 2}}));
  Array g = c.parameter("g"), x = c.x(), y({2, 3});
  for (Index t = 0; t < 2; ++t)
    for (Index d = 0; d < 3; ++d) y(t, d) = std::tanh(x(t, d) * x(t, d) * g(d)) + x(t, d);
  require_equal(c.output(), y);
}

TEST_CASE("terms without an index are repeated along it: numbers, scalars and biases") {
  const NotationCase c(R"(parameters A[m d] c[m] s
    input x[t d]
    y[t m] = A[m d] x[t d] + 2 c[m] - s / 3 + x[u e] x[u e] + 0.25)",
                       extents({{"d", 3}, {"m", 2}, {"t", 4}}));
  Array A = c.parameter("A"), b = c.parameter("c"), x = c.x(), y({4, 2});
  double rest = 0.25 - c.parameter("s")() / 3.0;
  for (const double value : x.values) rest += value * value;
  for (Index t = 0; t < 4; ++t)
    for (Index m = 0; m < 2; ++m) {
      y(t, m) = 2.0 * b(m) + rest;
      for (Index d = 0; d < 3; ++d) y(t, m) += A(m, d) * x(t, d);
    }
  require_equal(c.output(), y);
}

TEST_CASE("an explicit sum counts terms that lack its index as often as the index has values") {
  const NotationCase c("parameters a[e] b\ninput x[d]\nz = sum[e](a[e] + b - 2)\ny[d] = z x[d]",
                       extents({{"d", 2}, {"e", 5}}));
  Array a = c.parameter("a"), y = c.x();
  double z = 5.0 * (c.parameter("b")() - 2.0);
  for (Index e = 0; e < 5; ++e) z += a(e);
  for (double& value : y.values) value *= z;
  require_equal(c.output(), y);
}

TEST_CASE("an explicit sum runs over what stands once, twice, and over several indices") {
  const NotationCase c(R"(parameters G[e d] v[e]
    input x[d]
    y[d] = sum[e](G[e d]) x[d] + sum[e](G[e d] v[e])
    z = sum[e f](G[e f]^2)
    w[d] = z y[d])",
                       extents({{"d", 3}, {"e", 4}}));
  Array G = c.parameter("G"), v = c.parameter("v"), x = c.x(), y({3});
  double z = 0.0;
  for (Index e = 0; e < 4; ++e)
    for (Index d = 0; d < 3; ++d) {
      y(d) += G(e, d) * (x(d) + v(e));
      z += G(e, d) * G(e, d);
    }
  for (double& value : y.values) value *= z;
  require_equal(c.output(), y);
}

TEST_CASE("scalars multiply by juxtaposition, before parentheses too; a mean is a sum over dim") {
  const NotationCase toy("parameters a b\ninput x\ny = a (b x) / 2");
  CHECK(toy.output()() == Approx(toy.parameter("a")() * toy.parameter("b")() * toy.x()() / 2.0).epsilon(1e-15));
  const NotationCase mean("input x[t d]\ny[d] = sum[t](x[t d]) / dim(t)", extents({{"d", 3}, {"t", 4}}));
  Array x = mean.x(), y({3});
  for (Index t = 0; t < 4; ++t)
    for (Index d = 0; d < 3; ++d) y(d) += x(t, d) / 4.0;
  require_equal(mean.output(), y);
}

TEST_CASE("diagonal, trace and constant subscripts") {
  const NotationCase c(R"(parameters M[i j] G[e i]
    input x[i]
    y[i] = M[i i] x[i] + M[j j] G[1 i] + 1 / G[0 2] + G[e e]^2 x[i])",
                       extents({{"i", 3}, {"j", 3}, {"e", 3}}));
  Array M = c.parameter("M"), G = c.parameter("G"), x = c.x(), y({3});
  const double trace = M(0, 0) + M(1, 1) + M(2, 2), trace_g = G(0, 0) + G(1, 1) + G(2, 2);
  for (Index i = 0; i < 3; ++i) y(i) = M(i, i) * x(i) + trace * G(1, i) + 1.0 / G(0, 2) + trace_g * trace_g * x(i);
  require_equal(c.output(), y);
}

TEST_CASE("sinusoidal positions: even columns sine, odd columns cosine, odd widths too") {
  for (const Index width : {4, 5}) {
    const NotationCase c("input x[t d]\ny[t d] = x[t d] + sinusoid[t d](base=100)", extents({{"d", width}, {"t", 6}}));
    Array y = c.x();
    for (Index t = 0; t < 6; ++t)
      for (Index d = 0; d < width; ++d) {
        const double angle =
            static_cast<double>(t) / std::pow(100.0, 2.0 * static_cast<double>(d / 2) / static_cast<double>(width));
        y(t, d) += d % 2 == 0 ? std::sin(angle) : std::cos(angle);
      }
    require_equal(c.output(), y);
  }
}

TEST_CASE("parentheses multiply out, nested and beside a divisor") {
  const NotationCase c(R"(parameters W[h d] B[h r] A[r d]
    input x[d]
    y[h] = 2 (W[h d] - 3 (B[h r] A[r d])) x[d] / (1 + x[e] x[e]))",
                       extents({{"d", 3}, {"h", 4}, {"r", 2}}));
  Array W = c.parameter("W"), B = c.parameter("B"), A = c.parameter("A"), x = c.x(), y({4});
  const double norm = 1.0 + x(0) * x(0) + x(1) * x(1) + x(2) * x(2);
  for (Index h = 0; h < 4; ++h)
    for (Index d = 0; d < 3; ++d) {
      double entry = W(h, d);
      for (Index r = 0; r < 2; ++r) entry -= 3.0 * B(h, r) * A(r, d);
      y(h) += 2.0 * entry * x(d) / norm;
    }
  require_equal(c.output(), y);
}

TEST_CASE("frozen tensors take their values from outside and are no parameters") {
  KnownSizes known = extents({{"r", 1}});
  known.shapes["W"] = {2, 3};
  known.constants["W"] = {1, 2, 3, 4, 5, 6};
  const NotationCase c("constants W[h d]\nparameters B[h r] A[r d]\ninput x[d]\ny[h] = (W[h d] + B[h r] A[r d]) x[d]",
                       known);
  CHECK(c.block.parameters.size() == 5);
  Array B = c.parameter("B"), A = c.parameter("A"), x = c.x(), y({2});
  for (Index h = 0; h < 2; ++h)
    for (Index d = 0; d < 3; ++d) y(h) += (static_cast<double>(3 * h + d + 1) + B(h, 0) * A(0, d)) * x(d);
  require_equal(c.output(), y);
}

TEST_CASE("a frozen tensor without values is asked for by name and shape") {
  KnownSizes known = extents({{"h", 2}, {"d", 3}});
  known.missing_constant = [](const std::string& name, const Shape& shape) {
    return Numbers(static_cast<std::size_t>(extent_product(shape)), name == "W" ? 2.0 : 0.0);
  };
  const NotationCase c("constants W[h d]\ninput x[d]\ny[h] = W[h d] x[d]", known);
  Array x = c.x();
  const double sum = 2.0 * (x(0) + x(1) + x(2));
  require_equal(c.output(), Array({2}, {sum, sum}));
}

TEST_CASE("lines go on inside brackets and after operators; comments end where the line ends") {
  const NotationCase c(
      "# a block\nparameters A[m d],\n  c[m]  # two\n\ninput x[d]\ny[m] = A[m d] *  # product\n  x[d] +\n  (c[m]\n  - "
      "1)\noutput y\n",
      extents({{"d", 3}, {"m", 2}}));
  Array A = c.parameter("A"), b = c.parameter("c"), x = c.x(), y({2});
  for (Index m = 0; m < 2; ++m) {
    y(m) = b(m) - 1.0;
    for (Index d = 0; d < 3; ++d) y(m) += A(m, d) * x(d);
  }
  require_equal(c.output(), y);
}

TEST_CASE("extents come from sizes, from outside, from shapes and from the uses of renamed axes") {
  const std::string text =
      "sizes h=7 d=2\nparameters W[h d] U[k h]\ninput x[t c]\nu[t h] = W[h e] x[t e]\ny[s k] = U[k g] u[s g]";
  KnownSizes known = extents({{"h", 5}, {"k", 3}});
  known.shapes["x"] = {4, 2};
  const Block block = read_block(text, known, "text");
  CHECK(block.sizes ==
        std::map<std::string, Index>{{"c", 2}, {"d", 2}, {"e", 2}, {"g", 5}, {"h", 5}, {"k", 3}, {"s", 4}, {"t", 4}});
  CHECK(block.graph[block.output].shape == Shape{4, 3});
  CHECK(block.parameters.find("U")->offset == 10);
}

TEST_CASE("fan-in is the number of terms that the first use of a parameter sums") {
  const Block block = read_block(R"(sizes h=2 d=3 a=4 t=5
    parameters Q[h d a] V[h d a] O[h a d] b[d] s unused[a]
    input x[t d]
    q[h t a] = Q[h d a] x[t d]
    y[t d] = s q[h t a] V[h e a] x[t e] O[h a d] + b[d]
    z[t d] = relu(y[t d]) b[d] Q[h d a] Q[h d a])",
                                 {}, "text");
  CHECK(block.fan_in == std::vector<double>{3, 2 * 3 * 4, 2 * 4, 1, 1, 1});
}

TEST_CASE("laws keep kind, indices, scope and the formula as written") {
  const NotationCase c(
      "sizes d=3 r=2 m=2\nparameters U[m r] V[r d] ffn.A[m d]\ninput x[d]\n"
      "y[m] = U[m r] V[r d] x[d] + ffn.A[m d] x[d]\n"
      "law balance[r s] = U[m r]  U[m s] -   # the second factor\n\t V[r d] V[s d]\n"
      "control ffn.first = ffn.A[0 1]   # one entry\n"
      "claim norm[] = sum[m r](U[m r]^2)\n");
  REQUIRE(c.block.laws.size() == 3);
  const std::vector<Law>& laws = c.block.laws;
  CHECK(to_string(laws[0].kind) == "law");
  CHECK(to_string(laws[1].kind) == "control");
  CHECK(to_string(laws[2].kind) == "claim");
  CHECK(laws[0].formula == "U[m r] U[m s] - V[r d] V[s d]");
  CHECK(laws[0].indices == std::vector<std::string>{"r", "s"});
  CHECK(laws[0].scope.empty());
  CHECK(laws[1].scope == "ffn");
  CHECK(laws[1].name == "first");
  CHECK(laws[1].formula == "ffn.A[0 1]");
  Array U = c.parameter("U"), V = c.parameter("V"), balance({2, 2}), norm({});
  for (Index r = 0; r < 2; ++r)
    for (Index s = 0; s < 2; ++s) {
      for (Index m = 0; m < 2; ++m) balance(r, s) += U(m, r) * U(m, s);
      for (Index d = 0; d < 3; ++d) balance(r, s) -= V(r, d) * V(s, d);
      norm() += U(r, s) * U(r, s);
    }
  require_equal(c.law(0), balance);
  require_equal(c.law(1), Array({}, {c.parameter("ffn.A")(0, 1)}));
  require_equal(c.law(2), norm);
}

TEST_CASE("the outline tells names and axes without any extent") {
  const BlockOutline found = outline(
      "constants W[h d]\nparameters readout.U[c h] b[c]\ninput x[t d]\nz[t (h)] = W[h d] x[t d]\n"
      "y[t c] = readout.U[c h] z[t h] + b[c]\nlaw readout.sum[h] = sum[c](readout.U[c h])\noutput y\nsizes h=3",
      "text");
  CHECK(found.input.name == "x");
  CHECK(found.input.axes == std::vector<std::string>{"t", "d"});
  CHECK(found.output.name == "y");
  CHECK(found.output.axes == std::vector<std::string>{"t", "c"});
  REQUIRE(found.parameters.size() == 2);
  CHECK(found.parameters[0].name == "readout.U");
  CHECK(found.constants.size() == 1);
  REQUIRE(found.laws.size() == 1);
  CHECK(found.laws[0].scope == "readout");
  CHECK(found.laws[0].name == "sum");
  CHECK(found.sizes.at("h") == 3);
}

}  // namespace
}  // namespace invar::oracle
