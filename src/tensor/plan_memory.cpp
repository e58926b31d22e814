#include "tensor/plan_memory.h"

#include <algorithm>
#include <numeric>

namespace invar {

std::vector<Index> assign_offsets(const std::vector<Lifetime>& pieces, Index granule, Index& arena) {
  std::vector<std::size_t> order(pieces.size());
  std::iota(order.begin(), order.end(), 0u);
  // Large pieces first: small ones fill the gaps.
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return pieces[a].size > pieces[b].size; });

  std::vector<Index> offsets(pieces.size(), 0);
  std::vector<std::size_t> placed;
  arena = 0;
  for (const std::size_t piece : order) {
    const Index size = (pieces[piece].size + granule - 1) / granule * granule;
    std::vector<std::pair<Index, Index>> taken;
    for (const std::size_t other : placed)
      if (pieces[other].first <= pieces[piece].last && pieces[piece].first <= pieces[other].last)
        taken.emplace_back(offsets[other], offsets[other] + (pieces[other].size + granule - 1) / granule * granule);
    std::sort(taken.begin(), taken.end());
    Index offset = 0;
    for (const auto& [begin, end] : taken) {
      if (offset + size <= begin) break;
      offset = std::max(offset, end);
    }
    offsets[piece] = offset;
    arena = std::max(arena, offset + size);
    placed.push_back(piece);
  }
  return offsets;
}

}  // namespace invar
