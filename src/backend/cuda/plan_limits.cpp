#include "backend/cuda/plan_limits.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "error.h"
#include "tensor/elementwise.h"

namespace invar::cuda {
namespace {

/// "exp, sigmoid and 12 products and sums over 512 numbers".
std::string text(const PointwiseKernel& kernel) {
  std::vector<std::string_view> functions;
  std::size_t other = 0;
  for (const Instruction& instruction : kernel.instructions) {
    if (instruction.code != Instruction::Code::apply)
      other += instruction.code != Instruction::Code::gather;
    else if (std::ranges::find(functions, name(instruction.function)) == functions.end())
      functions.push_back(name(instruction.function));
  }
  std::string list;
  for (const std::string_view function : functions) list += (list.empty() ? "" : ", ") + std::string(function);
  return list + (list.empty() ? "" : " and ") + std::to_string(other) + " products and sums over " +
         std::to_string(kernel.elements) + " numbers";
}

}  // namespace

void check_limits(const KernelPlan& plan) {
  for (const ProductKernel& kernel : plan.products)
    if (kernel.stretched != ProductSide::none)
      throw std::invalid_argument("a plan of chosen experts' rows cannot run on a device");
  for (const PointwiseKernel& kernel : plan.pointwise)
    if (kernel.registers > kRegisters)
      throw InputError("the cuda backend has " + std::to_string(kRegisters) +
                       " registers for an elementwise operation, and one of this block needs " +
                       std::to_string(kernel.registers) + ": " + text(kernel) + "; use --backend host");
}

}  // namespace invar::cuda
