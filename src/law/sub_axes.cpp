#include "law/sub_axes.h"

#include <utility>

#include "error.h"

namespace invar::form_detail {
namespace {

constexpr const char* kRegroups = "regroups an index in a way that is no split or join of indices";

}  // namespace

void SubAxes::fail(const std::string& reason) const {
  throw InputError("law '" + law_ + "' " + reason +
                   "; its value and defect can be had from the graph, its budget and bound cannot");
}

AxisId SubAxes::new_axis(Index extent) {
  extents_.push_back(extent);
  return static_cast<AxisId>(extents_.size() - 1);
}

std::set<Index> SubAxes::cuts(const std::vector<AxisId>& list) const {
  std::set<Index> result;
  Index product = 1;
  for (std::size_t i = list.size(); i-- > 0;) result.insert(product *= extent(list[i]));
  return result;
}

std::vector<Index> SubAxes::pieces(const std::set<Index>& at) const {
  std::vector<Index> result;
  Index inner = 1;
  for (const Index cut : at) {
    if (cut % inner != 0) fail(kRegroups);
    if (cut != inner) result.insert(result.begin(), cut / inner);
    inner = cut;
  }
  return result;
}

void SubAxes::split(const std::vector<AxisId>& list, const std::set<Index>& at, Renaming& renaming) {
  Index inner = 1;
  for (std::size_t i = list.size(); i-- > 0;) {
    std::set<Index> own;
    for (const Index cut : at)
      if (cut > inner && cut <= inner * extent(list[i])) {
        if (cut % inner != 0) fail(kRegroups);
        own.insert(cut / inner);
      }
    inner *= extent(list[i]);
    if (own.size() < 2) continue;
    std::vector<AxisId> fresh;
    for (const Index piece : pieces(own)) fresh.push_back(new_axis(piece));
    renaming[list[i]] = std::move(fresh);
  }
}

}  // namespace invar::form_detail
