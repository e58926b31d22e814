// The table of verdicts: its rows out of a summary, its shape on a terminal.
#include "report/verdict_table.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <sstream>

using namespace invar;
using Catch::Matchers::Contains;

namespace {

record::SummaryCase one_case(const std::string& method, const std::string& status, double step_or_tolerance) {
  record::SummaryCase one;
  one.model = "swiglu";
  one.law = "down_up";
  one.kind = "law";
  one.precision = "double";
  one.method = method;
  one.status = status;
  one.components = 16;
  one.verdict = "conserved";
  (method == "flow" ? one.rtol : one.step_size) = step_or_tolerance;
  one.relative_drift = one.defect = one.ratio = one.step_share = step_or_tolerance;
  return one;
}

}  // namespace

TEST_CASE("a row has the tightest flow, the largest step of GD, and the worst of the runs that came to an end") {
  std::vector<record::SummaryCase> summary{
      one_case("flow", "diverged", 1e-12), one_case("flow", "finished", 1e-10), one_case("flow", "finished", 1e-8),
      one_case("gd", "finished", 0.1),     one_case("gd", "truncated", 0.2),    one_case("gd", "diverged", 0.4),
      one_case("sgd", "stopped", 0.3),     one_case("sgd", "interrupted", 0.5), one_case("sgd", "pending", 0.6)};
  summary[3].exponent_step_size = 1.0;
  summary[3].exponent_step_size_error = 0.01;
  summary[4].exponent_step_size = 1.0;
  summary[4].exponent_step_size_error = 0.01;
  summary[5].exponent_step_size = 1.0;
  summary[5].exponent_step_size_error = 0.01;
  const std::vector<VerdictRow> rows = verdict_rows(summary);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].model == "swiglu");
  CHECK(rows[0].components == 16);
  CHECK(rows[0].flow_drift == 1e-10);
  CHECK(rows[0].step_share == 0.2);
  CHECK(rows[0].ratio == 0.3);
  CHECK(rows[0].defect == 0.3);
  CHECK(rows[0].exponent == 1.0);
  CHECK(rows[0].verdict == "conserved");
}

TEST_CASE("a row's flow is the worst of its seeds, each at its own tightest tolerance") {
  std::vector<record::SummaryCase> summary{one_case("flow", "finished", 1e-8), one_case("flow", "finished", 1e-6),
                                           one_case("flow", "diverged", 1e-8), one_case("flow", "finished", 1e-6),
                                           one_case("flow", "finished", 1e-8)};
  for (std::size_t i = 0; i < summary.size(); ++i) summary[i].start_seed = i < 2 ? 1 : i < 4 ? 2 : 3;
  summary[0].relative_drift = 1e-12;
  summary[1].relative_drift = 0.5;   // a looser one of a seed that has a tighter one
  summary[3].relative_drift = 2e-3;  // the tightest that came to its end
  summary[4].relative_drift = 1e-11;
  CHECK(verdict_rows(summary).at(0).flow_drift == 2e-3);
}

TEST_CASE("models of several formats have a row each, and what is not known is none") {
  std::vector<record::SummaryCase> summary{one_case("sgd", "finished", 0.1), one_case("sgd", "finished", 0.1)};
  summary[1].precision = "float";
  summary[1].ratio = record::kNaN;
  const std::vector<VerdictRow> rows = verdict_rows(summary);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].model == "swiglu (double)");
  CHECK(rows[1].model == "swiglu (float)");
  CHECK(rows[0].ratio == 0.1);
  CHECK(std::isnan(rows[1].ratio));
  CHECK(std::isnan(rows[0].flow_drift));
  CHECK(std::isnan(rows[0].exponent));
}

TEST_CASE("the table of verdicts is at most 80 columns wide, whatever the names and numbers") {
  const std::vector<VerdictRow> rows = {
      {"a_model_with_a_name_" + std::string(80, 'x'), "layers.11.attention.value_output_of_all", "control", 1234567,
       -1.234e-300, -9.87e300, -12.345, 1234.5, 0.4321, 1e300, "not conserved"},
      {"swiglu", "down_up", "law", 16, 3.1e-16, 2.2e-11, 0.998, 0.004, 1.0, 0.41, "conserved"},
      {"swiglu", "gate_sum", "claim", 7, 0.021, 0.3, VerdictRow::unknown, VerdictRow::unknown, VerdictRow::unknown,
       VerdictRow::unknown, "undecided"},
  };
  std::ostringstream out;
  print_verdicts(out, rows);
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.size() <= 80);
  }
  CHECK_THAT(out.str(), Contains("down_up") && Contains("3.1e-16") && Contains("conserved") && Contains("1.00(0)") &&
                            Contains("100%"));
}

TEST_CASE("laws of a scope stand below its name, so that equal names are told apart") {
  std::vector<VerdictRow> rows(4);
  const std::array laws{"layers.0.ffn.down_up", "layers.1.ffn.down_up", "layers.1.ffn.down_gate", "columns"};
  for (std::size_t i = 0; i < laws.size(); ++i) rows[i].model = "net", rows[i].law = laws[i];
  std::ostringstream out;
  print_verdicts(out, rows);
  const std::string text = out.str();
  const auto after = [&text](const std::string& what, std::size_t from) {
    const std::size_t found = text.find(what, from);
    REQUIRE(found != std::string::npos);
    return found;
  };
  std::size_t at = after("\n layers.0.ffn\n  down_up ", 0);
  at = after("\n layers.1.ffn\n  down_up ", at);
  at = after("\n  down_gate ", at);
  after("\n  columns ", at);
  CHECK(text.find("layers.1.ffn") == text.rfind("layers.1.ffn"));
}
