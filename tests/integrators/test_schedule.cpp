// Schedules: their sizes, sums and numbers of steps.
#include <catch2/catch.hpp>
#include <cmath>

#include "error.h"
#include "integrators/schedule.h"

using namespace invar;

namespace {

Schedule make(const char* rule, double step_size, double time, std::optional<std::int64_t> cap = std::nullopt,
              StepFormat format = StepFormat::float64) {
  return {parse_schedule(rule), step_size, time, cap, format};
}

}  // namespace

TEST_CASE("a schedule's text is read back, and what is none is refused by name") {
  for (const char* text : {"constant", "power:0.75", "power:0", "linear:0.001", "linear:0", "linear:1e-06"}) {
    CHECK(to_string(parse_schedule(text)) == text);
  }
  for (const char* text : {"", "cosine", "power", "power:", "power:x", "power:-1", "linear:nan", "linear:inf",
                           "linear:0.1x", "constant:1"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_schedule(text), InputError);
  }
  CHECK_THROWS_WITH(parse_schedule("power:x"), Catch::Contains("\"x\"") && Catch::Contains("power:ALPHA"));
  CHECK_THROWS_AS(make("constant", 0.0, 1.0), InputError);
  CHECK_THROWS_AS(make("constant", 0.1, -1.0), InputError);
  CHECK_THROWS_AS(make("constant", 0.1, 1.0, 0), InputError);
  CHECK_THROWS_AS(make("constant", 1e-60, 1e-50, 10, StepFormat::float32), InputError);  // 0 in float
}

TEST_CASE("a constant schedule ends at the step nearest to T") {
  CHECK(make("constant", 0.1, 1.0).steps() == 10);
  CHECK(make("constant", 0.3, 1.0).steps() == 3);   // 0.9, not 1.2
  CHECK(make("constant", 0.35, 1.0).steps() == 3);  // 1.05, not 0.7
  CHECK(make("constant", 0.5, 1.25).steps() == 2);  // half-way: the earlier
  CHECK(make("constant", 5.0, 1.0).steps() == 1);   // at least one
  CHECK(make("constant", 0.1, 1e4).steps() == 100000);
  CHECK(make("constant", 0.1, 1e4).time() == 1e4);  // without an error that grows with the number of terms
  CHECK(make("constant", 0.1, 1.0).sum_squares() == Approx(0.1).epsilon(1e-15));
  const Schedule capped = make("constant", 0.1, 1.0, 4);
  CHECK(capped.steps() == 4);
  CHECK(capped.capped());
  CHECK(capped.time() == Approx(0.4).epsilon(1e-15));
  CHECK_FALSE(make("constant", 0.1, 1.0, 10).capped());
}

TEST_CASE("a linear schedule goes from its step size to END, its last step, and its steps sum to T") {
  const Schedule schedule = make("linear:0.01", 0.09, 5.0);
  CHECK(schedule.steps() == 100);  // mean step 0.05
  CHECK(schedule[0] == 0.09);
  CHECK(schedule[99] == 0.01);
  CHECK(schedule[50] - schedule[49] == Approx(-0.08 / 99).epsilon(1e-12));
  CHECK(schedule.time() == Approx(5.0).epsilon(1e-14));
  // Cut by the cap it still ends with END.
  const Schedule capped = make("linear:0.01", 0.09, 5.0, 11);
  CHECK(capped.capped());
  CHECK(capped[0] == 0.09);
  CHECK(capped[10] == 0.01);
  CHECK(capped.time() == Approx(0.55).epsilon(1e-14));
  CHECK(make("linear:0", 0.1, 1.0)[19] == 0.0);
  CHECK(make("linear:0.2", 0.1, 1.5).steps() == 10);  // growing steps too
  CHECK(make("linear:0.01", 0.09, 0.01)[0] == 0.09);  // a run of one step takes the first
}

TEST_CASE("decaying steps sum to the zeta function, and a time beyond that is out of reach") {
  constexpr double kZeta2 = 1.6449340668482264;
  constexpr double kZeta3Halves = 2.6123753486854883;
  const Schedule schedule = make("power:2", 1.0, 10.0, 1000);
  CHECK(schedule.capped());
  CHECK(schedule.time() == Approx(kZeta2 - 1.0 / 1000.5).epsilon(1e-8));  // ζ(2) less its tail
  const Schedule squares = make("power:0.75", 0.5, 1e9, 100000);
  CHECK(squares.sum_squares() == Approx(0.25 * (kZeta3Halves - 2.0 / std::sqrt(100000.5))).epsilon(1e-6));
  CHECK(make("power:2", 1.0, 1.5).steps() == 6);  // Σ 1/k²: 1.464 after 5, 1.491 after 6, 1.512 after 7
  CHECK_THROWS_WITH(make("power:2", 1.0, 1.7), Catch::Contains("never reaches") && Catch::Contains("cap"));
  CHECK_THROWS_AS(make("power:2", 1.0, 2.5), InputError);
  CHECK_THROWS_AS(make("power:1", 0.1, 20.0), InputError);  // e^200 steps
  CHECK(make("power:0.75", 0.1, 20.0).steps() == Approx(6.7e6).epsilon(0.05));
  CHECK(make("power:0.75", 0.1, 20.0, 5000).steps() == 5000);
}

TEST_CASE("float runs sum the step sizes that they take") {
  const Schedule schedule = make("constant", 0.1, 100.0, std::nullopt, StepFormat::float32);
  CHECK(schedule[3] == static_cast<double>(0.1f));
  CHECK(schedule.time() == Approx(1000.0 * static_cast<double>(0.1f)).epsilon(1e-15));
  CHECK(schedule.time() != Approx(100.0).epsilon(1e-9));
}

TEST_CASE("the step size as a function of time is the size of the step under way") {
  const Schedule schedule = make("power:0.5", 0.2, 3.0);
  StepTimes walk(schedule), seeker(schedule);
  while (walk.step() < schedule.steps()) {
    const double inside = 0.5 * (walk.time() + walk.time_after());
    seeker.seek(walk.time());
    CHECK(seeker.step_size() == walk.step_size());
    seeker.seek(inside);
    CHECK(seeker.step() == walk.step());
    walk.next();
  }
  CHECK(walk.time() == schedule.time());
  CHECK(walk.sum_squares() == schedule.sum_squares());
  seeker.seek(1e9);
  CHECK(seeker.step_size() == schedule[schedule.steps() - 1]);
}

TEST_CASE("however many its steps, a constant schedule is known at once, as if each step had been added") {
  for (const double size : {0.1, 0.3, 1e-3, 7e-5}) {
    const Schedule schedule = make("constant", size, 12.5);
    StepTimes walk(schedule), leap(schedule);
    while (walk.step() < schedule.steps()) walk.next();
    CHECK(walk.time() == schedule.time());
    CHECK(walk.sum_squares() == Approx(schedule.sum_squares()).epsilon(1e-15));
    CHECK(std::abs(walk.time() - 12.5) <= 0.5 * size);
    leap.seek(0.7 * 12.5);
    CHECK(leap.time() <= 0.7 * 12.5);
    CHECK(leap.time_after() > 0.7 * 12.5);
  }
  const Schedule many = make("constant", 1e-9, 0.875);
  CHECK(many.steps() == 875'000'000);
  CHECK(many.time() == Approx(0.875).epsilon(1e-15));
}

TEST_CASE("no cap lets a schedule be longer than 10^9 steps") {
  for (const char* rule : {"constant", "linear:1e-12", "power:0.1"}) {
    CAPTURE(rule);
    CHECK_THROWS_WITH(make(rule, 1e-12, 5.0), Catch::Contains("at most 10^9"));
    CHECK_THROWS_WITH(make(rule, 1e-12, 5.0, 9'000'000'000'000), Catch::Contains("at most 10^9"));
    CHECK(make(rule, 1e-12, 5.0, 10).steps() == 10);
  }
  CHECK(make("constant", 0.1, 1.0, 9'000'000'000'000).steps() == 10);
}
