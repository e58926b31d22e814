#include "law/double_double.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "cases.h"

using namespace invar;
using namespace invar::law_test;

namespace {

Quad quad(DoubleDouble x) {
  return Quad(x.hi) + Quad(x.lo);
}

DoubleDouble random_wide(Random& random) {
  boost::random::normal_distribution<double> normal;
  const double hi = normal(random) * std::exp(5 * normal(random));
  return fast_two_sum(hi, hi * 0x1p-54 * normal(random));
}

}  // namespace

TEST_CASE("two_sum and two_product lose nothing") {
  Random random(11);
  for (int i = 0; i < 1000; ++i) {
    const double a = random_wide(random).hi, b = random_wide(random).hi;
    CHECK(quad(two_sum(a, b)) == Quad(a) + Quad(b));
    CHECK(quad(two_product(a, b)) == Quad(a) * Quad(b));
  }
}

TEST_CASE("sums and products of double-doubles err by less than their proven bounds") {
  Random random(12);
  const Quad unit = Quad(0x1p-106);
  for (int i = 0; i < 1000; ++i) {
    const DoubleDouble a = random_wide(random), b = random_wide(random);
    // The reference itself has 113 bits: one more unit for it.
    CHECK(abs(quad(a + b) - (quad(a) + quad(b))) <= 4 * unit * abs(quad(a) + quad(b)));
    CHECK(abs(quad(a * b) - quad(a) * quad(b)) <= 6 * unit * abs(quad(a) * quad(b)));
    CHECK(abs(quad(a * b.hi) - quad(a) * Quad(b.hi)) <= 3 * unit * abs(quad(a) * Quad(b.hi)));
    CHECK(abs(quad(a + b.hi) - (quad(a) + Quad(b.hi))) <= 3 * unit * abs(quad(a) + Quad(b.hi)));
  }
}

TEST_CASE("a sum in double-double survives a cancellation that loses all of double") {
  const DoubleDouble sum = (DoubleDouble(1e16) + 1.0) - 1e16;
  CHECK(sum.hi == 1.0);
  CHECK(quad(DoubleDouble(1.0, 1e-20) - DoubleDouble(1.0)) == Quad(1e-20));
}
