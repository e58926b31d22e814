// Exponents and verdicts from numbers whose truth is known.
#include "law/verdict.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "cases.h"

using namespace invar;
using namespace invar::law_test;

namespace {

FlowEvidence flow(double tolerance, double drift, double defect = 1e-16) {
  FlowEvidence evidence;
  evidence.tolerance = tolerance;
  evidence.drift = drift;
  evidence.defect = defect;
  evidence.floor = 1e-15;
  return evidence;
}

const std::vector<double> kTolerances = {1e-4, 1e-6, 1e-8, 1e-10};

}  // namespace

TEST_CASE("the exponent of a power law is found, with its error") {
  std::vector<DriftPoint> points;
  for (const double x : {0.4, 0.2, 0.1, 0.05, 0.025}) points.push_back({x, 3.0 * std::pow(x, 1.5), 1e-16});
  const auto exact = drift_exponent(points);
  REQUIRE(exact);
  CHECK(exact->slope == Approx(1.5));
  CHECK(exact->standard_error < 1e-12);
  CHECK(exact->points == 5);

  // With noise the slope is off by about its standard error: over many draws, 1 of it in the root mean square (3
  // degrees of freedom: Student's t has variance 3, so a bound of 3 on the mean square holds with room).
  Random random(61);
  boost::random::normal_distribution<double> normal(0.0, 0.1);
  double squares = 0.0, expected_error = 0.0;
  constexpr int draws = 400;
  for (int i = 0; i < draws; ++i) {
    auto noisy = points;
    for (DriftPoint& point : noisy) point.drift *= std::exp(normal(random));
    const auto fit = drift_exponent(noisy);
    squares += (fit->slope - 1.5) * (fit->slope - 1.5) / draws;
    expected_error += fit->standard_error * fit->standard_error / draws;
  }
  CHECK(squares == Approx(expected_error).epsilon(0.25));
}

TEST_CASE("points of several seeds have one exponent, whatever the size of each seed's drift") {
  std::vector<DriftPoint> points;
  for (const int seed : {1, 2, 3})
    for (const double x : {0.2, 0.1, 0.05})
      // a seed that drifts more has the smaller steps: as one series the points would fall with x
      points.push_back({x * std::pow(0.1, seed), std::pow(50.0, seed) * x, 1e-16, seed});
  const auto fit = drift_exponent(points);
  REQUIRE(fit);
  CHECK(fit->slope == Approx(1.0));
  CHECK(fit->standard_error < 1e-12);
  CHECK(fit->points == 9);

  // The error is that of 9 points less 3 factors and a slope: the residuals are 1, −2, 1 in each series, at x 0, 1, 2.
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].x = std::exp(static_cast<double>(i % 3));
    points[i].drift = points[i].x * std::exp(i % 3 == 1 ? -2.0 : 1.0);
  }
  const auto rough = drift_exponent(points);
  REQUIRE(rough);
  CHECK(rough->slope == Approx(1.0));
  CHECK(rough->standard_error == Approx(std::sqrt(18.0 / 5.0 / 6.0)));

  // A seed's single point says nothing; two seeds of two points leave one degree of freedom, one of two none.
  const auto few = [](std::vector<DriftPoint> of) { return drift_exponent(of); };
  CHECK_FALSE(few({{0.1, 1, 0, 1}, {0.2, 2, 0, 1}, {0.3, 9, 0, 2}}));
  CHECK(few({{0.1, 1, 0, 1}, {0.2, 2, 0, 1}, {0.1, 5, 0, 2}, {0.2, 10, 0, 2}})->slope == Approx(1.0));
}

TEST_CASE("points within 100 floors say nothing of the exponent") {
  std::vector<DriftPoint> points;
  for (const double x : {1e-2, 1e-3, 1e-4, 1e-5, 1e-6}) points.push_back({x, std::max(x * x, 1e-9), 1.0e-10});
  const auto fit = drift_exponent(points);  // 1e-4 … are at or within 100 floors
  CHECK_FALSE(fit);
  points.insert(points.begin(), {0.1, 0.01, 1e-10});
  const auto three = drift_exponent(points);
  REQUIRE(three);
  CHECK(three->points == 3);
  CHECK(three->slope == Approx(2.0));
  CHECK_FALSE(drift_exponent(std::vector<DriftPoint>{{0.1, 1, 0}, {0.1, 2, 0}, {0.1, 3, 0}}));
  CHECK_FALSE(drift_exponent(std::vector<DriftPoint>{{0.1, 1, 0}, {0.2, 2, 0}, {0.3, NAN, 0}}));
}

TEST_CASE("conserved: a defect at rounding and a drift that falls, is at its floor, or is limited by stability") {
  std::vector<FlowEvidence> falling, at_floor, stiff;
  for (const double tolerance : kTolerances) {
    falling.push_back(flow(tolerance, 10 * tolerance));
    at_floor.push_back(flow(tolerance, 3e-15));
    stiff.push_back(flow(tolerance, 2e-7));
    stiff.back().step_limited = true;
  }
  const Verdict verdict = judge(falling);
  CHECK(verdict.outcome == Outcome::conserved);
  REQUIRE(verdict.exponent);
  CHECK(verdict.exponent->slope == Approx(1.0));
  CHECK_THAT(verdict.evidence, Catch::Contains("falling") && Catch::Contains("defect 1e-16"));
  CHECK(judge(at_floor).outcome == Outcome::conserved);
  // Something else than the tolerance sets all steps: half of them tell the steps' drift from the flow's.
  CHECK(wants_halved(stiff));
  CHECK_FALSE(wants_halved(falling));
  CHECK(judge(stiff).outcome == Outcome::undecided);
  CHECK(judge(stiff, {.components = 1, .drift_halved = 2e-8}).outcome == Outcome::conserved);
  CHECK(judge(stiff, {.components = 1, .drift_halved = 1.9e-7}).outcome == Outcome::undecided);
  // Two that the tolerance sets are compared, whatever the looser ones did.
  auto mixed = stiff;
  mixed[2].step_limited = mixed[3].step_limited = false;
  CHECK_FALSE(wants_halved(mixed));
  CHECK(judge(mixed).outcome == Outcome::undecided);
  mixed[3].drift = 1e-8;
  CHECK(judge(mixed).outcome == Outcome::conserved);
  falling.back().drift = 3e-15;  // falls, then meets its floor
  CHECK(judge(falling).outcome == Outcome::conserved);
}

TEST_CASE("not conserved: a defect and a drift that stays as the tolerance tightens") {
  std::vector<FlowEvidence> flows;
  for (const double tolerance : kTolerances) flows.push_back(flow(tolerance, 0.03 + tolerance, 0.2));
  const Verdict verdict = judge(flows);
  CHECK(verdict.outcome == Outcome::not_conserved);
  CHECK_THAT(verdict.evidence, Catch::Contains("plateau"));
  // The solver's own error at the loosest tolerance does not hide it.
  flows.front().drift = 5.0;
  CHECK(judge(flows).outcome == Outcome::not_conserved);
}

TEST_CASE("undecided: too few finished flows, or evidence that disagrees") {
  std::vector<FlowEvidence> flows;
  CHECK(judge(flows).outcome == Outcome::undecided);
  for (const double tolerance : kTolerances) flows.push_back(flow(tolerance, tolerance));
  CHECK(judge(std::vector{flows[0], flows[0]}).outcome == Outcome::undecided);
  CHECK_THAT(judge(std::vector{flows[0]}).evidence, Catch::Contains("one tolerance only"));
  for (const FlowEnd end : {FlowEnd::truncated, FlowEnd::sliding, FlowEnd::diverged, FlowEnd::interrupted}) {
    auto cut = flows;
    for (std::size_t i = 1; i < cut.size(); ++i) cut[i].end = end;
    const Verdict verdict = judge(cut);
    CHECK(verdict.outcome == Outcome::undecided);
    CHECK_THAT(verdict.evidence, Catch::Contains(std::string(to_string(end))));
  }
  auto plateau = flows;
  for (FlowEvidence& each : plateau) each.drift = 0.03;  // defect at rounding, and yet it drifts
  CHECK(judge(plateau).outcome == Outcome::undecided);
  auto defect = flows;
  for (FlowEvidence& each : defect) each.defect = 0.1;  // a defect, and yet the drift falls
  CHECK(judge(defect).outcome == Outcome::undecided);
}

TEST_CASE("a defect between 1e-13 and 1e-6 is what quad says it is") {
  std::vector<FlowEvidence> falling, staying;
  for (const double tolerance : kTolerances) {
    falling.push_back(flow(tolerance, tolerance, 1e-9));
    staying.push_back(flow(tolerance, 1e-7, 1e-9));
  }
  CHECK(judge(falling).outcome == Outcome::undecided);
  CHECK(judge(staying).outcome == Outcome::undecided);
  for (FlowEvidence& each : falling) each.quad_defect = 1e-30;
  for (FlowEvidence& each : staying) each.quad_defect = 0.9e-9;
  CHECK(judge(falling).outcome == Outcome::conserved);
  CHECK(judge(staying).outcome == Outcome::not_conserved);
}

TEST_CASE("with a budget the part along the gradients decides, whatever sets the steps and wherever a flow ends") {
  std::vector<FlowEvidence> flows;
  for (const double tolerance : kTolerances) {
    flows.push_back(flow(tolerance, 2e-7));
    flows.back().step_limited = true;
    flows.back().gradient_part = 1e-15;
    flows.back().gradient_rounding = 1e-14;
  }
  CHECK(judge(flows).outcome == Outcome::conserved);
  CHECK_FALSE(wants_halved(flows));
  auto sliding = flows;
  for (FlowEvidence& each : sliding) each.end = FlowEnd::sliding;
  CHECK(judge(sliding).outcome == Outcome::conserved);
  sliding[1].end = sliding[2].end = sliding[3].end = FlowEnd::diverged;
  CHECK(judge(sliding).outcome == Outcome::undecided);
  // A defect that no sample at a row shows, and yet the flow drifts along its gradients.
  auto own = flows;
  for (FlowEvidence& each : own) each.gradient_part = 1.9e-7;
  CHECK(judge(own).outcome == Outcome::undecided);
  for (FlowEvidence& each : own) each.defect = 1e-3;
  CHECK(judge(own).outcome == Outcome::not_conserved);
  // Flows that were cut have told so too, but one tolerance is not enough.
  auto cut = own;
  for (FlowEvidence& each : cut) each.end = FlowEnd::truncated;
  CHECK(judge(cut).outcome == Outcome::not_conserved);
  CHECK_THAT(judge(cut).evidence, Catch::Contains("until there it drifts"));
  for (std::size_t i = 1; i < cut.size(); ++i) cut[i].end = FlowEnd::diverged;
  CHECK(judge(cut).outcome == Outcome::undecided);
  for (std::size_t i = 1; i < cut.size(); ++i) {
    FlowEvidence interrupted;
    interrupted.tolerance = cut[i].tolerance;
    interrupted.end = FlowEnd::interrupted;
    cut[i] = interrupted;
  }
  CHECK(judge(cut).outcome == Outcome::undecided);
  // One flow whose steps had no tableau has no such part.
  own = flows;
  own[1].gradient_part = NAN;
  CHECK(judge(own).outcome == Outcome::undecided);
}

TEST_CASE("where nothing was measured nothing is conserved, and the evidence says what is missing") {
  std::vector<FlowEvidence> still;
  for (const double tolerance : kTolerances) still.push_back(flow(tolerance, 0.0));
  CHECK(judge(still).outcome == Outcome::conserved);
  LawEvidence law{.components = 16, .unseen = {3, 5}};
  CHECK(judge(still, law).outcome == Outcome::undecided);
  CHECK_THAT(judge(still, law).evidence, Catch::Contains("no gradient came to 2 of 16 components (3, 5)"));
  law.frozen = true;  // nothing ever moves what it reads
  CHECK(judge(still, law).outcome == Outcome::conserved);
  law.constant = true;
  CHECK_THAT(judge(still, law).evidence, Catch::Contains("derivative is 0"));
  CHECK(judge(still, law).outcome == Outcome::undecided);
  CHECK_THAT(judge(still, {.components = 1, .undefined = true}).evidence, Catch::Contains("NaN"));
  // It holds on the run, by a symmetry of the start say, and not elsewhere.
  CHECK(judge(still, {.components = 1, .elsewhere = 0.3}).outcome == Outcome::undecided);
  CHECK(judge(still, {.components = 1, .elsewhere = 1e-9, .quad_elsewhere = 1e-9}).outcome == Outcome::undecided);
  CHECK(judge(still, {.components = 1, .elsewhere = 1e-12, .quad_elsewhere = 1e-30}).outcome == Outcome::conserved);
  for (FlowEvidence& each : still) each.defect = NAN;
  CHECK(judge(still, {.components = 1, .unseen = {0}}).outcome == Outcome::undecided);
  CHECK(judge(still, {.components = 1, .unseen = {0}, .frozen = true}).outcome == Outcome::conserved);
}
