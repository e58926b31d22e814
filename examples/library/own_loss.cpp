// A loss of your own: its laws as text, and flow, GD and SGD on it with records and budget.
#include <invar/run.h>

#include <cmath>
#include <cstdio>

using namespace invar::api;

struct TwoLayers final : Loss {  // y = A B x with A [1 h], B [h d], h = 3, d = 2; 16 samples x on a circle
  std::vector<Tensor> parameters() const override { return {{"A", {1, 3}}, {"B", {3, 2}}}; }
  std::int64_t samples() const override { return 16; }
  bool has_hessian_product() const override { return true; }

  /// One sample's part of the loss, its gradient g, and of the Hessian its product with v where there is one.
  static double add(std::int64_t s, double share, const double* t, double* g, const double* v, double* out) {
    const double x[2] = {std::cos(0.4 * static_cast<double>(s)), std::sin(0.4 * static_cast<double>(s))};
    double error = -(x[0] - 0.5 * x[1]), along = 0.0, h[3], dh[3] = {};
    for (int j = 0; j < 3; ++j) {
      h[j] = t[3 + 2 * j] * x[0] + t[4 + 2 * j] * x[1];
      error += t[j] * h[j];
      if (v) along += v[j] * h[j] + t[j] * (dh[j] = v[3 + 2 * j] * x[0] + v[4 + 2 * j] * x[1]);
    }
    for (int j = 0; j < 3; ++j) {
      (v ? out : g)[j] += share * (v ? along * h[j] + error * dh[j] : error * h[j]);
      for (int d = 0; d < 2; ++d)
        (v ? out : g)[3 + 2 * j + d] += share * x[d] * (v ? along * t[j] + error * v[j] : error * t[j]);
    }
    return 0.5 * share * error * error;
  }
  double evaluate(std::span<const double> theta, std::span<const std::int64_t> numbers,
                  std::span<double> gradient) override {
    double sum = 0.0;
    for (double& g : gradient) g = 0.0;
    for (const std::int64_t s : numbers)
      sum += add(s, 1.0 / static_cast<double>(numbers.size()), theta.data(), gradient.data(), nullptr, nullptr);
    return sum;
  }
  void hessian_product(std::span<const double> theta, std::span<const double> v, std::span<double> out) override {
    for (double& o : out) o = 0.0;
    for (std::int64_t s = 0; s < 16; ++s) add(s, 1.0 / 16.0, theta.data(), nullptr, v.data(), out.data());
  }
};

int main() {
  TwoLayers loss;
  const Laws laws(loss.parameters(), "parameters A[m h] B[h d]\nlaw balance[h k] = A[m h] A[m k] - B[h d] B[k d]\n");
  const std::vector<double> start = {0.9, -0.3, 0.4, 0.2, 0.5, -0.6, 0.1, 0.3, -0.2};
  const RunOptions options{.time = 20.0, .records = 4};
  for (const Method& method : {Method::flow(1e-10), Method::gd(0.05), Method::sgd(0.05, 4, 1)}) {
    const Result result = run(loss, laws, method, start, options);
    const Row& end = result.rows.back();
    std::printf("%-16s %s: loss %.1e, %lld gradients; balance drifts %.2e, bound %.1e\n", method.integrator.c_str(),
                result.status.c_str(), end.loss, static_cast<long long>(result.gradients), end.drift[1], end.bound[1]);
  }
}
