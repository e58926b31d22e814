// The vectorised functions against quad precision, over their whole range.
#include "backend/elementary.h"

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_real_distribution.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace invar {
namespace {

struct Range {
  Function function;
  const char* name;
  double low, high, ulp;
};

// Those above 1.6 are composed of several rounded operations.
const Range kRanges[] = {{Function::exp, "exp", -80, 80, 1.1},
                         {Function::log, "log", 1e-30, 1e6, 1.1},
                         {Function::reciprocal, "reciprocal", -9, 9, 1},
                         {Function::sqrt, "sqrt", 0, 1e9, 1},
                         {Function::rsqrt, "rsqrt", 1e-6, 1e6, 2},
                         {Function::tanh, "tanh", -20, 20, 2.5},
                         {Function::tanh, "tanh in the middle", -0.6, 0.6, 2.5},
                         {Function::tanh, "tanh at 0", -1e-5, 1e-5, 1.5},
                         {Function::sigmoid, "sigmoid", -80, 80, 3},
                         {Function::erfc, "erfc", -6, 8, 1.6},
                         {Function::sin, "sin", -100, 100, 1.1},
                         {Function::cos, "cos", -100, 100, 1.1},
                         {Function::softplus, "softplus", -60, 60, 3}};

template <class S>
double ulp(S value) {
  const double magnitude = std::abs(static_cast<double>(value));
  return static_cast<double>(std::nextafter(static_cast<S>(magnitude), std::numeric_limits<S>::infinity())) - magnitude;
}

template <class S>
double worst_error_in_ulp(const Range& range) {
  boost::random::mt19937_64 random(7);
  boost::random::uniform_real_distribution<double> uniform(range.low, range.high);
  std::vector<S> x(20001), y(x.size());
  for (S& value : x) value = static_cast<S>(uniform(random));
  apply_function<S>(range.function, x.data(), y.data(), static_cast<Index>(x.size()));
  double worst = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Quad exact_x = static_cast<Quad>(x[i]);
    Quad exact_y;
    apply_function<Quad>(range.function, &exact_x, &exact_y, 1);
    if (abs(exact_y) < static_cast<Quad>(std::numeric_limits<S>::min())) continue;
    const Quad error = abs(static_cast<Quad>(y[i]) - exact_y);
    worst = std::max(worst, static_cast<double>(error / static_cast<Quad>(ulp<S>(static_cast<S>(exact_y)))));
  }
  return worst;
}

}  // namespace

TEST_CASE("vectorised functions are accurate to a few units in the last place") {
  for (const Range& range : kRanges) {
    CAPTURE(range.name);
    CHECK(worst_error_in_ulp<double>(range) <= range.ulp);
    CHECK(worst_error_in_ulp<float>(range) <= range.ulp);
  }
}

TEST_CASE("kinks and extremes have their exact values, and NaN stays NaN") {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> x{-infinity, -800.0, -2.0, 0.0, 3.0, 800.0, infinity, nan};
  std::vector<double> y(x.size());
  const auto map = [&](Function function) {
    apply_function<double>(function, x.data(), y.data(), static_cast<Index>(x.size()));
    return std::vector<double>(y.begin(), y.end() - 1);
  };
  CHECK(map(Function::relu) == std::vector<double>{0, 0, 0, 0, 3, 800, infinity});
  CHECK(std::isnan(y.back()));
  CHECK(map(Function::step) == std::vector<double>{0, 0, 0, 0, 1, 1, 1});
  CHECK(map(Function::sign) == std::vector<double>{-1, -1, -1, 0, 1, 1, 1});
  const auto sigmoid = map(Function::sigmoid);
  CHECK(sigmoid.front() == 0.0);
  CHECK(sigmoid.back() == 1.0);
  CHECK(std::isnan(y.back()));
  const auto tanh = map(Function::tanh);
  CHECK(tanh == std::vector<double>{-1, -1, tanh[2], 0, tanh[4], 1, 1});
  CHECK(std::isnan(y.back()));
  const auto softplus = map(Function::softplus);
  CHECK(softplus[1] == 0.0);
  CHECK(softplus[5] == 800.0);
}

TEST_CASE("a function of an array does not depend on where the array is cut") {
  boost::random::mt19937_64 random(3);
  boost::random::uniform_real_distribution<double> uniform(-3, 3);
  std::vector<double> x(101), whole(x.size()), pieces(x.size());
  for (double& value : x) value = uniform(random);
  apply_function<double>(Function::tanh, x.data(), whole.data(), 101);
  for (std::size_t first = 0; first < x.size(); first += 7)
    apply_function<double>(Function::tanh, x.data() + first, pieces.data() + first,
                           static_cast<Index>(std::min<std::size_t>(7, x.size() - first)));
  CHECK(whole == pieces);
}

}  // namespace invar
