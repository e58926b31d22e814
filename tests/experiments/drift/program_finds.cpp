// What the program says of laws: reference problems, and the verdicts on the two gates of a mixture of experts.
#include <algorithm>
#include <cmath>
#include <fstream>

#include "data/idx.h"
#include "tests/experiments/program.h"

using namespace invar;
using namespace invar::testing;
using Catch::Matchers::Contains;

namespace {

std::filesystem::path reference(const std::string& name) {
  return std::filesystem::path(INVAR_TESTS) / "reference" / name;
}

/// Columns of one law in a run's [row, component] datasets, valid rows only.
std::vector<double> of_law(const RunView& run, const std::string& column, const std::string& law) {
  const std::vector<std::string> laws = run.group().dataset("component_law").read_text();
  const std::vector<double> all = run.column(column);
  std::vector<double> result;
  for (std::size_t row = 0; row < run.rows(); ++row)
    for (std::size_t c = 0; c < laws.size(); ++c)
      if (laws[c] == law) result.push_back(all[row * laws.size() + c]);
  return result;
}

double largest(const std::vector<double>& values) {
  double result = 0.0;
  for (const double value : values) result = std::max(result, std::abs(value));
  return result;
}

/// Largest change of a law over a run.
double drift(const RunView& run, const std::string& law) {
  std::vector<double> values = of_law(run, "value", law);
  const std::size_t components = values.size() / run.rows();
  double result = 0.0;
  for (std::size_t i = components; i < values.size(); ++i)
    result = std::max(result, std::abs(values[i] - values[i % components]));
  return result;
}

}  // namespace

TEST_CASE("reference problems run with no time given and end at the loss and the parameters that were expected") {
  if (program_is_missing()) return;
  struct Case {
    std::string file, model;
    std::string options;
    double tolerance;
  };
  const std::vector<Case> cases = {{"SwiGLU.h5", "swiglu", " --set width=3", 1e-9},
                                   {"MHA_noPE.h5", "attention", "", 1e-9},
                                   {"MHA_RoPE_dh4_d3_H2.h5", "attention-rope", " --set base=10", 1e-9},
                                   {"MoE_softmax_dense.h5", "moe-softmax", "", 1e-9},
                                   {"MoE_nsigmoid_dense.h5", "moe-normalised-sigmoid", "", 1e-9},
                                   {"ReLU_nobias.h5", "ffn", " --set activation=relu", 1e-6},
                                   {"toy_abx.h5", "toy", "", 1e-9}};
  for (const Case& one : cases) {
    CAPTURE(one.file);
    const TemporaryFolder folder;
    const std::filesystem::path output = folder / "results.h5";
    const Ended ended = run_program(folder, line("--method flow --rtol 1e-12 --atol 1e-13 --records 3 --model " +
                                                     one.model + one.options + " --problem",
                                                 {reference(one.file), "--output", output}));
    INFO(ended.err);
    REQUIRE(ended.code == 0);
    const hdf5::File expected = hdf5::File::open(reference(one.file)), found = hdf5::File::open(output);
    const hdf5::Group at_end = expected.group("expected/at_T");
    const RunView run(found, 0);
    CHECK(run.last("time") == at_end.attribute<double>("T"));
    const double loss = at_end.dataset("loss").read<double>().front();
    CHECK(std::abs(run.last("loss") - loss) <= one.tolerance * loss);
    for (const std::string& name : at_end.group("parameters").names()) {
      const std::vector<double> theirs = at_end.dataset("parameters/" + name).read<double>(),
                                ours = run.column("end/" + name);
      REQUIRE(ours.size() == theirs.size());
      double difference = 0.0, size = 0.0;
      for (std::size_t i = 0; i < ours.size(); ++i) {
        difference += (ours[i] - theirs[i]) * (ours[i] - theirs[i]);
        size += theirs[i] * theirs[i];
      }
      CHECK(std::sqrt(difference) <= one.tolerance * std::sqrt(size));
    }
  }
}

TEST_CASE(
    "the softmax gate's sum is conserved, with no step part at any step size; the normalised sigmoid gate's is not") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const Ended ended = run_program(
      folder, line("--model moe-softmax moe-normalised-sigmoid --set experts=3 width=3 outputs=3 d=3 --data teacher "
                   "--samples 16 --batch 4 --time 5 --records 20 --method flow gd sgd --step-size 0.2 0.1 0.05 "
                   "--schedule constant --rtol 1e-4 1e-6 1e-8 1e-10 --atol 1e-6 1e-8 1e-10 1e-12 --output",
                   {output}));
  INFO(ended.out << ended.err);
  REQUIRE(ended.code == 0);
  const hdf5::File file = hdf5::File::open(output);
  const std::vector<std::string> models = file.dataset("summary/model").read_text(),
                                 laws = file.dataset("summary/law").read_text(),
                                 kinds = file.dataset("summary/kind").read_text(),
                                 judged = file.dataset("summary/verdict").read_text();
  int softmax = 0, sigmoid = 0;
  for (std::size_t i = 0; i < laws.size(); ++i) {
    CAPTURE(models[i], laws[i]);
    if (laws[i] == "down_up") CHECK(judged[i] == "conserved");
    if (kinds[i] == "control") CHECK(judged[i] == "not conserved");
    if (laws[i] != "gate_sum") continue;
    (models[i] == "moe-softmax" ? softmax : sigmoid) += 1;
    CHECK(kinds[i] == (models[i] == "moe-softmax" ? "law" : "claim"));
    CHECK(judged[i] == (models[i] == "moe-softmax" ? "conserved" : "not conserved"));
  }
  CHECK(softmax == sigmoid);
  CHECK(softmax == 4 + 3 + 9);

  for (const RunView& run : all_runs(file)) {
    CAPTURE(run.text("label"), run.text("model"));
    CHECK(largest(of_law(run, "step_part", "gate_sum")) == 0.0);
    if (run.text("model") == "moe-softmax") {
      CHECK(drift(run, "gate_sum") < 1e-14);
      CHECK(largest(of_law(run, "defect", "gate_sum")) < 1e-12);
    } else {
      CHECK(drift(run, "gate_sum") > 1e-3);
      CHECK(largest(of_law(run, "defect", "gate_sum")) > 1e-3);
    }
  }
  CHECK_THAT(ended.out, Contains("not conserved"));
}

// The reference flow stops wherever GD records, so at every tolerance its steps are short and its drift the same.
TEST_CASE("laws are conserved, not undecided, where the recorded times and not the tolerance set the flow's steps") {
  if (program_is_missing()) return;
  if (!std::filesystem::exists(data::kFashionMnistFolder)) {
    WARN("skipped: " << data::kFashionMnistFolder << " is not installed");
    return;
  }
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const Ended ended =
      run_program(folder, line("--model attention --samples 128 --time 2 --rtol 1e-5 1e-7 1e-9 --schedule constant "
                               "--step-size 0.02 0.01 0.005 0.0025 --method flow gd --quiet --output",
                               {output}));
  INFO(ended.out << ended.err);
  REQUIRE(ended.code == 0);
  const hdf5::File file = hdf5::File::open(output);
  const std::vector<std::string> laws = file.dataset("summary/law").read_text(),
                                 kinds = file.dataset("summary/kind").read_text(),
                                 judged = file.dataset("summary/verdict").read_text();
  for (std::size_t i = 0; i < laws.size(); ++i) {
    CAPTURE(laws[i]);
    CHECK(judged[i] == (kinds[i] == "law" ? "conserved" : "not conserved"));
  }
}

TEST_CASE(
    "a flow that others are compared with beyond its end has no row more for that, and they have their distance") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  // Three steps of 0.35 pass T = 1.
  const Ended ended = run_program(
      folder,
      line("--model toy --set i=3 --data teacher --samples 8 --method flow gd --rtol 1e-8 --atol 1e-10 --time 1 "
           "--records 10 --step-size 0.35 --schedule constant --output",
           {output}));
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  const hdf5::File file = hdf5::File::open(output);
  const RunView flow(file, 0), gd(file, 1);
  CHECK(flow.rows() == 11);
  CHECK(flow.last("time") == 1.0);
  CHECK(gd.last("time") > 1.0);
  const std::vector<double> distance = gd.column("distance");
  CHECK(distance.front() == 0.0);
  CHECK(distance.back() > 0.0);
}

TEST_CASE("flows that are one and the same count as one") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const auto flows = [&](const std::string& options) {
    const Ended ended = run_program(
        folder, line("--model swiglu --data teacher --set d=4 outputs=3 width=5 --samples 24 --time 2 --records 4 "
                     "--force --rtol " +
                         options,
                     {"--output", output}));
    INFO(ended.err);
    REQUIRE(ended.code == 0);
    return hdf5::File::open(output);
  };
  const auto errors = [](const hdf5::File& file, int run) { return largest(RunView(file, run).column("flow_error")); };
  {
    // What a float field does not resolve is not asked for: both are the flow at 2.4e-7, and 1e-5 is the next.
    const hdf5::File file = flows("1e-10 1e-8 1e-5 --precision float --method flow gd --step-size 0.05");
    for (const int same : {0, 1}) {
      CHECK(errors(file, same) > 1e-8);
      CHECK(errors(file, same) == errors(file, 2));
    }
  }
  {
    const hdf5::File file = flows("1e-10 1e-8 --precision float --method flow");
    CHECK(std::isnan(RunView(file, 0).last("flow_error")));
    for (const std::string& verdict : file.dataset("summary/verdict").read_text()) CHECK(verdict == "undecided");
  }
  {
    const hdf5::File file = flows("1e-10 1e-8 --method flow");  // in double they are two
    CHECK(errors(file, 0) > 0.0);
    for (const std::string& verdict : file.dataset("summary/verdict").read_text()) CHECK(verdict != "undecided");
  }
}

TEST_CASE("the sharpness of a row is the dense Hessian's largest eigenvalue, however even the spectrum") {
  if (program_is_missing()) return;
  // A linear layer on samples that are the columns of a diagonal matrix: its Hessian has their squares, one by one.
  const TemporaryFolder folder;
  constexpr std::int64_t kSize = 120;
  std::vector<double> x(kSize * kSize, 0.0);
  const std::vector<double> y(kSize, 0.5);
  const auto eigenvalue = [](std::int64_t i) { return 1e-3 + static_cast<double>(i) / (kSize - 1); };
  for (std::int64_t i = 0; i < kSize; ++i)
    x[static_cast<std::size_t>(i * kSize + i)] = std::sqrt(eigenvalue(i) * static_cast<double>(kSize));
  {
    const hdf5::File file = hdf5::File::create(folder / "data.h5");
    file.create_group("data");
    file.write<double>("data/x", {kSize, kSize}, x);
    file.write<double>("data/y", {kSize, 1}, y);
  }
  std::ofstream(folder / "linear.txt") << "parameters A[m d]\ninput x[d]\ny[m] = A[m d] x[d]\n";
  const std::filesystem::path output = folder / "results.h5";
  const Ended ended =
      run_program(folder, line("--method flow --rtol 1e-3 --time 1e-3 --records 2 --sharpness --block",
                               {folder / "linear.txt", "--data", folder / "data.h5", "--output", output}));
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  for (const double found : RunView(hdf5::File::open(output), 0).column("sharpness"))
    CHECK(found == Approx(eigenvalue(kSize - 1)).epsilon(1e-6));
}
