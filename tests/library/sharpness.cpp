// The library's sharpness: the ends of a spectrum that is known, and what is refused.
#include "invar/sharpness.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using namespace invar::api;
using Catch::Matchers::Contains;

namespace {

/// C = ½ Σ λ_i θ_i² with λ = 5, -2, 1, 0.5.
struct Quadratic : Loss {
  std::vector<Tensor> parameters() const override { return {{"w", {4}}}; }
  double evaluate(std::span<const double> theta, std::span<const std::int64_t>, std::span<double> gradient) override {
    double sum = 0.0;
    for (std::size_t i = 0; i < 4; ++i) gradient[i] = kValues[i] * theta[i], sum += 0.5 * gradient[i] * theta[i];
    return sum;
  }
  bool has_hessian_product() const override { return with; }
  void hessian_product(std::span<const double>, std::span<const double> v, std::span<double> out) override {
    for (std::size_t i = 0; i < written; ++i) out[i] = kValues[i] * v[i];
    if (++products == spoilt) out[1] = INFINITY;
    if (products == thrown) throw std::runtime_error("the product's own error");
  }
  static constexpr double kValues[4] = {5.0, -2.0, 1.0, 0.5};
  bool with = true;
  std::size_t written = 4;
  int products = 0, spoilt = 0, thrown = 0;
};

const std::vector<double> kStart{1.0, 2.0, 3.0, 4.0};

}  // namespace

TEST_CASE("the sharpness is the largest eigenvalue, with the smallest beside it") {
  Quadratic loss;
  const Sharpness found = sharpness(loss, kStart);
  CHECK(found.largest == Approx(5.0).epsilon(1e-12));
  CHECK(found.smallest == Approx(-2.0).epsilon(1e-12));
  CHECK(found.residual_largest < 5e-8);
  CHECK(found.residual_smallest < 5e-8);
  CHECK(found.converged);
  CHECK(found.products == loss.products);
  const Sharpness short_of_it = sharpness(loss, kStart, {.max_products = 2});
  CHECK(short_of_it.products == 2);
  CHECK_FALSE(short_of_it.converged);
  CHECK(5.0 - short_of_it.largest <= short_of_it.residual_largest);
}

TEST_CASE("a sharpness without products, or of products that are none, is refused") {
  Quadratic without;
  without.with = false;
  CHECK_THROWS_WITH(sharpness(without, kStart), Contains("has none; give it hessian_product()"));
  Quadratic infinite;
  infinite.spoilt = 2;
  CHECK_THROWS_WITH(sharpness(infinite, kStart), Contains("product 2 has a number that is not finite"));
  Quadratic partly;
  partly.written = 3;
  CHECK_THROWS_WITH(sharpness(partly, kStart), Contains("product 1 has a number that is not finite"));
  Quadratic throwing;
  throwing.thrown = 1;
  CHECK_THROWS_WITH(sharpness(throwing, kStart), Contains("the product's own error"));
  Quadratic loss;
  CHECK_THROWS_WITH(sharpness(loss, std::vector<double>{1.0}), Contains("theta: it has 1 numbers, and the loss 4"));
  CHECK_THROWS_WITH(sharpness(loss, std::vector<double>{1.0, NAN, 0.0, 0.0}), Contains("theta: number 1 is"));
  CHECK_THROWS_WITH(sharpness(loss, kStart, {.tolerance = 0.0}), Contains("tolerance: 0 is not above 0"));
  CHECK_THROWS_WITH(sharpness(loss, kStart, {.max_products = -1}), Contains("max_products: -1"));
}
