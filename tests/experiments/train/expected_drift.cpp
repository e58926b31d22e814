// The prediction of `train` against the mean over all batches at every step, against `drift`'s, and its error against
// how far it is off.
#include <cmath>

#include "experiments/drift/program.h"
#include "experiments/drift/study.h"
#include "experiments/train/program.h"
#include "experiments/train/study.h"
#include "job/job.h"
#include "law/evaluate.h"
#include "problem/gradient_field.h"
#include "tests/experiments/program.h"
#include "tests/experiments/small_job.h"

using namespace invar;
using namespace invar::testing;

namespace {

const std::string kBlock = "--model swiglu --set width=3 --precision double --quiet --force ";

/// x [40, 3] and y [40, 2], drawn anew each time with the same seed.
std::string write_data(const TemporaryFolder& folder) {
  data::Engine engine = data::engine(7, "test");
  const hdf5::File file = hdf5::File::create(folder / "data.h5");
  file.create_group("data");
  file.write<double>("data/x", {40, 3}, data::standard_normal(engine, 120));
  file.write<double>("data/y", {40, 2}, data::standard_normal(engine, 80));
  return " --data " + (folder / "data.h5").string() + " ";
}

Configuration configured(const Program& program, const std::string& words, const std::string& output) {
  const std::string components = &program == &train_program() ? " --components 1000" : "";
  Arguments arguments = line("program " + words + components + " --output", {output});
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  return read_command_line(static_cast<int>(pointers.size()), pointers.data(), program).configuration;
}

void run_quietly(const Configuration& configuration) {
  std::ostringstream out, messages;
  const bool drifts = configuration.program == &drift_program();
  run_job(drifts ? drift_study() : train_study(), configuration, {"program"}, out, messages, -1);
}

std::vector<double> column(const hdf5::File& file, const std::string& name, int run = 0) {
  return RunView(file, run).column(name);
}

/// h₂ of all components of all forms.
std::vector<double> quadratic(const Problem& problem, const State<double>& g) {
  std::vector<double> all;
  for (const LawForm& form : problem.forms) {
    std::vector<double> hi(static_cast<std::size_t>(form.components())), lo(hi.size());
    Evaluator(form).quadratic(Arithmetic::exact, g.data(), {hi.data(), lo.data()});
    all.insert(all.end(), hi.begin(), hi.end());
  }
  return all;
}

}  // namespace

TEST_CASE("the predicted drift of SGD is the mean over all batches at every step within its error") {
  const TemporaryFolder folder;
  constexpr int kSteps = 24, kEvery = 8, kSamples = 6, kBatch = 2;
  const std::string path = (folder / "r.h5").string();
  const bool replacement = GENERATE(false, true);
  CAPTURE(replacement);
  double squares = 0.0;
  int count = 0, beyond = 0;
  const std::string data = write_data(folder);
  for (int seed = 1; seed <= 24; ++seed) {
    CAPTURE(seed);
    const std::string words = kBlock + data + "--samples 6 --batch 2 --steps 24 --every 8 --step-size 0.1 --schedule " +
                              "linear:0.02 --seeds " + std::to_string(seed) + " --probes 300" +
                              (replacement ? " --replacement" : "");
    const Configuration configuration = configured(train_program(), words, path);
    run_quietly(configuration);
    const hdf5::File file = hdf5::File::open(path);
    const std::vector<double> predicted = column(file, "prediction"), error = column(file, "prediction_error");

    DataSource source(configuration);
    const Problem problem = build_problem(configuration, ladder(configuration).front(), source);
    Objective<double> objective(problem.plans, problem.samples, kBatch);
    BatchField<double> field(objective, kBatch, replacement, seed);
    State<double> theta =
        Eigen::Map<const State<double>>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()));
    State<double> g(theta.size());
    const std::size_t components = quadratic(problem, theta).size();
    std::vector<double> expected(components, 0.0);
    REQUIRE(predicted.size() == components * (kSteps / kEvery + 1));
    for (int step = 0; step < kSteps; ++step) {
      const double tau = std::lerp(0.1, 0.02, step / (kSteps - 1.0));
      for (Index i = 0; i < kSamples; ++i)
        for (Index j = 0; j < kSamples; ++j) {
          if (i == j && !replacement) continue;
          const std::array<Index, kBatch> batch{i, j};
          objective.evaluate(theta.data(), batch, g.data());
          const std::vector<double> h = quadratic(problem, g);
          for (std::size_t c = 0; c < components; ++c) expected[c] += tau * tau * h[c] / (replacement ? 36.0 : 30.0);
        }
      field.begin_step();
      field.evaluate(theta, 0.0, g);
      theta += tau * g;
      if ((step + 1) % kEvery != 0) continue;
      const std::size_t row = static_cast<std::size_t>((step + 1) / kEvery) * components;
      for (std::size_t c = 0; c < components; ++c) {
        if (expected[c] == 0.0) {  // of a linear law
          CHECK(predicted[row + c] == 0.0);
          continue;
        }
        const double off = (predicted[row + c] - expected[c]) / error[row + c];
        CHECK(std::abs(off) < 5.0);
        squares += off * off;
        ++count;
        beyond += std::abs(off) > 2.0 ? 1 : 0;
      }
    }
    for (std::size_t c = 0; c < components; ++c) CHECK(predicted[c] == 0.0);  // at the start
  }
  REQUIRE(count > 300);
  CAPTURE(squares / count, beyond, count);
  // The three batches of an epoch hold each sample once, so their mean is nearer to that of all batches than the
  // error says; independent ones are off by it, up to what 24 seeds tell.
  CHECK(squares / count < (replacement ? 1.4 : 0.7));
  if (replacement) CHECK(squares / count > 0.7);
  CHECK(beyond < count / 8);
}

TEST_CASE("train predicts along its own path what drift predicts along the flow") {
  const TemporaryFolder folder;
  const std::string path = (folder / "r.h5").string();
  const std::string words =
      kBlock + write_data(folder) + "--samples 40 --batch 5 --step-size 0.002 --schedule constant ";
  run_quietly(configured(drift_program(),
                         words + "--method flow sgd --time 2 --start-seeds 1 --sampling-seeds 1 --rtol 1e-8", path));
  const hdf5::File flow = hdf5::File::open(path);
  const std::vector<double> by_flow = column(flow, "prediction", 1);
  const std::string other = (folder / "t.h5").string();
  run_quietly(configured(train_program(), words + "--method sgd --steps 1000 --every 10 --seeds 1 --probes 4", other));
  const hdf5::File file = hdf5::File::open(other);
  const std::vector<double> predicted = column(file, "prediction"), error = column(file, "prediction_error");
  const std::vector<double> drifted = column(file, "step_part");
  const auto components = column(file, "value").size() / RunView(file, 0).rows();
  for (std::size_t c = 0; c < components; ++c) {
    const std::size_t end = predicted.size() - components + c, flow_end = by_flow.size() - components + c;
    CAPTURE(c, predicted[end], error[end], by_flow[flow_end], drifted[end]);
    CHECK(std::abs(predicted[end] - by_flow[flow_end]) <= 4.5 * error[end] + 0.02 * std::abs(by_flow[flow_end]));
    // The path's own noise: that of the probes, by the number of steps in place of theirs.
    CHECK(std::abs(drifted[end] - predicted[end]) <= 4.5 * error[end] * std::sqrt(1.0 + 4.0 / 10.0));
    CHECK((by_flow[flow_end] == 0.0 || error[end] < 0.3 * std::abs(by_flow[flow_end]) + 1e-5));
  }
}

TEST_CASE("of a full batch the prediction is the step part; without probes SGD has none") {
  const TemporaryFolder folder;
  const std::string path = (folder / "r.h5").string();
  run_quietly(configured(
      train_program(),
      kBlock + write_data(folder) + "--samples 40 --batch 5 --steps 20 --method gd sgd --seeds 1 --step-size 0.05",
      path));
  const hdf5::File file = hdf5::File::open(path);
  CHECK(column(file, "prediction", 0) == column(file, "step_part", 0));
  for (const double error : column(file, "prediction_error", 0)) CHECK(error == 0.0);
  for (const std::string name : {"prediction", "prediction_error"})
    for (const double value : column(file, name, 1)) CHECK(std::isnan(value));
}
