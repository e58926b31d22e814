// Laws that are found without being told: as many as there can be, for every block of the reference, and what they are.
#include <catch2/catch.hpp>
#include <regex>

#include "exact/find.h"
#include "tests/exact/counted_blocks.h"

namespace invar {
namespace {

using namespace exact;

Block without_laws(const std::string& name) {
  return read_counted(name,
                      std::regex_replace(counted_blocks().at(name).text, std::regex("(law|sizes c)[^\n]*\n"), ""));
}

}  // namespace

TEST_CASE("all laws of every block of the reference are found without being told") {
  for (const auto& [name, counted] : counted_blocks()) {
    CAPTURE(name);
    const Block block = without_laws(name);
    CHECK(block.laws.empty());
    const ExamineOptions options{.loss = counted.loss};
    const FoundLaws found = find_laws(block, options);
    CHECK(found.independent == examine(block, options).at_most);
    for (const FoundLaw& law : found.laws)
      for (const FoundLaw::Part& part : law.parts) CHECK(part.denominator != 0);
  }
}

TEST_CASE("few laws are found whole: linear, quadratic, mixed, across tensors that share no axis") {
  // Each law as Σ coefficient θ_i θ_j over the entries' numbers.
  const auto text_of = [](const FoundLaws& found) {
    std::string text;
    for (const FoundLaw& law : found.laws) {
      for (const auto& [monomial, numerator, denominator] : law.parts)
        text += std::to_string(numerator) + (denominator == 1 ? "" : "/" + std::to_string(denominator)) + "*" +
                std::to_string(monomial.first) + (monomial.second < 0 ? "" : "." + std::to_string(monomial.second)) +
                " ";
      text += "; ";
    }
    return text;
  };
  const auto found = [&](const std::string& text) { return text_of(find_laws(read_counted("text", text), {})); };
  CHECK(found("parameters a b\ninput x\ny = a b x\n") == "-1*0.0 1*1.1 ; ");
  CHECK(found("parameters a b\ninput x\ny = a a b x\n") == "-1/2*0.0 1*1.1 ; ");
  CHECK(found("parameters a b w\ninput x\ny = a exp(w x + b)\n") == "-2*1 1*0.0 ; ");
  CHECK(found("parameters a b c\ninput x\ny = a (b x + c)\n") == "-1*0.0 1*1.1 1*2.2 ; ");
  // a − b, and with it its square
  CHECK(found("parameters a b c\ninput x\ny = (a + b) x + c\n") == "-1*0 1*1 ; 1*0.0 -2*0.1 1*1.1 ; ");
  CHECK(found("sizes h=2\nparameters W[h] A[h]\ninput x\ny = A[h] gelu(W[h] x)\n").empty());
}

}  // namespace invar
