// Matrix products with strides of all kinds against sums in quad precision.
#include "backend/matrix_product.h"

#include <catch2/catch.hpp>

#include "tests/backend/batch_oracle.h"

using namespace invar;
using namespace invar::oracle;

namespace {

/// A matrix somewhere in a longer vector: rows side by side, columns side by side, or neither.
struct Placed {
  Index row, column, size;
};
Placed place(Random& random, Index rows, Index columns) {
  const Index gap = below(random, 4);
  switch (below(random, 3)) {
    case 0:
      return {columns + gap, 1, rows * (columns + gap)};
    case 1:
      return {1, rows + gap, columns * (rows + gap)};
    default:
      return {2 * (columns + gap), 2, 2 * rows * (columns + gap)};
  }
}

template <class S>
void check(Random& random, Index m, Index n, Index k, double tolerance) {
  const Placed at_a = place(random, m, k), at_b = place(random, k, n), at_c = place(random, m, n);
  const auto numbers = [&random](Index count) {
    const Numbers values = normal(random, count);
    return std::vector<S>(values.begin(), values.end());
  };
  const std::vector<S> a = numbers(at_a.size), b = numbers(at_b.size), before = numbers(at_c.size);
  std::vector<S> c = before;
  const bool add = below(random, 2) == 1;
  const S scale = static_cast<S>(0.5 + static_cast<double>(below(random, 3)));
  AlignedVector<S> scratch(static_cast<std::size_t>(matrix_scratch<S>()));
  matrix_product<S>({.m = m,
                     .n = n,
                     .k = k,
                     .a = a.data(),
                     .b = b.data(),
                     .c = c.data(),
                     .a_row = at_a.row,
                     .a_column = at_a.column,
                     .b_row = at_b.row,
                     .b_column = at_b.column,
                     .c_row = at_c.row,
                     .c_column = at_c.column,
                     .scale = scale,
                     .add = add},
                    scratch.data());
  CAPTURE(m, n, k, at_a.row, at_a.column, at_b.row, at_b.column, at_c.row, at_c.column, add, sizeof(S));
  std::vector<char> written(c.size(), 0);
  double worst = 0.0;
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j) {
      Quad sum = 0, size = 1;
      for (Index l = 0; l < k; ++l) {
        const Quad term = Quad(a[static_cast<std::size_t>(i * at_a.row + l * at_a.column)]) *
                          Quad(b[static_cast<std::size_t>(l * at_b.row + j * at_b.column)]);
        sum += term;
        size += abs(term);
      }
      const auto at = static_cast<std::size_t>(i * at_c.row + j * at_c.column);
      written[at] = 1;
      const Quad expected = Quad(scale) * sum + (add ? Quad(before[at]) : Quad(0));
      const Quad difference = (Quad(c[at]) - expected) / size;
      worst = std::max(worst, std::abs(static_cast<double>(difference)));
    }
  CHECK(worst < tolerance);
  bool kept = true;
  for (std::size_t i = 0; i < c.size(); ++i) kept = kept && (written[i] || c[i] == before[i]);
  CHECK(kept);
}

/// Index (i, j, l) of a term on one side.
Index along(ProductSide side, Index i, Index j, Index l) {
  return side == ProductSide::rows ? i : side == ProductSide::columns ? j : l;
}

/// Operands that are zero where index(low) > index(high), or a result that is not looked at there.
template <class S>
void check_triangle(Random& random, ProductSide low, ProductSide high, Index m, Index n, Index k, double tolerance) {
  const Placed at_a = place(random, m, k), at_b = place(random, k, n), at_c = place(random, m, n);
  const auto numbers = [&random](Index count) {
    const Numbers values = normal(random, count);
    return std::vector<S>(values.begin(), values.end());
  };
  std::vector<S> a = numbers(at_a.size), b = numbers(at_b.size), before = numbers(at_c.size);
  const auto out = [&](Index i, Index j, Index l) { return along(low, i, j, l) > along(high, i, j, l); };
  const auto between = [&](ProductSide x, ProductSide y) { return (low == x && high == y) || (low == y && high == x); };
  for (Index i = 0; i < m; ++i)
    for (Index l = 0; l < k; ++l)
      if (between(ProductSide::rows, ProductSide::sum) && out(i, 0, l))
        a[static_cast<std::size_t>(i * at_a.row + l * at_a.column)] = S(0);
  for (Index l = 0; l < k; ++l)
    for (Index j = 0; j < n; ++j)
      if (between(ProductSide::columns, ProductSide::sum) && out(0, j, l))
        b[static_cast<std::size_t>(l * at_b.row + j * at_b.column)] = S(0);
  std::vector<S> c = before;
  const bool add = below(random, 2) == 1;
  AlignedVector<S> scratch(static_cast<std::size_t>(matrix_scratch<S>()));
  matrix_product<S>({.m = m,
                     .n = n,
                     .k = k,
                     .a = a.data(),
                     .b = b.data(),
                     .c = c.data(),
                     .a_row = at_a.row,
                     .a_column = at_a.column,
                     .b_row = at_b.row,
                     .b_column = at_b.column,
                     .c_row = at_c.row,
                     .c_column = at_c.column,
                     .add = add,
                     .low = low,
                     .high = high},
                    scratch.data());
  CAPTURE(m, n, k, static_cast<int>(low), static_cast<int>(high), at_a.row, at_b.row, at_c.row, add, sizeof(S));
  double worst = 0.0;
  bool finite = true;
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j) {
      const auto at = static_cast<std::size_t>(i * at_c.row + j * at_c.column);
      finite = finite && std::isfinite(static_cast<double>(c[at]));
      if (between(ProductSide::rows, ProductSide::columns) && out(i, j, 0)) continue;
      Quad sum = add ? Quad(before[at]) : Quad(0), size = 1;
      for (Index l = 0; l < k; ++l) {
        const Quad term = Quad(a[static_cast<std::size_t>(i * at_a.row + l * at_a.column)]) *
                          Quad(b[static_cast<std::size_t>(l * at_b.row + j * at_b.column)]);
        sum += term;
        size += abs(term);
      }
      const Quad difference = (Quad(c[at]) - sum) / size;
      worst = std::max(worst, std::abs(static_cast<double>(difference)));
    }
  CHECK(worst < tolerance);
  CHECK(finite);
}

}  // namespace

TEST_CASE("a product whose terms above a diagonal are zero or unwanted has all others") {
  Random random(13);
  using enum ProductSide;
  for (const auto& [low, high] :
       {std::pair{rows, columns}, {columns, rows}, {rows, sum}, {sum, rows}, {columns, sum}, {sum, columns}})
    for (int trial = 0; trial < 20; ++trial) {
      // Long enough for several blocks of the sum; what has no diagonal may have any extent.
      const Index extent = trial < 4 ? 300 + below(random, 300) : 1 + below(random, 60), other = 1 + below(random, 40);
      const auto on = [&](ProductSide side) { return low == side || high == side ? extent : other; };
      check_triangle<float>(random, low, high, on(rows), on(columns), on(sum), 1e-6);
      check_triangle<double>(random, low, high, on(rows), on(columns), on(sum), 1e-15);
    }
}

TEST_CASE("a matrix product with any strides has its sums right and writes nothing else") {
  Random random(11);
  for (int trial = 0; trial < 60; ++trial) {
    const Index m = 1 + below(random, 50), n = 1 + below(random, 80), k = 1 + below(random, 40);
    check<float>(random, m, n, k, 1e-6);
    check<double>(random, m, n, k, 1e-15);
    if (trial < 5) check<Quad>(random, m, n, k, 1e-32);
  }
  // Beyond one block of each kind: rows, columns, the sum.
  for (const auto& [m, n, k] : {std::array<Index, 3>{300, 17, 20}, {5, 1100, 9}, {31, 33, 600}}) {
    for (int trial = 0; trial < 6; ++trial) {
      check<float>(random, m, n, k, 1e-6);
      check<double>(random, m, n, k, 1e-15);
    }
  }
}
