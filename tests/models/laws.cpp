// The laws of every block of the registry and of every text hold on the gradient of every single sample; controls and
// claims do not.
#include <catch2/catch.hpp>

#include "tests/models/law_defects.h"

namespace invar {
namespace {

/// The worst defect over the components of a law, and over those of a control or claim too: one that moves is enough.
double worst_defect(const SmallBlock& small, const Law& law) {
  const auto gradients = sample_gradients(small);
  double worst = 0.0;
  for (Index c = 0; c < components_of(small, law); ++c) {
    std::vector<double> one(static_cast<std::size_t>(components_of(small, law)), 0.0);
    one[static_cast<std::size_t>(c)] = 1.0;
    worst = std::max(worst, defect(law_gradient(small, law, one), gradients));
  }
  return worst;
}

}  // namespace

TEST_CASE("laws are orthogonal to every sample's gradient, controls and claims are not") {
  constexpr int kStarts = 10;  // where no sample chooses an expert its gate is still
  std::uint64_t seed = 400;
  for (const CostCase& which : cost_cases()) {
    const SmallBlock small = small_block(which, ++seed, 8);
    for (std::size_t i = 0; i < small.block.laws.size(); ++i) {
      const Law& law = small.block.laws[i];
      CAPTURE(which.name, law.name);
      double worst = worst_defect(small, law);
      if (law.kind == LawKind::law) {
        CHECK(worst < 1e-12);
        continue;
      }
      for (std::uint64_t start = 1; worst == 0.0 && start < kStarts; ++start) {
        const SmallBlock other = small_block(which, seed + 10000 * start, 8);
        worst = worst_defect(other, other.block.laws[i]);
      }
      CHECK(worst > 1e-4);
    }
  }
}

TEST_CASE("a false law in a text of one's own is found out") {
  CostCase which{"false law", text_of("linear_attention.txt"), {}, Loss::squared};
  which.text += "\nlaw wrong[h] = Q[h d a] Q[h d a] - O[h a d] O[h a d] + 0.01 K[h d a] K[h d a]\n";
  which.known.shapes["x"] = {4, 3};
  const SmallBlock small = small_block(which, 7, 8);
  CHECK(small.block.laws.back().name == "wrong");
  CHECK(worst_defect(small, small.block.laws.back()) > 1e-4);
}

}  // namespace invar
