// Tables of offsets: what they hold, and that walks which are one share one.
#include "tensor/offset_table.h"

#include <catch2/catch.hpp>
#include <random>

using namespace invar;

TEST_CASE("an offset table walks row-major over random extents and strides") {
  std::mt19937 random(5);
  for (int n = 0; n < 50; ++n) {
    std::vector<Index> extents(random() % 4), strides(extents.size());
    for (Index& extent : extents) extent = 1 + random() % 5;
    for (Index& stride : strides) stride = random() % 40;
    const Index begin = random() % 100;
    const OffsetTable table = offset_table(begin, extents, strides);
    Index count = 1;
    for (const Index extent : extents) count *= extent;
    REQUIRE(static_cast<Index>(table->size()) == count);
    for (Index i = 0; i < count; ++i) {
      Index expected = begin, rest = i;
      for (std::size_t axis = extents.size(); axis-- > 0; rest /= extents[axis])
        expected += rest % extents[axis] * strides[axis];
      CHECK((*table)[static_cast<std::size_t>(i)] == expected);
    }
  }
}

TEST_CASE("one walk has one table, while something holds it") {
  const OffsetTable first = offset_table(3, {2, 5}, {7, 1});
  CHECK(offset_table(3, {2, 5}, {7, 1}) == first);
  CHECK(offset_table(4, {2, 5}, {7, 1}) != first);
  CHECK(offset_table(3, {5, 2}, {7, 1}) != first);
  CHECK(offset_table(3, {2, 5}, {1, 7}) != first);
  std::weak_ptr<const std::vector<std::int32_t>> freed = offset_table(9, {4}, {1});
  CHECK(freed.expired());
  CHECK(offset_table(9, {4}, {1})->size() == 4);
}
