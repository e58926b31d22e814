#include "tensor/plan_memory.h"

#include <algorithm>
#include <numeric>

namespace invar {
namespace {

struct Placed {
  Index begin, end;
  int first, last;
};

}  // namespace

std::vector<Index> assign_offsets(const std::vector<Lifetime>& pieces, Index granule, Index& arena) {
  std::vector<std::size_t> order(pieces.size());
  std::iota(order.begin(), order.end(), 0u);
  // Large pieces first: small ones fill the gaps.
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return pieces[a].size > pieces[b].size; });

  std::vector<Index> offsets(pieces.size(), 0);
  std::vector<Placed> placed;  // by where they begin
  placed.reserve(pieces.size());
  arena = 0;
  for (const std::size_t i : order) {
    const Lifetime& piece = pieces[i];
    const Index size = (piece.size + granule - 1) / granule * granule;
    Index offset = 0;
    for (const Placed& other : placed) {
      if (other.first > piece.last || piece.first > other.last) continue;
      if (offset + size <= other.begin) break;
      offset = std::max(offset, other.end);
    }
    offsets[i] = offset;
    arena = std::max(arena, offset + size);
    placed.insert(std::ranges::upper_bound(placed, offset, {}, &Placed::begin),
                  {offset, offset + size, piece.first, piece.last});
  }
  return offsets;
}

}  // namespace invar
