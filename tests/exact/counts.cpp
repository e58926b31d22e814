// The counts of tests/reference/COUNTS.md, which an independent implementation found in floating point by other means:
// ranks of fields and brackets, laws, and that the laws written in each block are all of them.
#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/exact/counted_blocks.h"

namespace invar {
namespace {

using exact::Examination;
using exact::examine;
using exact::ExamineOptions;
using exact::Standing;

struct Row {
  std::int64_t parameters, laws;
  std::vector<std::int64_t> ranks;  // without the repeated ones
};

std::vector<std::int64_t> rising(std::vector<std::int64_t> ranks) {
  while (ranks.size() > 1 && ranks[ranks.size() - 2] == ranks.back()) ranks.pop_back();
  return ranks;
}

std::map<std::string, Row> reference() {
  std::ifstream file(std::string(INVAR_TESTS) + "/reference/COUNTS.md");
  std::map<std::string, Row> rows;
  const std::regex pattern(R"(\| (.*?) \| [^|]* \| (\d+) \| ([\d →]+) \| \*\*(\d+)\*\* \|.*)");
  for (std::string line; std::getline(file, line);) {
    std::smatch found;
    if (!std::regex_match(line, found, pattern)) continue;
    Row row{std::stoll(found[2]), std::stoll(found[4]), {}};
    std::istringstream ranks(std::regex_replace(found[3].str(), std::regex("→"), " "));
    for (std::int64_t rank = 0; ranks >> rank;) row.ranks.push_back(rank);
    row.ranks = rising(row.ranks);
    rows[found[1]] = row;
  }
  return rows;
}

}  // namespace

TEST_CASE("ranks, laws and their completeness are those of the reference, over two primes and three seeds") {
  const std::map<std::string, Row> rows = reference();
  CHECK(rows.size() == 34);
  for (const auto& [name, row] : rows) {
    CAPTURE(name);
    REQUIRE(counted_blocks().contains(name));
    const CountedBlock& counted = counted_blocks().at(name);
    const Block block = read_counted(name, counted.text);
    for (const auto& [seed, second] : {std::pair{1, false}, {2, true}, {3, false}}) {
      const Examination found =
          examine(block, {.loss = counted.loss, .seed = static_cast<std::uint64_t>(seed), .second_prime = second});
      CHECK(found.parameters == row.parameters);
      CHECK(rising(found.ranks) == row.ranks);
      CHECK(found.at_most == row.laws);
      CHECK(found.complete());
      CHECK(found.bounded);
      CHECK(found.missing.empty());
      for (const Standing line : found.lines) CHECK((line == Standing::law || line == Standing::law_of_loss));
    }
  }
}

TEST_CASE("the paper's theorem on the normalised sigmoid gate is refuted, its other ones hold") {
  const auto standing = [](const std::string& name, const std::string& line, Loss loss = Loss::squared) {
    const Block block = read_counted(name, counted_blocks().at(name).text + line);
    return examine(block, {.loss = loss}).lines.back();
  };
  const std::string gate_sum = "claim said[d] = sum[e](G[e d])\n", row_sum = "claim said[e] = sum[d](G[e d])\n";
  CHECK(standing("MoE nsigmoid dense", gate_sum) == Standing::refuted);
  CHECK(standing("MoE nsigmoid top2/4", gate_sum) == Standing::refuted);
  CHECK(standing("MoE softmax dense", gate_sum) == Standing::law);
  CHECK(standing("MoE softmax dense", row_sum) == Standing::refuted);
  CHECK(standing("MoE nsigmoid dense", row_sum) == Standing::refuted);
  CHECK(standing("SwiGLU", "claim nothing = A[0 0] - A[0 0]\n") == Standing::empty);
  CHECK(standing("SwiGLU", "claim five = 5\n") == Standing::empty);
  CHECK(standing("SwiGLU", "control plus[h] = A[m h] A[m h] + V[h d] V[h d]\n") == Standing::refuted);
  CHECK(standing("MHA RoPE dh4 d3 H2", "claim full[h a b] = Q[h d a] Q[h d b] - K[h d a] K[h d b]\n") ==
        Standing::refuted);
  // A sum over the classes is one only where the logits' gradients sum to 0.
  CHECK(standing("LM untied CE", "claim said[d] = sum[l](U[l d])\n", Loss::cross_entropy) == Standing::law_of_loss);
  CHECK(standing("LM untied CE", "claim said[d] = sum[l](U[l d])\n") == Standing::refuted);
}

TEST_CASE("near misses are told from laws") {
  // What a tolerance of 1e-9 would hold for one.
  const std::string norm =
      "y[t d] = p[h t u] v[h u a] O[h a d]\n"
      "claim q_size[h] = Q[h d a] Q[h d a]\n";
  const auto with_norm = [&](const std::string& eps) {
    std::string text = attention("h=1 d=3 a=3", "claim q_size[h] = Q[h d a] Q[h d a]\n");
    for (const std::string name : {"q", "k"}) {
      const std::string plain = name + "[h t a] = " + name + name + "[h t a]";
      text.replace(text.find(plain), plain.size(),
                   name + "[h t a] = rms_norm[a](" + name + name + "[h t a], eps=" + eps + ")");
    }
    const Block block = read_counted("norm", text);
    return examine(block, {});
  };
  const Examination zero = with_norm("0"), tiny = with_norm("1e-14");
  CHECK(zero.at_most == 8);
  CHECK(zero.lines[0] == Standing::law);
  CHECK(tiny.at_most == 6);
  CHECK(tiny.lines[0] == Standing::refuted);

  for (const std::string edge : {"4", "7", "40"}) {  // at 7 and 40 no sample of ordinary size arrives
    const Block block =
        read_counted("clamped",
                     "sizes d=2 h=2 m=2\nparameters W[h d] V[h d] A[m h]\ninput x[d]\nv[h] = V[h d] x[d]\n"
                     "c[h] = relu(v[h] + " +
                         edge + ") - relu(v[h] - " + edge + ") - " + edge +
                         "\ny[m] = A[m h] silu(W[h d] x[d]) c[h]\nclaim down_up[h] = A[m h] A[m h] - V[h d] V[h d]\n");
    const Examination clamped = examine(block, {});
    CHECK(clamped.lines[0] == Standing::refuted);
    CHECK(clamped.at_most == 0);
    CHECK(clamped.local);
  }
  const Block coupled = read_counted("coupled",
                                     "parameters a b\ninput x\ny = a b x + 1e-10 a x x\n"
                                     "claim balance = a a - b b\n");
  CHECK(examine(coupled, {}).lines[0] == Standing::refuted);
  // Two pairs of one frequency may be mixed: more laws than two pairs of different ones have.
  const std::string pairs = "";
  CHECK(examine(read_counted("equal", attention("h=1 d=3 a=4", pairs, "base=1, pairing=interleaved")), {}).at_most ==
        14);
  CHECK(examine(read_counted("unequal", attention("h=1 d=3 a=4", pairs, "base=10, pairing=interleaved")), {}).at_most ==
        12);
  CHECK(examine(read_counted("near", attention("h=1 d=3 a=4", pairs, "base=1.000001, pairing=interleaved")), {})
            .at_most == 12);
}

TEST_CASE("where relations among functions are overlooked, laws are missed") {
  struct Case {
    std::string text;
    std::int64_t laws, careless;
  };
  const std::vector<Case> cases{
      {"parameters a b c w\ninput x\ny = a exp(w x + b) + c exp(w x)\n", 2, 1},
      {"parameters a b c w\ninput x\ny = a exp(w x + b) + c exp(w x + 2 b)\n", 2, 1},
      {"parameters a w\ninput x\ny = a (softplus(w x) - softplus(-1 w x))\n", 1, 0},
      {"parameters a w\ninput x\ny = a (gelu(w x) - gelu(-1 w x))\n", 1, 0},
      {"parameters a b c w v\ninput x\nz = w x\nu = v x\ny = a exp(z) exp(u) + b exp(z + u) + c\n", 2, 1},
      {"parameters a c w v\ninput x\ny = a cos(w x) cos(v x) - a sin(w x) sin(v x) + c cos(w x + v x)\n", 2, 1},
      {"parameters a c w\ninput x\nz = w x\nt = 1.5957691216057308 (z + 0.044715 z^3)\n"
       "y = a (0.5 z (1 + tanh(t/2))) + c (z sigmoid(t))\n",
       1, 0},
      {"parameters a b w\ninput x\ny = a exp(w x) exp(-1 w x / 3) + b exp(2 w x / 3)\n", 1, 0},
      {"parameters a b w v\ninput x\ny = a log(exp(w x) + exp(v x)) - a w x + b log(1 + exp(v x - w x))\n", 2, 1},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    const Block block = read_counted("text", one.text);
    CHECK(examine(block, {}).at_most == one.laws);
    CHECK(examine(block, {.seed = 7, .second_prime = true}).at_most == one.laws);
    CHECK(examine(block, {}).relations > 0);
    CHECK(examine(block, {.relations = false}).at_most == one.careless);
  }
  // What needs no relation: tanh and sigmoid share an exponential, roots are those that are squares themselves.
  CHECK(examine(read_counted("text", "parameters a c w\ninput x\ny = a tanh(w x) + c (2 sigmoid(2 w x) - 1)\n"), {})
            .at_most == 1);
  CHECK(
      examine(read_counted("text", "parameters a c w\ninput x\ny = a sqrt(w w x x + 1) + c sqrt(4 w w x x + 4)\n"), {})
          .at_most == 1);
  // A relation that changes nothing.
  CHECK(
      examine(read_counted("text", "parameters a c w\ninput x\ny = a sigmoid(w x) + c sigmoid(2 w x)\n"), {}).at_most ==
      0);
}

}  // namespace invar
