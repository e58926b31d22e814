// What the numbers of a budget's row mean: parts, bounds, floors, norms.
#include <catch2/catch.hpp>
#include <cmath>

#include "budget_run.h"
#include "law/block_error.h"
#include "law/budget.h"

using namespace invar;
using namespace invar::law_test;

TEST_CASE("Euler as a tableau of one stage, or as two half steps, has the parts of Euler") {
  const Block block = law_block();
  const std::vector<LawForm> forms = forms_of(block);
  std::vector<const LawForm*> pointers;
  for (const LawForm& form : forms) pointers.push_back(&form);
  const Index size = block.parameters.size();
  Random random(41);
  const auto theta = random_vector(random, size), k = random_vector(random, size);
  auto next = theta;
  const double tau = 0.01;
  for (std::size_t i = 0; i < next.size(); ++i) next[i] += tau * k[i];
  const double one = 1.0, halves[2] = {0.5, 0.5}, zeros[4] = {};
  const double* slopes[2] = {k.data(), k.data()};
  BudgetOptions options;
  options.max_stages = 2;
  const auto row_of = [&](const double* a, const double* b, int stages) {
    Budget<double> budget(pointers, size, options);
    budget.start(theta.data());
    budget.step({tau, a, b, stages, slopes, theta.data(), next.data()});
    return budget.record(next.data());
  };
  const BudgetRow euler = row_of(nullptr, &one, 1), split = row_of(zeros, halves, 2);
  for (std::size_t c = 0; c < euler.drift.size(); ++c) {
    CHECK(split.step_part[c] == Approx(euler.step_part[c]).epsilon(1e-14).margin(1e-25));
    CHECK(split.gradient_part[c] == Approx(euler.gradient_part[c]).epsilon(1e-14).margin(1e-25));
    CHECK(split.update_part[c] == Approx(euler.update_part[c]).epsilon(1e-14).margin(1e-30));
    CHECK(split.bound[c] == Approx(euler.bound[c]).epsilon(1e-12));
  }
  const BudgetRow whole = row_of(nullptr, nullptr, 0);
  for (std::size_t c = 0; c < euler.drift.size(); ++c) {
    CHECK(std::abs(whole.closure[c]) <= whole.closure_tolerance[c]);
    CHECK(whole.step_part[c] == Approx(whole.drift[c]).epsilon(1e-12).margin(1e-28));
    CHECK(whole.update_part[c] == 0.0);
  }
}

TEST_CASE("the implicit midpoint rule has no step part: m = 0") {
  const Block block = law_block();
  const LawForm form = form_of(block, "query_key");
  const Index size = block.parameters.size();
  Random random(43);
  const auto theta = random_vector(random, size), k = random_vector(random, size);
  auto next = theta;
  for (std::size_t i = 0; i < next.size(); ++i) next[i] += 0.1 * k[i];
  const double half = 0.5, one = 1.0;
  const double* slopes[1] = {k.data()};
  Budget<double> budget({&form}, size);
  budget.start(theta.data());
  budget.step({0.1, &half, &one, 1, slopes, theta.data(), next.data()});
  const BudgetRow& row = budget.record(next.data());
  for (std::size_t c = 0; c < row.drift.size(); ++c) {
    CHECK(row.step_part[c] == 0.0);
    CHECK(row.bound[c] == 0.0);
    CHECK(std::abs(row.closure[c]) <= row.closure_tolerance[c]);
  }
}

TEST_CASE("laws stay below the bound, pathwise below Eq. 9's form; what is no law exceeds it") {
  RunSettings settings;
  settings.steps = 2000;
  const Run done = run<double>(settings);
  const auto check_groups = [&](const std::string& law, bool below) {
    for (std::size_t f = 0; f < done.forms.size(); ++f) {
      if (done.forms[f].name != law) continue;
      for (auto at = done.begin[f]; at < done.begin[f + 1]; ++at) {
        const auto c = static_cast<std::size_t>(at);
        CHECK(done.row.bound[c] <= done.row.bound_eq9[c]);
        if (below) CHECK(std::abs(done.row.drift[c]) <= done.row.bound[c]);
      }
      for (auto at = done.group_begin[f]; at < done.group_begin[f + 1]; ++at) {
        const auto g = static_cast<std::size_t>(at);
        CHECK(done.row.group_bound[g] <= done.row.group_bound_eq9[g]);
        CHECK((done.row.group_drift[g] <= done.row.group_bound[g]) == below);
      }
    }
  };
  check_groups("query_key", true);
  check_groups("value_output", true);
  check_groups("sum_of_both", false);
  check_groups("gate", false);  // linear: its bound is rounding, and this field moves it
}

TEST_CASE("a linear law along slopes that keep it stays below its rounding floor") {
  const Block block = read_block(
      "sizes e=4 d=6\nparameters G[e d]\ninput x[d]\ny[e] = G[e d] x[d]\nlaw gate[d] = sum[e](G[e d])", {}, "t");
  const LawForm form = law_form(block, block.laws[0]);
  const auto drift_over_floor = [&](auto scalar) {
    using S = decltype(scalar);
    Random random(45);
    auto theta = random_vector<S>(random, 24), next = theta, k = theta;
    Budget<S> budget({&form}, 24, {Arithmetic::plain, false, 1});
    budget.start(theta.data());
    const double one = 1.0;
    const S* slopes[1] = {k.data()};
    for (int n = 0; n < 3000; ++n) {
      const auto fresh = random_vector<S>(random, 24);
      for (std::size_t d = 0; d < 6; ++d) {
        S mean = 0;
        for (std::size_t e = 0; e < 4; ++e) mean += fresh[e * 6 + d] / 4;
        for (std::size_t e = 0; e < 4; ++e) k[e * 6 + d] = fresh[e * 6 + d] - mean;
      }
      for (std::size_t i = 0; i < 24; ++i) next[i] = theta[i] + S(0.01) * k[i];
      budget.step({static_cast<double>(S(0.01)), nullptr, &one, 1, slopes, theta.data(), next.data()});
      std::swap(theta, next);
    }
    const BudgetRow& row = budget.record(theta.data());
    double worst = 0.0;
    for (std::size_t c = 0; c < 6; ++c) worst = std::max(worst, std::abs(row.drift[c]) / row.bound[c]);
    return worst;
  };
  for (const double worst : {drift_over_floor(0.0f), drift_over_floor(0.0)}) {
    CHECK(worst < 1.0);
    CHECK(worst > 1e-4);  // the floor is no number from the sky
  }
}

TEST_CASE("group norms are Frobenius norms, and Eq. 10 is their mean relative drift") {
  RunSettings settings;
  settings.steps = 300;
  const Run done = run<double>(plain(settings));
  const auto f = static_cast<std::size_t>(0);  // query_key
  std::vector<double> drift, start, magnitude;
  for (auto g = done.group_begin[f]; g < done.group_begin[f + 1]; ++g) {
    double squares = 0.0, start_squares = 0.0;
    for (auto at = done.begin[f]; at < done.begin[f + 1]; ++at) {
      const auto c = static_cast<std::size_t>(at - done.begin[f]);
      if (done.forms[f].group[c] != g - done.group_begin[f]) continue;
      const double value = done.row.value[static_cast<std::size_t>(at)],
                   change = done.row.drift[static_cast<std::size_t>(at)];
      squares += done.forms[f].norm_weight[c] * change * change;
      start_squares += done.forms[f].norm_weight[c] * (value - change) * (value - change);
    }
    CHECK(done.row.group_drift[static_cast<std::size_t>(g)] == Approx(std::sqrt(squares)));
    CHECK(done.row.group_start[static_cast<std::size_t>(g)] == Approx(std::sqrt(start_squares)));
    drift.push_back(std::sqrt(squares));
    start.push_back(std::sqrt(start_squares));
    magnitude.push_back(done.row.group_magnitude[static_cast<std::size_t>(g)]);
  }
  CHECK(block_error(drift, start, magnitude) == Approx((drift[0] / start[0] + drift[1] / start[1]) / 2));
  CHECK(deviation(drift, start, magnitude) == Approx(std::hypot(drift[0], drift[1]) / std::hypot(start[0], start[1])));
  start[1] = 1e-15 * magnitude[1];  // balanced: left out
  CHECK(block_error(drift, start, magnitude) == Approx(drift[0] / start[0]));
  start[0] = 0.0;
  CHECK(std::isnan(block_error(drift, start, magnitude)));
  CHECK(std::isnan(deviation(drift, start, magnitude)));
  start[0] = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(block_error(drift, start, magnitude)));
}

TEST_CASE("a budget starts afresh: a second run has the numbers of the first") {
  const Block block = law_block();
  const LawForm form = form_of(block, "neuron");
  const Index size = block.parameters.size();
  Random random(47);
  const auto theta = random_vector(random, size), k = random_vector(random, size);
  auto next = theta;
  for (std::size_t i = 0; i < next.size(); ++i) next[i] += 0.1 * k[i];
  const double one = 1.0;
  const double* slopes[1] = {k.data()};
  Budget<double> budget({&form}, size);
  const auto once = [&] {
    budget.start(theta.data());
    for (int n = 0; n < 3; ++n) budget.step({0.1, nullptr, &one, 1, slopes, theta.data(), next.data()});
    return budget.record(next.data());
  };
  const BudgetRow first = once(), second = once();
  CHECK(first.step_part == second.step_part);
  CHECK(first.bound == second.bound);
  CHECK(first.closure_tolerance == second.closure_tolerance);
  CHECK(first.floor == second.floor);
  CHECK(first.sum_step_squared == second.sum_step_squared);
}
