// Bytes that are put down, in memory or in a file, against the same bytes in a vector.
#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "data/spool.h"

using invar::data::Spool;

TEST_CASE("what is put down is read again wherever it lies, by several threads") {
  std::mt19937_64 random(3);
  for (const std::int64_t in_memory : {std::int64_t{0}, std::int64_t{1000}, Spool::kInMemory}) {
    CAPTURE(in_memory);
    Spool spool(in_memory);
    std::vector<std::uint8_t> all;
    for (const std::size_t size : {0u, 1u, 700u, 299u, 1u, 3'000'000u, 17u, 1'048'576u, 5u}) {
      std::vector<std::uint8_t> piece(size);
      for (std::uint8_t& byte : piece) byte = static_cast<std::uint8_t>(random());
      spool.append(piece);
      all.insert(all.end(), piece.begin(), piece.end());
      REQUIRE(spool.size() == static_cast<std::int64_t>(all.size()));
    }
    const auto wrong = [&](std::uint64_t seed) {
      std::mt19937_64 places(seed);
      int count = 0;
      for (int i = 0; i < 2000; ++i) {
        const auto begin = static_cast<std::int64_t>(places() % all.size());
        const std::int64_t bytes = std::min(static_cast<std::int64_t>(places() % 20'000), spool.size() - begin);
        std::vector<std::uint8_t> read(static_cast<std::size_t>(bytes));
        spool.read(begin, bytes, read.data());
        count += std::equal(read.begin(), read.end(), all.begin() + begin) ? 0 : 1;
      }
      return count;
    };
    int first = -1, second = -1;
    std::thread other([&] { second = wrong(1); });
    first = wrong(2);
    other.join();
    CHECK(first == 0);
    CHECK(second == 0);
  }
}
