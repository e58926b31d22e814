// The drift budget over long runs: it closes at rounding in every precision and for every kind of step, and each of its
// parts is needed.
#include "law/budget.h"

#include <catch2/catch.hpp>

#include "budget_run.h"

using namespace invar;
using namespace invar::law_test;

TEST_CASE("10,000 Euler steps close at rounding in float, double and mixed precision") {
  static const Run in_float = run<float>(plain());  // static: once for all sections
  static const Run in_exact_float = run<float>({});
  static const Run in_double = run<double>({});
  static const Run in_plain_double = run<double>(plain());
  static const Run mixed = run<double, float>({});
  for (const Run* each : {&in_float, &in_exact_float, &in_double, &in_plain_double, &mixed}) {
    UNSCOPED_INFO("closure in tolerances " << each->red());
    CHECK(each->red() <= 1.0);
    CHECK(each->row.steps == 10000);
  }

  SECTION("the tolerance is no loophole") {
    CHECK(in_float.largest(in_float.row.closure_tolerance, "query_key") < 1e-12);
    CHECK(in_plain_double.largest(in_plain_double.row.closure_tolerance, "query_key") < 1e-13);
    CHECK(in_double.largest(in_double.row.closure_tolerance, "query_key") < 1e-27);
    CHECK(mixed.largest(mixed.row.closure_tolerance, "query_key") < 1e-27);
  }
  SECTION("each part left out breaks the closure by orders of magnitude") {
    for (const char* law : {"query_key", "value_output"}) {
      CHECK(in_float.red(&in_float.row.step_part, law) > 1e3);
      CHECK(in_float.red(&in_float.row.gradient_part, law) > 1e3);
      CHECK(in_float.red(&in_float.row.update_part, law) > 1e3);
      CHECK(in_double.red(&in_double.row.step_part, law) > 1e3);
      CHECK(in_double.red(&in_double.row.gradient_part, law) > 1e3);
      CHECK(in_double.red(&in_double.row.update_part, law) > 1e3);
      CHECK(mixed.red(&mixed.row.step_part, law) > 1e3);
      CHECK(mixed.red(&mixed.row.gradient_part, law) > 1e3);
      CHECK(mixed.red(&mixed.row.cast_part, law) > 1e3);
      CHECK(mixed.red(&mixed.row.update_part, law) > 1e3);
      // Double arithmetic sees the step; roundings of a double run are at its own.
      CHECK(in_plain_double.red(&in_plain_double.row.step_part, law) > 1e3);
    }
    for (const char* linear : {"gate", "frozen", "weighted"}) {
      CHECK(in_double.red(&in_double.row.gradient_part, linear) > 1e3);
      CHECK(in_double.red(&in_double.row.update_part, linear) > 1e3);
      CHECK(in_double.largest(in_double.row.step_part, linear) == 0.0);
    }
  }
  SECTION("for a law the step is the drift; gradient and cast are at the rounding of the gradient's precision") {
    for (const char* law : {"query_key", "value_output"}) {
      CHECK(in_double.largest(in_double.row.step_part, law) ==
            Approx(in_double.largest(in_double.row.drift, law)).epsilon(1e-9));
      CHECK(in_double.largest(in_double.row.gradient_part, law) < 1e-15);
      CHECK(in_double.largest(in_double.row.update_part, law) < 1e-13);
      CHECK(mixed.largest(mixed.row.gradient_part, law) > 1e-9);
      CHECK(mixed.largest(mixed.row.gradient_part, law) < 1e-5);
      CHECK(mixed.largest(mixed.row.cast_part, law) > 1e-9);
      CHECK(mixed.largest(mixed.row.cast_part, law) < 1e-5);
      CHECK(mixed.largest(mixed.row.update_part, law) < 1e-13);
    }
    // What is no law drifts by its gradient part.
    CHECK(in_double.largest(in_double.row.gradient_part, "sum_of_both") > 1e-2);
  }
  SECTION("plain and exact parts of one run agree") {
    for (std::size_t c = 0; c < in_double.row.drift.size(); ++c) {
      CHECK(in_plain_double.row.step_part[c] == Approx(in_double.row.step_part[c]).epsilon(1e-11).margin(1e-15));
      CHECK(in_plain_double.row.update_part[c] == Approx(in_double.row.update_part[c]).epsilon(1e-6).margin(1e-17));
    }
  }
}

TEST_CASE("steps of a decaying size close too") {
  RunSettings settings;
  settings.tau = 0.05;
  settings.steps = 3000;
  settings.schedule = [](int n) { return std::pow(n + 1.0, -0.75); };
  CHECK(run<double>(settings).red() <= 1.0);
  CHECK(run<float>(settings).red() <= 1.0);
  CHECK(run<float>(plain(settings)).red() <= 1.0);
  CHECK(run<double, float>(plain(settings)).red() <= 1.0);
}

TEST_CASE("steps of dopri5 close at rounding, and each part is needed") {
  RunSettings settings;
  settings.tableau = true;
  settings.tau = 0.05;
  settings.steps = 500;
  const Run in_float = run<float>(plain(settings));
  const Run in_exact_float = run<float>(settings);
  const Run in_double = run<double>(settings);
  const Run in_plain_double = run<double>(plain(settings));
  const Run mixed = run<double, float>(settings);
  for (const Run* each : {&in_float, &in_exact_float, &in_double, &in_plain_double, &mixed}) {
    UNSCOPED_INFO("closure in tolerances " << each->red());
    CHECK(each->red() <= 1.0);
  }
  for (const Run* each : {&in_float, &in_double, &mixed}) {
    CHECK(each->red(&each->row.step_part, "query_key") > 1e3);
    CHECK(each->red(&each->row.gradient_part, "query_key") > 1e3);
    CHECK(each->red(&each->row.update_part, "query_key") > 1e3);
  }
  CHECK(mixed.red(&mixed.row.cast_part, "query_key") > 1e3);
  // The stages' slopes are those of a field that keeps the law: what is left of the change is the solver's.
  CHECK(in_double.largest(in_double.row.gradient_part, "query_key") < 1e-13);
  CHECK(in_double.largest(in_double.row.step_part, "query_key") > 1e-10);
  CHECK(mixed.largest(mixed.row.gradient_part, "query_key") < 1e-4);
  CHECK(mixed.largest(mixed.row.cast_part, "query_key") < 1e-4);
  CHECK(in_double.largest(in_double.row.step_part, "gate") < 1e-30);
}
