// A block as text with data and a start: its value, gradient and Hessian-vector product, its sharpness, its laws.
#include <invar/block.h>
#include <invar/sharpness.h>

#include <cmath>
#include <cstdio>
#include <numeric>

using namespace invar::api;

int main() {
  const char* text = R"(
sizes      h=3 m=2
parameters A[m h] V[h d] W[h d]
input      x[d]
y[m] = A[m h] silu(W[h d] x[d]) (V[h d] x[d])
law     down_up[h]   = A[m h] A[m h] - V[h d] V[h d]
control down_gate[h] = A[m h] A[m h] - W[h d] W[h d]
)";
  const std::int64_t samples = 8, inputs = 4;
  Data data{{inputs}, {2}, {}, {}};
  for (std::int64_t i = 0; i < samples * inputs; ++i) data.x.push_back(std::sin(1.0 + static_cast<double>(i)));
  for (std::int64_t i = 0; i < samples * 2; ++i) data.y.push_back(std::cos(static_cast<double>(i)));

  Block block(text, data);
  const std::vector<double> theta = block.start(1);
  std::vector<double> gradient(theta.size()), product(theta.size());
  std::vector<std::int64_t> all(samples);
  std::iota(all.begin(), all.end(), 0);
  const double loss = block.evaluate(theta, all, gradient);
  block.hessian_product(theta, gradient, product);
  const double slope = std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.0);
  const double curvature = std::inner_product(gradient.begin(), gradient.end(), product.begin(), 0.0) / slope;
  std::printf("%zu parameters, loss %.6f, |gradient| %.6f, curvature along it %.6f\n", theta.size(), loss,
              std::sqrt(slope), curvature);
  const Sharpness ends = sharpness(block, theta);
  std::printf("eigenvalues of the Hessian from %.6f to %.6f, the sharpness, within %.0e; %d products\n", ends.smallest,
              ends.largest, ends.residual_largest, static_cast<int>(ends.products));

  const std::vector<double> values = block.laws().values(theta), defects = block.laws().defects(block, theta);
  std::size_t at = 0;
  for (const Law& law : block.laws().list())
    for (std::int64_t c = 0; c < law.components; ++c, ++at)
      std::printf("%-8s %-10s %d: h = %9.6f, defect %.1e\n", law.kind.c_str(), law.name.c_str(), static_cast<int>(c),
                  values[at], defects[at]);
  return 0;
}
