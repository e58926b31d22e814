#include "tensor/offset_table.h"

#include <map>
#include <mutex>
#include <utility>

namespace invar {
namespace {

struct Walk {
  Index begin;
  std::vector<Index> extents, strides;
  auto operator<=>(const Walk&) const = default;
};

std::vector<std::int32_t> offsets_of(const Walk& walk) {
  const std::size_t axes = walk.extents.size();
  Index count = 1;
  for (const Index extent : walk.extents) count *= extent;
  std::vector<std::int32_t> offsets;
  offsets.reserve(static_cast<std::size_t>(count));
  std::vector<Index> at(axes, 0);
  Index offset = walk.begin;
  for (Index i = 0; i < count; ++i) {
    offsets.push_back(static_cast<std::int32_t>(offset));
    for (std::size_t axis = axes; axis-- > 0;) {
      offset += walk.strides[axis];
      if (++at[axis] < walk.extents[axis]) break;
      offset -= walk.strides[axis] * walk.extents[axis];
      at[axis] = 0;
    }
  }
  return offsets;
}

}  // namespace

OffsetTable offset_table(Index begin, const std::vector<Index>& extents, const std::vector<Index>& strides) {
  static std::mutex mutex;
  static std::map<Walk, std::weak_ptr<const std::vector<std::int32_t>>> known;
  Walk walk{begin, extents, strides};
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(walk); found != known.end())
    if (OffsetTable table = found->second.lock()) return table;
  std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
  auto table = std::make_shared<const std::vector<std::int32_t>>(offsets_of(walk));
  known.emplace(std::move(walk), table);
  return table;
}

}  // namespace invar
