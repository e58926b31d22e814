// A run that goes on from an archive, in newly made objects, is the run that was never interrupted: bit for bit.
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "tests/integrators/factor_law.h"
#include "tests/integrators/fields.h"
#include "tests/integrators/resumed_run.h"

using namespace invar;
using namespace invar::testing;

namespace {

template <class S>
using Function = typename FunctionField<S>::Function;

struct Problem {
  std::string name;
  double time, step;  // the prescribed one
  Eigen::Index size;
  Function<float> in_float;
  Function<double> in_double;
  bool flaky = false;

  template <class S>
  const Function<S>& function() const {
    if constexpr (std::is_same_v<S, float>)
      return in_float;
    else
      return in_double;
  }
};

template <class F>
Problem problem(std::string name, double time, double step, Eigen::Index size, F function) {
  return {std::move(name),
          time,
          step,
          size,
          [=](const State<float>& x, double t, State<float>& d) { function(x, t, d); },
          [=](const State<double>& x, double t, State<double>& d) { function(x, t, d); }};
}

/// x_i' = −a_i (x_i − cos(t + i)), a_i from 0.1 to `stiffness`.
Problem forced(std::string name, double time, double step, double stiffness) {
  return problem(std::move(name), time, step, 9, [=](const auto& x, double t, auto& d) {
    for (Eigen::Index i = 0; i < x.size(); ++i) {
      const double a = 0.1 * std::pow(10.0 * stiffness, static_cast<double>(i) / static_cast<double>(x.size() - 1));
      d(i) = static_cast<decltype(x.norm())>(-a * (static_cast<double>(x(i)) - std::cos(t + static_cast<double>(i))));
    }
  });
}

/// x_i' = −a(t) (x_i + x_i³ − cos t).
template <class A>
Problem varying(std::string name, double time, double step, A a) {
  return problem(std::move(name), time, step, 6, [=](const auto& x, double t, auto& d) {
    for (Eigen::Index i = 0; i < x.size(); ++i) {
      const auto xi = static_cast<double>(x(i));
      d(i) = static_cast<decltype(x.norm())>(-a(t) * (xi + xi * xi * xi - std::cos(t)));
    }
  });
}

std::vector<Problem> problems() {
  const auto pulses = [](double t) { return 1.0 + 500.0 * std::exp(-8.0 * std::pow(std::sin(t), 4)); };
  const auto calming = [](double t) { return t < 2.0 ? 400.0 : 0.5; };
  return {problem("smooth", 6.0, 0.02, 12, [](const auto& x, double t, auto& d) { factor_field(x, t, d); }),
          forced("forced", 5.0, 0.02, 5.0), forced("stiff", 8.0, 1e-3, 600.0), varying("pulses", 7.0, 5e-4, pulses),
          varying("calming", 4.0, 5e-4, calming)};
}

/// Every so many evaluations it has no value: attempts of all sizes are rejected.
template <class S>
class Flaky final : public FunctionField<S> {
 public:
  Flaky(Eigen::Index size, Function<S> function)
      : FunctionField<S>(size, [this, function](const State<S>& x, double t, State<S>& d) {
          function(x, t, d);
          if (++evaluations_ % 211 == 0) d.setConstant(std::numeric_limits<S>::quiet_NaN());
        }) {}

  void archive(Archive& archive) override { archive("evaluations", evaluations_); }

 private:
  std::int64_t evaluations_ = 0;
};

std::vector<Problem> problems_for(const MethodEntry& entry) {
  std::vector<Problem> all = problems();
  if (!entry.adaptive) return all;
  for (const std::size_t like : {0, 1, 2}) {
    all.push_back(all[like]);
    all.back().flaky = true;
  }
  return all;
}

template <class S>
Schedule schedule_of(const MethodEntry& entry, const Problem& problem) {
  ScheduleRule rule;
  if (entry.name != "adams-bashforth-moulton") rule = {ScheduleRule::Kind::linear, 0.5 * problem.step};
  return {rule, problem.step, problem.time, std::nullopt, kStepFormat<S>};
}

int one_of(boost::random::mt19937& engine, int first, int last) {
  return boost::random::uniform_int_distribution<>(first, last)(engine);
}

/// A checkpoint at every fourth row or so. The problem and the schedule must outlive it.
template <class S>
Story<S> story(const MethodEntry& entry, const Problem& problem, const Schedule& schedule, double tol, unsigned seed,
               int checkpoints = 5, bool projected = false) {
  boost::random::mt19937 engine(seed);
  Story<S> story;
  if (entry.adaptive) {
    std::vector<double> extra;
    for (int i = 0; i < 7; ++i) extra.push_back(problem.time * one_of(engine, 1, 999) / 1000.0);
    story.plan = plan_flow(problem.time, 4 * checkpoints, extra);
  } else {
    story.plan = plan_steps(schedule, problem.time, 4 * checkpoints);
  }
  while (std::ssize(story.rows) < checkpoints) story.rows.insert(one_of(engine, 0, 4 * checkpoints - 1));
  story.limits.gradients = 40000;
  MethodOptions options = tolerances(tol, tol);
  options.schedule = &schedule;
  options.keep_stages = one_of(engine, 0, 1) == 1;
  options.control = std::array{ControlKind::i, ControlKind::pi, ControlKind::pid, ControlKind::predictive}[seed % 4];
  story.make = [options, projected, &entry, &problem] {
    Parts<S> parts;
    if (problem.flaky)
      parts.field = std::make_unique<Flaky<S>>(problem.size, problem.function<S>());
    else
      parts.field = std::make_unique<FunctionField<S>>(problem.size, problem.function<S>());
    parts.method = entry.make<S>(options);
    if (projected) {
      parts.set = std::make_unique<FactorLaw<S>>();
      parts.method = std::make_unique<Projected<S>>(std::move(parts.method), *parts.set);
    }
    parts.theta = factor_start<S>(problem.size / 2 + 1).head(problem.size);
    return parts;
  };
  return story;
}

/// The same, ended where the last checkpoint was taken.
template <class S>
Story<S> cut_short(Story<S> story) {
  Traced<S> whole(story.rows);
  story.whole(whole);
  REQUIRE_FALSE(whole.checkpoints.empty());
  story.limits.steps = whole.checkpoints.back().step;
  return story;
}

template <class S>
void check_parts(const Story<S>& story) {
  Traced<S> whole(story.rows);
  const std::string expected = text_of(story.whole(whole));
  CAPTURE(expected);
  REQUIRE_FALSE(whole.checkpoints.empty());
  for (std::size_t i = 0; i < whole.checkpoints.size(); ++i) {
    CAPTURE(i);
    Traced<S> tail(story.rows);
    CHECK(text_of(story.go_on(whole.checkpoints[i].archive, tail)) == expected);
    CHECK(same_tail(whole, whole.checkpoints[i].events, tail));
    REQUIRE(tail.checkpoints.size() == whole.checkpoints.size() - i - 1);
    for (std::size_t j = 0; j < tail.checkpoints.size(); ++j)
      CHECK(tail.checkpoints[j].archive == whole.checkpoints[i + j + 1].archive);
  }
  // Interrupted at each of them.
  Entries from = whole.checkpoints.front().archive;
  for (std::size_t i = 1; i < whole.checkpoints.size(); ++i) {
    Traced<S> part(story.rows);
    part.stop_at_checkpoint = true;
    CHECK(story.go_on(from, part).end == End::interrupted);
    REQUIRE(part.checkpoints.size() == 1);
    from = part.checkpoints.front().archive;
  }
  Traced<S> last(story.rows);
  CHECK(text_of(story.go_on(from, last)) == expected);
  CHECK(same_tail(whole, whole.checkpoints.back().events, last));
}

template <class S>
void check_method(const MethodEntry& entry) {
  unsigned seed = 1;
  for (const Problem& problem : problems_for(entry)) {
    const Schedule schedule = schedule_of<S>(entry, problem);
    for (const double tol : {1e-3, 1e-6}) {
      CAPTURE(entry.name, sizeof(S), problem.name, problem.flaky, tol, seed);
      const double reached = std::is_same_v<S, float> ? std::max(tol, 1e-5) : tol;
      check_parts(story<S>(entry, problem, schedule, reached, seed++));
      check_parts(cut_short(story<S>(entry, problem, schedule, reached, seed++)));
    }
  }
}

/// Names in the archives of a story, and which of them it cannot be told on without.
using Needed = std::map<std::string, bool>;

/// A method's member is named alike whatever method that one is part of.
std::string innermost(const std::string& name) {
  const std::size_t last = name.rfind("method/");
  return last == std::string::npos ? name : name.substr(last);
}

template <class S>
void leave_out(const Story<S>& story, Needed& needed) {
  Traced<S> whole(story.rows);
  const std::string expected = text_of(story.whole(whole));
  for (const auto& checkpoint : whole.checkpoints) {
    for (const auto& [name, entry] : checkpoint.archive) {
      bool& is_needed = needed.try_emplace(innermost(name), false).first->second;
      if (is_needed) continue;
      try {
        Traced<S> tail(story.rows);
        is_needed = text_of(story.go_on(checkpoint.archive, tail, name)) != expected ||
                    !same_tail(whole, checkpoint.events, tail);
      } catch (const InputError&) {
        is_needed = true;
      }
    }
  }
}

/// Steps that grow tiny at t = 0.5, as where a flow slides, each after attempts that fail.
class Crawl final : public Method<double> {
 public:
  Crawl(std::int64_t before, std::int64_t while_sliding) : rejected_{before, while_sliding} {}

  void start(VectorField<double>& field, const State<double>& theta, double) override {
    field_ = &field;
    before_ = product_ = theta;
    counters_ = {};
  }
  Advance advance(State<double>& theta, double& t, double t_limit) override {
    const bool sliding = t >= 0.4999999;
    field_->hessian_product(theta, theta, product_);
    before_ = theta;
    counters_.rejected += rejected_[sliding ? 1 : 0];
    const double t_after = std::min(t + (sliding ? 1e-7 : 1e-3), t_limit);
    step_ = {counters_.accepted++, t, t_after, t_after - t, &before_, &theta, nullptr, {}};
    t = t_after;
    return {};
  }
  void archive(Archive& archive) override { Method<double>::archive(archive); }

 private:
  std::array<std::int64_t, 2> rejected_;
  VectorField<double>* field_ = nullptr;
  State<double> before_, product_;
};

Story<double> crawl(std::int64_t rejected_before, std::int64_t rejected_while_sliding) {
  Story<double> story;
  story.plan = {false, 1.0, true, {}};
  for (const double t : {0.0, 0.2, 0.45, 0.500002, 0.500006, 1.0})
    story.plan.stops.push_back({t, -1, static_cast<std::int64_t>(story.plan.stops.size())});
  story.rows = {1, 2, 3, 4};
  story.limits.steps = 3000;
  story.make = [=] {
    return Parts<double>{std::make_unique<QuadraticField<double>>(Eigen::MatrixXd::Identity(2, 2)), nullptr,
                         std::make_unique<Crawl>(rejected_before, rejected_while_sliding), State<double>::Ones(2)};
  };
  return story;
}

}  // namespace

TEST_CASE("a run that goes on from an archive in new objects repeats the bits") {
  for (const MethodEntry& entry : kMethods) {
    check_method<double>(entry);
    check_method<float>(entry);
  }
}

TEST_CASE("so does a projected run on its level set") {
  const Problem smooth = problems().front();
  for (const MethodEntry& entry : adaptive_methods()) {
    const Schedule schedule = schedule_of<double>(entry, smooth);
    for (unsigned seed = 50; seed < 52; ++seed) {
      CAPTURE(entry.name, seed);
      check_parts(story<double>(entry, smooth, schedule, 1e-4, seed, 5, true));
      check_parts(story<float>(entry, smooth, schedule, 1e-4, seed, 5, true));
    }
  }
}

TEST_CASE("a run that hardly gets on is given up at the same step") {
  for (const auto& [before, sliding] : {std::pair{9, 9}, std::pair{9, 0}}) {
    const Story<double> story = crawl(before, sliding);
    check_parts(story);
    Traced<double> seen(story.rows);
    CHECK(story.whole(seen).end == (sliding > 0 ? End::stalled : End::truncated_steps));
  }
}

/// A flow that waits for a condition.
Story<double> watched() {
  const MethodEntry& entry = find_method("tsit5");
  static const Problem smooth = problems().front();
  static const Schedule schedule = schedule_of<double>(entry, smooth);
  Story<double> made = story<double>(entry, smooth, schedule, 1e-4, 1, 10);
  made.limits.stop.gradient_norm = 0.0;
  return made;
}

TEST_CASE("a flow that waits for a condition goes on waiting") {
  check_parts(watched());
}

TEST_CASE("nothing is archived in vain") {
  Needed needed;
  for (const MethodEntry& entry : kMethods) {
    unsigned seed = 100;
    for (const Problem& problem : problems_for(entry)) {
      const Schedule schedule = schedule_of<double>(entry, problem);
      for (const double tol : {1e-3, 1e-6}) {
        leave_out(story<double>(entry, problem, schedule, tol, seed++, 10), needed);
        leave_out(cut_short(story<double>(entry, problem, schedule, tol, seed++)), needed);
      }
    }
    const Problem smooth = problems().front();
    const Schedule schedule = schedule_of<double>(entry, smooth);
    leave_out(story<double>(entry, smooth, schedule, 1e-4, seed, 5, true), needed);
  }
  // auto in all its states.
  const auto chooses = [&needed](const auto& stiffness) {
    const MethodEntry& entry = find_method("auto");
    const Problem problem = varying("for auto", 24.0, 1.0, stiffness);
    for (const double tol : {1e-3, 1e-5})
      for (const unsigned seed : {1, 2})
        leave_out(story<double>(entry, problem, schedule_of<double>(entry, problem), tol, seed, 60), needed);
  };
  chooses([](double) { return 1e4; });
  chooses([](double) { return 300.0; });
  chooses([](double t) { return t < 6.0 ? 40.0 : 2000.0; });
  chooses([](double t) { return 1.0 + 1e6 * std::exp(-40.0 * std::pow(std::sin(t), 2)); });
  leave_out(crawl(9, 9), needed);
  leave_out(crawl(9, 0), needed);
  leave_out(watched(), needed);
  for (const auto& [name, is_needed] : needed) {
    if (name.starts_with("method/times/squares/")) continue;  // for users of StepTimes that are no methods
    CAPTURE(name);
    CHECK(is_needed);
  }
}
