// Runs on real blocks that go on from an archive in newly made objects, bit for bit: mini-batches, whose generator is
// archived, mixed precision, and flows projected onto all laws.
#include <catch2/catch.hpp>
#include <deque>

#include "integrators/registry.h"
#include "problem/gradient_field.h"
#include "problem/law_level_set.h"
#include "tests/experiments/small_job.h"
#include "tests/integrators/resumed_run.h"

using namespace invar;
using namespace invar::testing;

namespace {

template <class S>
State<S> start_of(const Problem& problem) {
  return Eigen::Map<const Eigen::VectorXd>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()))
      .template cast<S>();
}

template <class S>
void check_parts(const Story<S>& story) {
  Traced<S> whole(story.rows);
  const std::string expected = text_of(story.whole(whole));
  CAPTURE(expected);
  REQUIRE(whole.checkpoints.size() == story.rows.size());
  for (const auto& checkpoint : whole.checkpoints) {
    Traced<S> tail(story.rows);
    CHECK(text_of(story.go_on(checkpoint.archive, tail)) == expected);
    CHECK(same_tail(whole, checkpoint.events, tail));
    // What the field lists is needed.
    if (!checkpoint.archive.contains("field/sampler/generator") || &checkpoint == &whole.checkpoints.back()) continue;
    for (const char* name : {"generator", "position", "permutation"}) {
      const std::string place = std::string("field/sampler/") + name;
      if (!checkpoint.archive.contains(place)) continue;
      CAPTURE(place);
      Traced<S> other(story.rows);
      story.go_on(checkpoint.archive, other, place);
      CHECK_FALSE(same_tail(whole, checkpoint.events, other));
    }
  }
}

template <class S, class G>
void check_batches(const Problem& problem, double step_size, bool replacement) {
  CAPTURE(sizeof(S), sizeof(G), replacement);
  const Schedule schedule({}, step_size, 100.0 * step_size, std::nullopt, kStepFormat<S>);
  MethodOptions options;
  options.schedule = &schedule;
  std::deque<Objective<G>> objectives;
  Story<S> story;
  story.plan = plan_steps(schedule, schedule.time(), 20);
  story.rows = {1, 3, 9, 17};  // at 5 steps a row amid an epoch, which has two batches
  story.make = [&] {
    Objective<G>& objective = objectives.emplace_back(problem.plans, problem.samples, 3);
    return Parts<S>{std::make_unique<BatchField<S, G>>(objective, 3, replacement, 7), nullptr,
                    find_method("gradient-descent").make<S>(options), start_of<S>(problem)};
  };
  check_parts(story);
}

template <class S>
void check_projected(const Problem& problem, std::string_view name) {
  CAPTURE(sizeof(S), name);
  MethodOptions options;
  options.rtol = options.atol = 1e-4;
  std::deque<Objective<S>> objectives;
  Story<S> story;
  story.plan = plan_flow(5.0, 12);
  story.rows = {1, 4, 10};
  story.make = [&] {
    auto laws = std::make_unique<LawLevelSet<S>>(problem.forms, problem.block.parameters.size());
    auto method = std::make_unique<Projected<S>>(find_method(name).make<S>(options), *laws);
    return Parts<S>{std::make_unique<GradientField<S>>(objectives.emplace_back(problem.plans, problem.samples)),
                    std::move(laws), std::move(method), start_of<S>(problem)};
  };
  check_parts(story);
}

}  // namespace

TEST_CASE("SGD goes on with the batches that it would have drawn") {
  const SmallModel model = small_models().front();
  const Problem problem = problem_of(small_configuration(model, Loss::squared));
  for (const bool replacement : {false, true}) {
    check_batches<double, double>(problem, model.step_size, replacement);
    check_batches<float, float>(problem, model.step_size, replacement);
    check_batches<double, float>(problem, model.step_size, replacement);
  }
}

TEST_CASE("a flow projected onto all laws of a block goes on as if it had not been interrupted") {
  const Problem problem = problem_of(small_configuration(small_models().front(), Loss::squared));
  for (const char* name : {"tsit5", "rkc3", "cvode", "auto"}) {
    check_projected<double>(problem, name);
    check_projected<float>(problem, name);
  }
}
