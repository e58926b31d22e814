// Functions and gates over the whole range of a format: where the value is a number that the format holds, so is the
// gradient, and it is that of quad precision.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "backend/objective.h"
#include "tensor/block.h"

using namespace invar;

namespace {

struct Ranged {
  std::string name, text;  // of p[e], at `centre` and beside it
  double low, high;        // of the centre, in float
  double low_double, high_double;
};

const char* kGate = "parameters p[e] a[e]=0.7\ninput x\ns[e] = p[e] x\n";

const std::vector<Ranged> kRanges = {
    {"sigmoid", "g[e] = sigmoid(s[e])", -86, 86, -700, 700},
    {"tanh", "g[e] = tanh(s[e])", -86, 86, -700, 700},
    {"silu", "g[e] = silu(s[e])", -86, 1e3, -700, 1e3},
    {"gelu", "g[e] = gelu(s[e])", -12, 1e3, -36, 1e3},
    {"gelu_tanh", "g[e] = gelu_tanh(s[e])", -9, 1e3, -20, 1e3},
    {"softplus", "g[e] = softplus(s[e])", -86, 1e3, -700, 1e3},
    {"exp", "g[e] = exp(s[e])", -40, 40, -340, 340},
    {"erf", "g[e] = erf(s[e])", -8, 8, -25, 25},
    {"softmax", "g[e] = softmax[e](s[e])", -1e3, 1e3, -1e3, 1e3},
    {"normalised sigmoid", "r[e] = sigmoid(s[e])\ng[e] = r[e] / sum[f](r[f])", -1e3, 1e3, -1e3, 1e3},
    {"normalised exponential", "r[e] = exp(s[e])\ng[e] = r[e] / sum[f](r[f])", -1e3, 1e3, -1e3, 1e3},
    {"normalised top two",
     "r[e] = sigmoid(s[e])\nm[e] = top_k[e](s[e], k=2)\nk[e] = r[e] m[e]\ng[e] = k[e] / sum[f](k[f])", -1e3, 1e3, -1e3,
     1e3},
    {"top two of the normalised",
     "m[e] = top_k[e](s[e], k=2)\ng[e] = 3 m[e] sigmoid(s[e]) / (sum[f](sigmoid(s[f])) / dim(e))", -1e3, 1e3, -1e3,
     1e3},
    {"square of a quotient", "r[e] = exp(s[e])\ng[e] = r[e]^2 / sum[f](r[f])^2", -40, 40, -345, 345},
};
// Norms, whose arguments grow by powers of ten.
const std::vector<Ranged> kNorms = {
    {"rms norm", "g[e] = rms_norm[e](s[e], eps=0)", -17, 17, -140, 140},
    {"layer norm", "g[e] = layer_norm[e](s[e], eps=0)", -16, 17, -140, 140},
    {"euclidean norm", "n = sqrt(s[f] s[f])\ng[e] = s[e] / n", -17, 17, -140, 140},
    {"inverse", "g[e] = 1 / s[e]", -15, 15, -120, 120},
    {"log", "g[e] = log(abs(s[e]))", -35, 37, -300, 300},
};

template <class S>
std::vector<double> gradient(const CostPlans& plans, const SampleArrays& samples, const std::vector<double>& theta) {
  Objective<S> objective(plans, samples);
  std::vector<S> point(theta.size()), slope(theta.size());
  for (std::size_t i = 0; i < theta.size(); ++i) point[i] = static_cast<S>(theta[i]);
  objective.evaluate(point.data(), slope.data());
  std::vector<double> result;
  for (const S& entry : slope) result.push_back(static_cast<double>(entry));
  return result;
}

template <class S>
void compare(const CostPlans& plans, const SampleArrays& samples, std::vector<double> theta, double size) {
  for (double& entry : theta) entry = static_cast<double>(static_cast<S>(entry));
  const std::vector<double> ours = gradient<S>(plans, samples, theta), exact = gradient<Quad>(plans, samples, theta);
  double largest = 0.0;
  for (const double entry : exact) largest = std::max(largest, std::abs(entry));
  const double eps = std::numeric_limits<S>::epsilon();
  if (!(largest < static_cast<double>(std::numeric_limits<S>::max()) / 1e3)) return;  // no gradient of this format
  for (std::size_t i = 0; i < exact.size(); ++i) {
    CAPTURE(i, ours[i], exact[i]);
    CHECK(std::abs(ours[i] - exact[i]) <=
          64 * eps * (1.0 + size) * largest + static_cast<double>(std::numeric_limits<S>::min()));
  }
}

void check(const Ranged& one, bool powers) {
  CAPTURE(one.name);
  KnownSizes sizes;
  sizes.extents["e"] = 4;
  const Block block = read_block(kGate + one.text + "\ny = a[e] g[e]\n", sizes, one.name);
  const CostPlans plans = plan_cost(block, Loss::squared);
  const SampleArrays samples{1, 1, 1, {1.0}, {0.25}};
  constexpr int kPoints = 41;
  for (int i = 0; i < kPoints; ++i) {
    const auto centre = [&](double low, double high) { return low + (high - low) * i / (kPoints - 1); };
    const auto theta = [&](double at) {
      std::vector<double> result;
      for (const double beside : {-0.4, 0.1, 0.3, 0.9})
        result.push_back(powers ? (1.0 + beside) * std::pow(10.0, at) : at + beside);
      result.insert(result.end(), {0.7, -0.3, 0.2, 0.5});
      return result;
    };
    const double narrow = centre(one.low, one.high), wide = centre(one.low_double, one.high_double);
    CAPTURE(narrow, wide);
    compare<float>(plans, samples, theta(narrow), powers ? 100.0 : std::abs(narrow));
    compare<double>(plans, samples, theta(wide), powers ? 1000.0 : std::abs(wide));
  }
}

}  // namespace

TEST_CASE("functions and gates have the gradients of quad precision over the whole range of their format") {
  for (const Ranged& one : kRanges) check(one, false);
}

TEST_CASE("norms and quotients have the gradients of quad precision over the whole range of their format") {
  for (const Ranged& one : kNorms) check(one, true);
}
