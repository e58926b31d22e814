#include "tensor/product_cost.h"

#include <algorithm>

namespace invar {
namespace {

constexpr double kCallNanoseconds = 60.0;
constexpr double kRegister = 16.0;  // elements: shorter rows of a result leave the registers half empty

}  // namespace

double product_nanoseconds(const ProductKernel& kernel) {
  double calls = 1.0;
  for (const Loop& loop : kernel.outer) calls *= static_cast<double>(loop.extent);
  for (const Loop& loop : kernel.outer_sum) calls *= static_cast<double>(loop.extent);
  const auto m = static_cast<double>(kernel.rows.extent), n = static_cast<double>(kernel.columns.extent),
             k = static_cast<double>(kernel.sum.extent);
  const auto copied = [](double count, bool unit) { return count * (unit ? kCopyNanoseconds : kStridedNanoseconds); };
  const bool by_columns = kernel.columns.out == 1 || kernel.columns.extent == 1;
  const bool by_rows = kernel.rows.out == 1 || kernel.rows.extent == 1;
  const double elements = by_rows && !by_columns ? std::max(m, kRegister) * n : m * std::max(n, kRegister);
  return calls *
         (2.0 * elements * k / kOperationsPerNanosecond + copied(m * k, kernel.rows.a == 1 || kernel.sum.a == 1) +
          copied(k * n, kernel.columns.b == 1 || kernel.sum.b == 1) + copied(m * n, by_rows || by_columns) +
          kCallNanoseconds);
}

}  // namespace invar
