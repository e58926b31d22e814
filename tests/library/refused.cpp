// Parameters, shapes and methods that are none: refused with value, place and remedy.
#include <catch2/catch.hpp>
#include <cmath>

#include "invar/block.h"
#include "invar/run.h"
#include "invar/sharpness.h"

using namespace invar::api;
using Catch::Matchers::Contains;

namespace {

struct Shaped final : Loss {
  explicit Shaped(std::vector<Tensor> chosen) : tensors(std::move(chosen)) {}
  std::vector<Tensor> parameters() const override { return tensors; }
  double evaluate(std::span<const double>, std::span<const std::int64_t>, std::span<double>) override { return 0.0; }
  bool has_hessian_product() const override { return true; }
  std::vector<Tensor> tensors;
};

constexpr std::int64_t kHuge = std::int64_t{1} << 40;

}  // namespace

TEST_CASE("parameters that are none are refused wherever a loss or its tensors come in") {
  const std::vector<std::pair<std::vector<Tensor>, std::string>> cases{
      {{}, "the loss has none"},
      {{{"A", {2}}, {"A", {3}}}, "the name 'A' stands twice"},
      {{{"A", {2, 0}}}, "'A' has the shape [2, 0], and 0 is no extent; give 1 or more"},
      {{{"A", {-3}}}, "-3 is no extent"},
      {{{"A", {kHuge, kHuge}}}, "'A' has the shape [1099511627776, 1099511627776], more than 10^12 numbers"}};
  for (const auto& [tensors, said] : cases) {
    Shaped loss(tensors);
    CHECK_THROWS_WITH(run(loss, Laws(), Method::gd(0.1), {1.0, 1.0}, {}), Contains("parameters: ") && Contains(said));
    CHECK_THROWS_WITH(sharpness(loss, std::vector<double>{1.0}), Contains(said));
    CHECK_THROWS_WITH(Laws(tensors, ""), Contains(said));
  }
  CHECK_THROWS_AS(parameter_count({{"A", {kHuge, kHuge}}}), std::invalid_argument);
  std::vector<Tensor> many(100, {"A", {100'000'000'000}});
  CHECK_THROWS_WITH(parameter_count(many), Contains("more than 10^12 numbers together"));
  CHECK(parameter_count({}) == 0);
  CHECK(parameter_count({{"number", {}}}) == 1);
  const char* text = "parameters A[m d]\ninput x[d]\ny[m] = A[m d] x[d]\n";
  CHECK_THROWS_WITH(Block(text, {{0}, {2}, {}, {}}), Contains("data: x has the shape [0]"));
  CHECK_THROWS_WITH(Block(text, {{kHuge, kHuge}, {2}, {1}, {1}}), Contains("more than 10^12"));
  CHECK_THROWS_WITH(Block(text, {{1}, {-1}, {1}, {1}}, Cost::cross_entropy), Contains("data: y has the shape [-1]"));
}

TEST_CASE("laws are asked of their own loss, which has samples, and within their reach") {
  struct Empty final : Loss {
    std::vector<Tensor> parameters() const override { return {{"a", {2}}}; }
    std::int64_t samples() const override { return number; }
    double evaluate(std::span<const double>, std::span<const std::int64_t>, std::span<double>) override { return 0.0; }
    bool has_hessian_product() const override { return true; }
    std::int64_t number = 0;
  } loss;
  const char* text = "parameters a[i]\nlaw q = a[i] a[i]\n";
  const std::vector<double> theta{1.0, 2.0};
  CHECK_THROWS_WITH(Laws(loss.parameters(), text).defects(loss, theta), Contains("samples: the loss has 0"));
  CHECK_THROWS_WITH(sharpness(loss, theta), Contains("samples: the loss has 0"));
  loss.number = 1;
  CHECK_THROWS_WITH(Laws({{"b", {1}}, {"a", {1}}}, text).defects(loss, theta), Contains("other parameters"));
  CHECK(Laws({{"a", {2}}, {"b", {std::int64_t{1} << 33}}}, text).components() == 1);
  CHECK_THROWS_WITH(Laws({{"b", {std::int64_t{1} << 33}}, {"a", {2}}}, text),
                    Contains("'a' ends at number 8589934594") && Contains("2^31 - 1"));
}

TEST_CASE("tolerances and step sizes are refused with the number that was given") {
  CHECK_THROWS_WITH(Method::flow(-1), Contains("rtol: -1 is out of range; give a number above 0"));
  CHECK_THROWS_WITH(Method::flow(0), Contains("rtol: 0 "));
  CHECK_THROWS_WITH(Method::flow(NAN), Contains("rtol: ") && Contains("not finite"));
  CHECK_THROWS_WITH(Method::flow(1e-6, "auto", -1e-9), Contains("atol: -1e-9 is out of range"));
  CHECK_THROWS_WITH(Method::flow(1e-6, "auto", INFINITY), Contains("atol: ") && Contains("not finite"));
  CHECK(Method::flow(1e-6).atol == 1e-8);
  CHECK_THROWS_WITH(Method::gd(-0.1), Contains("step_size: -0.1 is out of range"));
  CHECK_THROWS_WITH(Method::gd(NAN), Contains("step_size: ") && Contains("not finite"));
  CHECK_THROWS_WITH(Method::sgd(0.0, 1, 1), Contains("step_size: 0 "));
  Shaped loss({{"A", {1}}});
  Method own = Method::flow();
  own.rtol = -2.0;
  CHECK_THROWS_WITH(run(loss, Laws(), own, {1.0}, {}), Contains("rtol: -2 "));
  own = Method::gd(0.1);
  own.batch = -1;
  CHECK_THROWS_WITH(run(loss, Laws(), own, {1.0}, {}), Contains("batch: -1 "));
  CHECK_THROWS_WITH(run(loss, Laws(), Method(), {1.0}, {}), Contains("integrator"));
  CHECK_THROWS_WITH(run(loss, Laws(), Method::gd(0.1), {1.0}, {.records = 0}), Contains("records: 0 "));
  CHECK_THROWS_WITH(run(loss, Laws(), Method::gd(0.1), {1.0}, {.time = INFINITY}), Contains("time: "));
  CHECK_THROWS_WITH(run(loss, Laws(), Method::gd(0.1), {NAN}, {}), Contains("start: number 0 is"));
}
