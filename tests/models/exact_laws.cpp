// The laws of built-in blocks in exact arithmetic: they are laws, they are all that there are, and controls and claims
// are none. Blocks of few parameters, of every model and option that has such.
#include <catch2/catch.hpp>
#include <set>

#include "exact/examine.h"
#include "tests/models/small_block.h"

namespace invar {

TEST_CASE("the laws of small built-in blocks are all that there are, exactly") {
  constexpr Index kMost = 60;  // parameters
  using exact::Standing;
  std::set<std::string> models;
  int examined = 0;
  for (const CostCase& which : cost_cases()) {
    if (which.name == "grouped_heads.txt") continue;  // a text that says half of its laws
    KnownSizes known = which.known;
    known.missing_constant = [](const std::string&, const Shape& shape) {
      std::vector<double> values;
      for (Index i = 0; i < extent_product(shape); ++i) values.push_back(0.1 + 1.0 / (3.0 + static_cast<double>(i)));
      return values;
    };
    const Block block = read_block(which.text, known, which.name, built_in_blocks());
    if (block.parameters.size() > kMost) continue;
    CAPTURE(which.name);
    const exact::Examination found = exact::examine(block, {.loss = which.loss});
    for (std::size_t i = 0; i < found.lines.size(); ++i) {
      CAPTURE(block.laws[i].scope, block.laws[i].name);
      const bool law = found.lines[i] == Standing::law || found.lines[i] == Standing::law_of_loss;
      CHECK(law == (block.laws[i].kind == LawKind::law));
    }
    CHECK(found.found == found.at_most);
    ++examined;
    models.insert(which.name.substr(0, which.name.find(' ')));
  }
  CHECK(examined >= 40);
  for (const char* name : {"toy", "linear", "ffn", "swiglu", "geglu", "reglu", "bilinear"})
    CHECK(models.contains(name));
}

}  // namespace invar
