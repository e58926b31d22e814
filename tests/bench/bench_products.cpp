// Matrix products of a small transformer's shapes: ours and Eigen's, with plain and transposed operands, on one core.
#include <benchmark/benchmark.h>
#include <Eigen/Core>

#include <string>

#include "backend/host_executor.h"
#include "backend/matrix_product.h"

using namespace invar;

namespace {

struct ProductShape {
  Index m, n, k;
};
constexpr ProductShape kShapes[] = {{64, 64, 64},     {256, 256, 64},    {1024, 768, 192}, {1024, 192, 768},
                                    {192, 768, 1024}, {2048, 1024, 256}, {2048, 256, 1024}};

template <class S>
void product(benchmark::State& state, ProductShape shape, bool ours, bool a_transposed, bool b_transposed) {
  using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto [m, n, k] = shape;
  const Matrix a = a_transposed ? Matrix::Random(k, m) : Matrix::Random(m, k),
               b = b_transposed ? Matrix::Random(n, k) : Matrix::Random(k, n);
  Matrix c(m, n);
  AlignedVector<S> scratch(static_cast<std::size_t>(matrix_scratch<S>()));
  for (auto _ : state) {
    if (ours) {
      matrix_product<S>({.m = m,
                         .n = n,
                         .k = k,
                         .a = a.data(),
                         .b = b.data(),
                         .c = c.data(),
                         .a_row = a_transposed ? 1 : k,
                         .a_column = a_transposed ? m : 1,
                         .b_row = b_transposed ? 1 : n,
                         .b_column = b_transposed ? k : 1,
                         .c_row = n,
                         .c_column = 1},
                        scratch.data());
    } else if (a_transposed) {
      c.noalias() = a.transpose() * b;
    } else if (b_transposed) {
      c.noalias() = a * b.transpose();
    } else {
      c.noalias() = a * b;
    }
    benchmark::DoNotOptimize(c.data());
  }
  state.counters["GFLOP/s"] =
      benchmark::Counter(2e-9 * static_cast<double>(m * n * k), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

int main(int argc, char** argv) {
  Eigen::setNbThreads(1);
  for (const ProductShape shape : kShapes)
    for (const auto& [kind, a, b] : {std::tuple{"a-b", false, false}, {"a-bt", false, true}, {"at-b", true, false}})
      for (const bool ours : {true, false}) {
        const std::string name = std::to_string(shape.m) + "x" + std::to_string(shape.n) + "x" +
                                 std::to_string(shape.k) + "/" + kind + (ours ? "/ours" : "/eigen");
        benchmark::RegisterBenchmark((name + "/float").c_str(), product<float>, shape, ours, a, b);
        benchmark::RegisterBenchmark((name + "/double").c_str(), product<double>, shape, ours, a, b);
      }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
