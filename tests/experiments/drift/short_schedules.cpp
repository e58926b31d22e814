// What a job takes follows from the steps that are taken, not from those that would be left to T.
#include <cmath>

#include "tests/experiments/program.h"

using namespace invar;
using namespace invar::testing;
using Catch::Matchers::Contains;

namespace {

/// A flow to T = 5 beside descents of ten steps.
Ended short_descents(const TemporaryFolder& folder, const std::string& step_sizes, const std::string& schedules) {
  return run_program(
      folder, line("--model swiglu --set d=3 width=3 outputs=2 --data teacher --samples 8 --method flow gd sgd --rtol "
                   "1e-6 1e-8 --steps 10 --batch 2 --sampling-seeds 1 --records 4 --step-size " +
                       step_sizes + " --schedule " + schedules + " --output",
                   {folder / "short.h5"}));
}

}  // namespace

TEST_CASE("a flow beside descents whose steps are cut far from T comes to its end") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  // To T these would be 5 million million steps of each schedule; a walk over them would not end within the test.
  const Ended ended = short_descents(folder, "1e-12 1e-11", "constant linear:1e-12 power:0.5");
  INFO(ended.out << ended.err);
  CHECK(ended.code == 0);
}

TEST_CASE("the drift of descents whose steps are cut far from T is predicted as far as they go") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const Ended ended = short_descents(folder, "1e-3 2e-4", "constant linear:1e-4 power:0.5");
  INFO(ended.out << ended.err);
  REQUIRE(ended.code == 0);
  const hdf5::File file = hdf5::File::open(folder / "short.h5");
  int compared = 0;
  for (const RunView& run : all_runs(file)) {
    if (run.text("method") != "gd") continue;
    const std::vector<double> prediction = run.column("prediction"), drift = run.column("step_part");
    const std::vector<std::string> laws = run.group().dataset("component_law").read_text();
    for (std::size_t c = 0; c < laws.size(); ++c) {
      if (laws[c] != "down_up") continue;
      const std::size_t last = (run.rows() - 1) * laws.size() + c;
      CAPTURE(run.text("label"), c, prediction[last], drift[last]);
      CHECK(std::abs(drift[last]) > 1e-12);
      CHECK(std::abs(prediction[last] / drift[last] - 1.0) < 0.05);  // to first order in the step size
      ++compared;
    }
  }
  CHECK(compared == 18);
}

TEST_CASE("a cap above 10^9 steps is refused where so many would be needed") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const Ended ended = run_program(
      folder,
      line("--model toy --set i=3 --data teacher --samples 8 --method gd --step-size 1e-12 --steps 1e18 --output",
           {folder / "r.h5"}));
  CHECK(ended.code == 2);
  CHECK_THAT(ended.err, Contains("at most 10^9"));
}
