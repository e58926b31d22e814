// The library as another program sees it: losses, laws and runs are those of the programs, and what is not offered says
// so.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "invar/block.h"
#include "invar/run.h"

using namespace invar::api;
using Catch::Matchers::Contains;

namespace {

const std::string kText = R"(
parameters A[m h] B[h d]
input      x[d]
y[m] = A[m h] B[h d] x[d]
law     balance[h k] = A[m h] A[m k] - B[h d] B[k d]
control sum[h]       = A[m h] A[m h] + B[h d] B[h d]
claim   cubic[h]     = A[m h] A[m h] A[m h]
)";
const std::string kLaws =
    "parameters B[h d] A[m h]\n"  // in another order than θ has them
    "law balance[h k] = A[m h] A[m k] - B[h d] B[k d]\ncontrol sum[h] = A[m h] A[m h] + B[h d] B[h d]\n"
    "claim cubic[h] = A[m h] A[m h] A[m h]\n";

Block made_block() {
  Data data{{2}, {3}, {}, {}};
  for (int i = 0; i < 12 * 2; ++i) data.x.push_back(std::sin(1.0 + i));
  for (int i = 0; i < 12 * 3; ++i) data.y.push_back(std::cos(2.0 * i));
  return Block(kText, data, Cost::squared, {{"h", 4}});
}

/// The block's cost behind a loss of its own: what a user's would be.
struct Wrapped : Loss {
  explicit Wrapped(bool hessian = true, std::int64_t count = 12) : block(made_block()), with(hessian), number(count) {}
  std::vector<Tensor> parameters() const override { return block.parameters(); }
  std::int64_t samples() const override { return number; }
  double evaluate(std::span<const double> theta, std::span<const std::int64_t> samples,
                  std::span<double> gradient) override {
    return block.evaluate(theta, samples, gradient);
  }
  bool has_hessian_product() const override { return with; }
  void hessian_product(std::span<const double> theta, std::span<const double> v, std::span<double> out) override {
    block.hessian_product(theta, v, out);
  }
  Block block;
  bool with;
  std::int64_t number;
};

std::vector<std::int64_t> first(std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

}  // namespace

TEST_CASE("a block's gradient and Hessian-vector product are the differences of its value and gradient") {
  Block block = made_block();
  const std::vector<double> theta = block.start(3);
  REQUIRE(std::ssize(theta) == parameter_count(block.parameters()));
  std::vector<double> gradient(theta.size()), up(theta.size()), down(theta.size()), v(theta.size()),
      product(theta.size());
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = std::cos(static_cast<double>(i));
  for (const std::int64_t samples : {12, 5}) {
    block.evaluate(theta, first(samples), gradient);
    for (std::size_t i = 0; i < theta.size(); ++i) {
      std::vector<double> moved = theta;
      moved[i] += 1e-5;
      const double above = block.evaluate(moved, first(samples), up);
      moved[i] -= 2e-5;
      CHECK(gradient[i] ==
            Approx((above - block.evaluate(moved, first(samples), down)) / 2e-5).epsilon(1e-6).margin(1e-9));
    }
  }
  block.hessian_product(theta, v, product);
  std::vector<double> ahead = theta, behind = theta;
  for (std::size_t i = 0; i < v.size(); ++i) ahead[i] += 1e-5 * v[i], behind[i] -= 1e-5 * v[i];
  block.evaluate(ahead, first(12), up);
  block.evaluate(behind, first(12), down);
  for (std::size_t i = 0; i < v.size(); ++i)
    CHECK(product[i] == Approx((up[i] - down[i]) / 2e-5).epsilon(1e-6).margin(1e-8));
}

TEST_CASE("laws as text are those of the block, whatever the order of its tensors; defects tell laws from others") {
  Block block = made_block();
  Laws laws(block.parameters(), kLaws);
  const std::vector<double> theta = block.start(3);
  CHECK(laws.values(theta) == block.laws().values(theta));
  REQUIRE(laws.list().size() == 3);
  CHECK(laws.list()[0].quadratic);
  CHECK_FALSE(laws.list()[2].quadratic);
  CHECK(laws.components() == 10 + 4 + 4);
  const std::vector<double> defects = laws.defects(block, theta);
  for (std::size_t c = 0; c < 10; ++c) CHECK(defects[c] < 1e-14);
  for (std::size_t c = 10; c < 18; ++c) CHECK(defects[c] > 1e-3);
  std::vector<double> slope(theta.size());
  for (std::int64_t c = 0; c < laws.components(); ++c) {
    laws.gradient(theta, c, slope);
    for (std::size_t i = 0; i < theta.size(); ++i) {
      std::vector<double> moved = theta;
      moved[i] += 1e-5;
      const double above = laws.values(moved)[static_cast<std::size_t>(c)];
      moved[i] -= 2e-5;
      CHECK(slope[i] ==
            Approx((above - laws.values(moved)[static_cast<std::size_t>(c)]) / 2e-5).epsilon(1e-6).margin(1e-9));
    }
  }
}

TEST_CASE("a loss of one's own gives the runs of the block that it wraps, to the bit, and budgets that close") {
  Block block = made_block();
  Wrapped own;
  Laws laws(own.parameters(), kLaws);
  RunOptions options;
  options.time = 3.0;
  options.records = 5;
  for (const Method& method :
       {Method::flow(1e-9), Method::flow(1e-9, "tsit5"), Method::gd(0.05, "power:0.2"), Method::sgd(0.05, 4, 7)}) {
    CAPTURE(method.integrator, method.batch);
    const Result a = run(block, block.laws(), method, block.start(1), options);
    const Result b = run(own, laws, method, block.start(1), options);
    CHECK(a.theta == b.theta);
    CHECK(a.status == "finished");
    REQUIRE(a.rows.size() == 6);
    const Row& end = a.rows.back();
    CHECK(end.loss < a.rows.front().loss);
    CHECK(end.drift == b.rows.back().drift);
    CHECK(end.drift.size() == 18);
    REQUIRE(end.step_part.size() == 18);
    CHECK(std::isnan(end.bound[17]));
    for (std::size_t c = 0; c < 10; ++c) {
      CHECK(std::abs(end.closure[c]) < 1e-25);
      CHECK(std::abs(end.drift[c]) <= (method.rtol > 0.0 ? 1e-7 : end.bound[c] + 1e-13));
    }
    for (std::size_t c = 0; c < 4; ++c)
      CHECK(end.drift[14 + c] == Approx(end.value[14 + c] - a.rows.front().value[14 + c]).margin(1e-15));
  }
}

TEST_CASE("limits and callbacks end a run, and say so") {
  Block block = made_block();
  RunOptions options;
  options.max_gradients = 10;
  CHECK(run(block, block.laws(), Method::gd(0.001), block.start(1), options).status == "truncated");
  options = {};
  int rows = 0;
  options.on_row = [&](const Row& row, std::span<const double> theta) {
    CHECK(theta.size() == block.start(1).size());
    CHECK(row.loss > 0.0);
    CHECK(row.value.empty());
    return ++rows < 3;
  };
  const Result result = run(block, Laws(), Method::gd(0.01), block.start(1), options);
  CHECK(result.status == "interrupted");
  CHECK(rows >= 3);
}

TEST_CASE("a loss that is not finite ends its run as diverged, and says nothing of laws") {
  struct Broken final : Wrapped {
    double evaluate(std::span<const double> theta, std::span<const std::int64_t> samples,
                    std::span<double> gradient) override {
      const double loss = block.evaluate(theta, samples, gradient);
      if (spoil) gradient[0] = std::nan("");
      return ++calls > 5 ? std::nan("") : loss;
    }
    int calls = 0;
    bool spoil = false;
  } broken;
  CHECK(run(broken, Laws(), Method::gd(0.05), broken.block.start(1), {}).status == "diverged");
  broken.spoil = true;
  for (const double defect : broken.block.laws().defects(broken, broken.block.start(1))) CHECK(std::isnan(defect));
}

TEST_CASE("what is not offered, and what is wrong, says so") {
  Wrapped own(false);
  const std::vector<double> start = own.block.start(1);
  const auto runs = [&](Loss& loss, const Method& method, std::vector<double> from) {
    return run(loss, Laws(), method, std::move(from), {});
  };
  for (const char* method : {"auto", "cvode", "rkc2", "rkc3", "rkc4", "tsit5", "gauss4"})
    CHECK(runs(own, Method::flow(1e-6, method), start).status == "finished");
  Wrapped single(true, 1);
  CHECK_THROWS_WITH(runs(single, Method::sgd(0.1, 1, 1), start), Contains("one sample") && Contains("Method::gd"));
  CHECK(runs(single, Method::gd(0.1), start).status == "finished");
  CHECK_THROWS_WITH(runs(own, Method::sgd(0.1, 13, 1), start), Contains("13") && Contains("12"));
  CHECK_THROWS_WITH(runs(own, Method::gd(2.0), start), Contains("above the time"));
  CHECK_THROWS_WITH(runs(own, Method::gd(0.1), {1.0}), Contains("1 numbers"));
  CHECK_THROWS_AS(runs(own, Method::gd(-0.1), start), std::invalid_argument);
  CHECK_THROWS_WITH(Method::flow(1e-6, "dopri6"), Contains("dopri6"));
  CHECK_THROWS_WITH(Method::flow(1e-6, "dopri6"), Contains("did you mean 'dopri5'?"));
  CHECK_THROWS_WITH(Method::flow(1e-6, "rk4"), Contains("rk4"));
  CHECK_THROWS_WITH(Method::flow(1e-6, "foo"), Contains("tsit5") && !Contains("rk4"));
  CHECK_THROWS_AS(Method::gd(0.1, "quadratic"), std::invalid_argument);
  CHECK_THROWS_AS(Method::sgd(0.1, 0, 1), std::invalid_argument);
  CHECK_THROWS_WITH(Laws(own.parameters(), "parameters C[m h]\nlaw a[h] = C[m h] C[m h]\n"),
                    Contains("laws:1:12") && Contains("'C'; it has A, B"));
  CHECK_THROWS_WITH(Laws(own.parameters(), "parameters A[m h]\nlaw a[h] = A[m h] A[m\n"), Contains("laws:2:"));
  CHECK_THROWS_WITH(Block(kText, {{2}, {3}, {1.0, 2.0, 3.0}, {}}, Cost::squared, {{"h", 4}}),
                    Contains("3 numbers in x"));
  CHECK_THROWS_WITH(Block("parameters A[m h\n", {{2}, {3}, {1, 2}, {1, 2, 3}}), Contains("block:1:"));
  const Laws laws(own.parameters(), "parameters A[m h]\nlaw a[h] = A[m h] A[m h]\n");  // B is not declared
  CHECK(laws.components() == 4);
  CHECK(Laws(own.parameters(), "").list().empty());
  std::vector<double> gradient(start.size()), short_one(2);
  CHECK_THROWS_WITH(laws.gradient(start, -1, gradient), Contains("no component -1"));
  CHECK_THROWS_WITH(laws.gradient(start, 4, gradient), Contains("no component 4"));
  CHECK_THROWS_AS(laws.gradient(start, 0, short_one), std::invalid_argument);
  CHECK_THROWS_AS(laws.values(short_one), std::invalid_argument);
  CHECK_THROWS_WITH(laws.defects(own, start, 0), Contains("of 0 samples"));
  const Laws others({{"B", {4, 2}}, {"A", {3, 4}}}, "parameters A[m h]\nlaw a[h] = A[m h] A[m h]\n");
  CHECK_THROWS_WITH(run(own, others, Method::gd(0.1), start, {}), Contains("other parameters"));
  CHECK_THROWS_WITH(run(own, Laws(), Method::gd(0.1), start, {.time = -1.0}), Contains("time: -1"));
  CHECK_THROWS_WITH(run(own, Laws(), Method::gd(0.1), start, {.max_gradients = 0}), Contains("max_gradients"));
  Wrapped none(true, 0);
  CHECK_THROWS_WITH(runs(none, Method::gd(0.1), start), Contains("it has 0") || Contains("has 0; it needs"));
  Data labels{{1}, {2}, {1.0}, {3.0, 1.0}};
  CHECK_THROWS_WITH(Block("parameters A[m d]\ninput x[d]\ny[m] = A[m d] x[d]\n", labels, Cost::cross_entropy),
                    Contains("sums to 4"));
  labels.x[0] = std::nan("");
  CHECK_THROWS_WITH(Block("parameters A[m d]\ninput x[d]\ny[m] = A[m d] x[d]\n", labels), Contains("not finite"));
  CHECK_THROWS_AS(own.block.evaluate(start, std::vector<std::int64_t>{12}, gradient), std::invalid_argument);
  CHECK_THROWS_AS(own.block.evaluate(start, {}, gradient), std::invalid_argument);
}
