#include "problem/law_sizes.h"

namespace invar {

std::size_t form_components(const Problem& problem) {
  std::size_t count = 0;
  for (const LawForm& form : problem.forms) count += static_cast<std::size_t>(form.components());
  return count;
}

std::size_t general_components(const Problem& problem) {
  std::size_t count = 0;
  for (const Law& law : problem.general)
    count += static_cast<std::size_t>(extent_product(problem.block.graph[law.node].shape));
  return count;
}

}  // namespace invar
