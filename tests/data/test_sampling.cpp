// Random numbers mean the same on every machine, and batches are what the theory of SGD presumes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "data/sampling.h"
#include "error.h"
#include "tests/memory_archive.h"

using namespace invar::data;

namespace {

std::vector<std::vector<std::int64_t>> draws(BatchSampler sampler, std::int64_t batch, int times) {
  std::vector<std::vector<std::int64_t>> all;
  for (int i = 0; i < times; ++i) {
    const std::span<const std::int64_t> drawn = sampler.draw(batch);
    all.emplace_back(drawn.begin(), drawn.end());
  }
  return all;
}

}  // namespace

TEST_CASE("a seed gives the same batches everywhere") {
  // Expected: an independent implementation of mt19937_64, SplitMix64, FNV-1a, the bucket method for integers, and
  // Fisher–Yates from the last entry down.
  const std::vector<std::vector<std::int64_t>> without{
      {0, 9, 3, 7}, {8, 4, 2, 1}, {5, 9, 4, 2}, {7, 1, 6, 0}, {3, 5, 8, 7}};
  CHECK(draws(BatchSampler(10, false, 7), 4, 5) == without);
  const std::vector<std::vector<std::int64_t>> with{{667, 622, 222, 381, 772, 881, 429, 495, 568, 244, 480, 74}};
  CHECK(draws(BatchSampler(1000, true, 7), 12, 1) == with);
  Engine source = engine(3, "start");
  CHECK(source() == 0x4f19c433ab413cf1ULL);
  CHECK(source() == 0x90bbc1c19f0a1e0bULL);
}

TEST_CASE("a sampler goes on with the batches that it would have drawn") {
  for (const bool replacement : {false, true}) {
    for (int before = 0; before < 12; ++before) {
      CAPTURE(replacement, before);
      BatchSampler whole(23, replacement, 11), other(23, replacement, 12);
      draws(other, 3, 5);
      for (int i = 0; i < before; ++i) whole.draw(5);
      invar::testing::MemoryArchive saved;
      whole.archive(saved);
      invar::testing::MemoryArchive stored(saved.entries());
      other.archive(stored);
      CHECK(draws(other, 5, 20) == draws(whole, 5, 20));
    }
  }
}

TEST_CASE("a seed gives the same normal numbers everywhere") {
  Engine source = engine(3, "start");
  const std::vector<double> expected{0.19291863637864293, 1.6363606326173379, 1.2325807812857967, -1.0100669708723224,
                                     0.96704627365213081};
  const std::vector<double> values = standard_normal(source, 5);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(values[i] - expected[i]) < 1e-15);
}

TEST_CASE("an epoch without replacement visits no sample twice, and a batch never spans two epochs") {
  BatchSampler sampler(103, false, 5);
  for (int epoch = 0; epoch < 20; ++epoch) {
    std::set<std::int64_t> seen;
    for (int batch = 0; batch < 10; ++batch) {
      const std::span<const std::int64_t> drawn = sampler.draw(10);
      seen.insert(drawn.begin(), drawn.end());
    }
    CHECK(seen.size() == 100);  // the three left over are dropped
    CHECK(*seen.begin() >= 0);
    CHECK(*seen.rbegin() < 103);
  }
}

TEST_CASE("batches have the covariance that the prediction for SGD presumes") {
  // Mean of a batch of B of the numbers 0 … N−1: variance σ²/B with replacement, σ²/B · (N−B)/(N−1) without.
  constexpr std::int64_t kCount = 12, kBatch = 5;
  constexpr int kDraws = 200000;
  const double variance = (kCount * kCount - 1) / 12.0 / kBatch;
  for (const bool replacement : {true, false}) {
    BatchSampler sampler(kCount, replacement, 11);
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < kDraws; ++i) {
      const std::span<const std::int64_t> drawn = sampler.draw(kBatch);
      const double mean = static_cast<double>(std::accumulate(drawn.begin(), drawn.end(), std::int64_t{0})) / kBatch;
      sum += mean;
      squares += mean * mean;
    }
    const double factor = replacement ? 1.0 : static_cast<double>(kCount - kBatch) / (kCount - 1);
    const double mean = sum / kDraws;
    // Standard errors: 0.0035 of the mean's deviation, 0.3 % of the variance. Without replacement the two batches of an
    // epoch exclude each other, which only makes the mean more exact.
    CHECK(std::abs(mean - (kCount - 1) / 2.0) < 0.02);
    CHECK(squares / kDraws - mean * mean == Approx(variance * factor).epsilon(0.02));
  }
}

TEST_CASE("purposes and seeds have streams of their own") {
  std::set<std::uint64_t> first;
  for (const char* purpose : {"start", "inputs", "sampling", "teacher", "probe"}) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) first.insert(engine(seed, purpose)());
  }
  CHECK(first.size() == 500);
}

TEST_CASE("synthetic inputs are standard normal and belong to their seed") {
  const Samples samples = synthetic_inputs({4, 25}, 1000, 1);
  const std::vector<double> x = values(*samples.x);
  REQUIRE(x.size() == 100000);
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / 1e5;
  const double squares = std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / 1e5;
  const auto beyond_two = std::count_if(x.begin(), x.end(), [](double v) { return std::abs(v) > 2.0; });
  CHECK(std::abs(mean) < 0.015);
  CHECK(std::abs(squares - 1.0) < 0.02);
  CHECK(std::abs(static_cast<double>(beyond_two) / 1e5 - 0.0455) < 0.003);
  CHECK(values(*synthetic_inputs({4, 25}, 1000, 1).x) == x);
  CHECK(values(*synthetic_inputs({4, 25}, 1000, 2).x) != x);
}

TEST_CASE("a batch that cannot be drawn is refused with what can") {
  BatchSampler without(8, false, 1), with(8, true, 1);
  CHECK(without.draw(8).size() == 8);
  CHECK(with.draw(20).size() == 20);
  CHECK_THROWS_WITH(without.draw(9), Catch::Contains("batch = 9") && Catch::Contains("8 samples"));
  CHECK_THROWS_AS(without.draw(0), invar::InputError);
  CHECK_THROWS_AS(with.draw(-1), invar::InputError);
}
