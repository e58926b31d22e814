// Schedules: their sizes, sums and numbers of steps.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

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

TEST_CASE("a schedule without an end takes all the steps that it may") {
  const double endless = std::numeric_limits<double>::infinity();
  for (const char* rule : {"constant", "power:0.75", "power:2"}) {
    CAPTURE(rule);
    const Schedule capped = make(rule, 0.1, endless, 300), free = make(rule, 0.1, endless);
    CHECK(capped.steps() == 300);
    CHECK(capped.capped());
    CHECK(free.steps() == kMostSteps);
    CHECK(free.capped());
    CHECK(std::isfinite(free.time()));
  }
  CHECK(make("constant", 0.1, endless, 300).time() == Approx(30.0));
  CHECK_THROWS_WITH(make("linear:0.001", 0.1, endless, 300),
                    Catch::Contains("linear:0.001") && Catch::Contains("finite"));
  CHECK_THROWS_AS(make("constant", 0.1, -endless, 300), InputError);
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

TEST_CASE("the sums of a long decaying schedule are those of its steps, one by one") {
  constexpr std::int64_t kSteps = 1'200'000;  // beyond 2^20
  for (const char* rule :
       {"power:0", "power:1e-9", "power:0.6", "power:1", "power:2", "linear:0", "linear:0.017", "linear:0.03"})
    for (const StepFormat format : {StepFormat::float64, StepFormat::float32}) {
      CAPTURE(rule, format == StepFormat::float32);
      const Schedule schedule(parse_schedule(rule), 0.017, kSteps, format);
      // The powers of nearly one are one and the same float.
      const bool nearly = rule == std::string("power:1e-9");
      const double rounding = format == StepFormat::float64 ? 1e-15 : nearly ? 3e-8 : 1e-10;
      __float128 time = 0.0, squares = 0.0;
      StepTimes walk(schedule), leap(schedule);
      for (std::int64_t k = 0; k < kSteps; ++k) {
        const __float128 size = schedule[k];
        time += size;
        squares += size * size;
        walk.next();
        if (k == 1'100'029) {
          leap.walk_to(k + 1);
          CHECK(leap.time() == walk.time());
          CHECK(leap.sum_squares() == walk.sum_squares());
          CHECK(leap.step_size() == walk.step_size());
          CHECK(std::abs(walk.time() - static_cast<double>(time)) <= rounding * walk.time());
        }
      }
      CHECK(std::abs(schedule.time() - static_cast<double>(time)) <= rounding * schedule.time());
      CHECK(std::abs(schedule.sum_squares() - static_cast<double>(squares)) <= rounding * schedule.sum_squares());
      CHECK(walk.time() == schedule.time());
      CHECK(walk.sum_squares() == schedule.sum_squares());
    }
}

TEST_CASE("10^9 decaying steps are known at once") {
  const double n = 1e9;
  for (const double alpha : {0.2, 0.6, 1.5}) {
    const Schedule schedule({ScheduleRule::Kind::power, alpha}, 0.3, 1'000'000'000, StepFormat::float64);
    const double sum = std::pow(n, 1.0 - alpha) / (1.0 - alpha) + std::riemann_zeta(alpha) + 0.5 * std::pow(n, -alpha);
    CHECK(schedule.time() == Approx(0.3 * sum).epsilon(1e-13));
    StepTimes walk(schedule);
    const double wanted = 0.8 * schedule.time();
    walk.seek(wanted);
    CHECK(walk.time() <= wanted);
    CHECK(walk.time_after() > wanted);
  }
  const Schedule linear({ScheduleRule::Kind::linear, 0.0}, 0.3, 1'000'000'000, StepFormat::float64);
  CHECK(linear.time() == Approx(0.15 * n).epsilon(1e-15));
  CHECK(linear.sum_squares() == Approx(0.03 * n * (1.0 + 0.5 / n)).epsilon(1e-14));
  // The nearest of so many steps to T, too.
  const Schedule reached = make("power:0.5", 1e-3, 50.0);
  CHECK(reached.steps() > 600'000'000);
  CHECK(std::abs(reached.time() - 50.0) <= 0.5 * reached[reached.steps()]);
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
