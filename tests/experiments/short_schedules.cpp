// What a job takes follows from the steps that are taken, not from those that would be left to T.
#include "tests/experiments/program.h"

using namespace invar;
using namespace invar::testing;
using Catch::Matchers::Contains;

TEST_CASE("a flow beside descents whose steps are cut far from T predicts their drift, and the job ends") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "short.h5";
  // To T these would be 5 million million steps of each schedule; a walk over them would not end within the test.
  const Ended ended = run_program(
      folder, line("--model swiglu --set d=3 width=3 outputs=2 --data teacher --samples 8 --method flow gd sgd --rtol "
                   "1e-6 1e-8 --step-size 1e-12 1e-11 --steps 10 --batch 2 --sampling-seeds 1 --records 4 --schedule "
                   "constant linear:1e-12 power:0.5 --output",
                   {output}));
  INFO(ended.out << ended.err);
  REQUIRE(ended.code == 0);
  const hdf5::File file = hdf5::File::open(output);
  int descents = 0;
  for (const std::string& name : file.group("runs").names()) {
    const hdf5::Group run = file.group("runs/" + name);
    if (run.text_attribute("method") != "gd") continue;
    ++descents;
    const auto rows = static_cast<std::size_t>(run.dataset("valid_rows").read<std::int64_t>().front());
    const std::vector<double> prediction = run.dataset("prediction").read<double>(),
                              drift = run.dataset("step_part").read<double>();
    const std::size_t components = run.dataset("component_law").read_text().size();
    const auto laws = run.dataset("component_law").read_text();
    for (std::size_t c = 0; c < components; ++c) {
      if (laws[c] != "down_up") continue;
      CAPTURE(name, c);
      CHECK(prediction[(rows - 1) * components + c] ==
            Approx(drift[(rows - 1) * components + c]).epsilon(1e-3).margin(1e-30));
    }
  }
  CHECK(descents == 6);
}

TEST_CASE("a cap above 10^9 steps is refused where so many would be needed") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const Ended ended = run_program(
      folder, line("--model toy --data teacher --samples 8 --method gd --step-size 1e-12 --steps 1e18 --output",
                   {folder / "r.h5"}));
  CHECK(ended.code == 2);
  CHECK_THAT(ended.err, Contains("at most 10^9"));
}
