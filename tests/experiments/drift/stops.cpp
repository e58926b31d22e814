// What drift records of a run that ends at a condition, and the columns beside it: sharpness, the flow's own error, the
// parts of stabilised methods' steps.
#include "integrators/sharpness.h"
#include "law/verdict.h"
#include "problem/gradient_field.h"
#include "tests/experiments/program.h"
#include "tests/experiments/small_job.h"

using namespace invar;
using namespace invar::testing;
using Catch::Matchers::Contains;

namespace {

const std::string kTeacher = "--model swiglu --set width=3 outputs=3 d=3 --data teacher --samples 16 --quiet ";
const std::string kSteps = "--batch 4 --schedule constant ";

/// The largest size in the last row.
double largest_at_end(const RunView& run, const std::string& name) {
  const std::vector<double> values = run.column(name);
  double largest = 0.0;
  for (std::size_t i = values.size() - values.size() / run.rows(); i < values.size(); ++i)
    largest = std::isnan(values[i]) ? values[i] : std::max(largest, std::abs(values[i]));
  return largest;
}

}  // namespace

TEST_CASE("every run ends where the loss reaches its value, and the file says so") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const double value = 0.35;
  const Ended ended =
      run_program(folder, line(kTeacher + kSteps +
                                   "--time 20 --step-size 0.05 0.025 --sampling-seeds 1 --rtol 1e-5 1e-7 --records 60 "
                                   "--integrator auto tsit5 cvode rkc3 --stop-loss 0.35 --output",
                               {output}));
  INFO(ended.out << ended.err);
  REQUIRE(ended.code == 0);
  // The flows of all tolerances end at one place: the laws get their verdicts.
  CHECK_THAT(ended.out, Contains(" conserved"));
  const hdf5::File file = hdf5::File::open(output);
  std::vector<double> times;
  for (int number = 0; number < 12; ++number) {
    const RunView run(file, number);
    CAPTURE(number, run.text("method"), run.message());
    CHECK(run.status() == "stopped");
    CHECK_THAT(run.message(), Contains("stopped at step") && Contains("the loss") && Contains("is at or below 0.35"));
    const std::vector<double> loss = run.column("loss"), time = run.column("time");
    REQUIRE(run.rows() >= 2);
    CHECK(loss.back() <= value);
    CHECK(loss[loss.size() - 2] > value);
    CHECK(time.back() < 20.0);
    if (run.text("method") == "flow") {
      CHECK(loss.back() == Approx(value).epsilon(1e-8));
      times.push_back(time.back());
    }
    // The step that ends there is a step like any other.
    CHECK(largest_at_end(run, "closure") < 1e-20);
    CHECK(static_cast<double>(run.integer("accepted")) == static_cast<double>(run.integers("step").back()));
  }
  for (const double t : times) CHECK(t == Approx(times.front()).epsilon(2e-4));
}

TEST_CASE("a run without an end comes to the place of one whose end is far") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::string job = kTeacher +
                          "--method flow gd --integrator auto tsit5 bulirsch-stoer rkc2 gauss4 --rtol 1e-9 --steps 0 "
                          "--step-size 0.05 --schedule constant --stop-loss 0.35 --time ";
  std::vector<std::vector<double>> ends;
  for (const std::string time : {"inf", "1e5"}) {
    const std::filesystem::path output = folder / (time + ".h5");
    const Ended ended = run_program(folder, line(job + time + " --output", {output}));
    INFO(ended.out << ended.err);
    REQUIRE(ended.code == 0);
    const hdf5::File file = hdf5::File::open(output);
    ends.emplace_back();
    for (int number = 0; number < 6; ++number) {
      const RunView run(file, number);
      CAPTURE(number, run.message());
      CHECK(run.status() == "stopped");
      CHECK(run.number("end_time") == std::stod(time));
      for (const char* tensor : {"end/W", "end/V", "end/A"})
        for (const double x : run.column(tensor)) ends.back().push_back(x);
      if (time == "inf") CHECK(run.rows() > 2);  // on the way, not at its ends alone
    }
  }
  REQUIRE(ends[0].size() == ends[1].size());
  for (std::size_t i = 0; i < ends[0].size(); ++i) CHECK(ends[0][i] == Approx(ends[1][i]).margin(1e-6));
}

TEST_CASE("gradient descent ends where the sharpness reaches 2 over its own step size; flows go on") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const Ended ended =
      run_program(folder, line(kTeacher + kSteps +
                                   "--time 20 --method flow gd sgd --start-scale 0.3 --step-size 0.8/sharpness "
                                   "--sampling-seeds 1 --rtol 1e-6 --records 20 "
                                   "--sharpness --stop-sharpness own --output",
                               {output}));
  INFO(ended.out << ended.err);
  REQUIRE(ended.code == 0);
  const hdf5::File file = hdf5::File::open(output);
  CHECK(RunView(file, 0).status() == "finished");
  const RunView gd(file, 1), sgd(file, 2);
  const double limit = 2.0 / gd.number("step_size");
  for (const RunView* run : {&gd, &sgd}) {
    CAPTURE(run->text("method"), run->message());
    REQUIRE(run->status() == "stopped");
    CHECK_THAT(run->message(), Contains("the sharpness") && Contains("= 2 / "));
    const std::vector<double> sharpness = run->column("sharpness");
    CHECK(sharpness.back() >= limit * (1.0 - 1e-5));
    for (std::size_t row = 0; row + 1 < sharpness.size(); ++row) CHECK(sharpness[row] < limit);
  }
}

TEST_CASE("the sharpness of a row is the largest eigenvalue of the Hessian there") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const std::string job = kTeacher + "--time 20 --method flow --rtol 1e-6 --sharpness --records 10 --output";
  REQUIRE(run_program(folder, line(job, {output})).code == 0);
  const hdf5::File file = hdf5::File::open(output);
  const RunView run(file, 0);
  const Problem problem = problem_of(configuration_of(line(kTeacher)));
  Objective<double> objective(problem.plans, problem.samples);
  GradientField<double> field(objective);
  for (const char* set : {"start", "end"}) {
    State<double> theta(static_cast<Eigen::Index>(problem.start.size()));
    Eigen::Index at = 0;
    for (const Tensor& tensor : problem.block.parameters.tensors())
      for (const double x : run.column(std::string(set) + "/" + tensor.name)) theta(at++) = x;
    const std::vector<double> column = run.column("sharpness"), residual = run.column("sharpness_residual");
    const bool start = std::string(set) == "start";
    const double found = start ? column.front() : column.back();
    CHECK(found == Approx(sharpness<double>(field, theta).largest).epsilon(1e-5));
    CHECK((start ? residual.front() : residual.back()) <= 1e-3 * found * 1.01);
  }
}

TEST_CASE("a flow's own error is its distance to the tightest flow, and that one's its distance to the next") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const std::string job = kTeacher +
                          "--time 20 --method flow gd --integrator dopri5 --schedule constant --step-size 0.01 --rtol "
                          "1e-4 1e-6 1e-8 --records 10 --output";
  REQUIRE(run_program(folder, line(job, {output})).code == 0);
  const hdf5::File file = hdf5::File::open(output);
  const RunView tightest(file, 0), next(file, 1), loosest(file, 2), gd(file, 3);
  CHECK(next.column("flow_error") == next.column("distance"));
  CHECK(loosest.column("flow_error") == loosest.column("distance"));
  CHECK(tightest.column("flow_error") == next.column("distance"));
  CHECK(std::isnan(gd.last("flow_error")));
  CHECK(loosest.last("flow_error") > 3.0 * next.last("flow_error"));
  CHECK(next.last("flow_error") > 0.0);
}

TEST_CASE("the drift of rkc2 and rkc3 and rkc4 is split into its parts, and bounded") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const std::string job =
      kTeacher +
      "--method flow --integrator rkc2 rkc3 rkc4 --rtol 1e-3 --time 100 --records 2 --precision double float "
      "--output";
  REQUIRE(run_program(folder, line(job, {output})).code == 0);
  const hdf5::File file = hdf5::File::open(output);
  for (int number = 0; number < 6; ++number) {
    const RunView run(file, number);
    CAPTURE(number);
    CHECK(largest_at_end(run, "bound") > 0.0);  // NaN fails
    CHECK(largest_at_end(run, "gradient_part") > 0.0);
    CHECK(largest_at_end(run, "closure") < (number < 3 ? 1e-20 : 1e-12));
  }
}

TEST_CASE("the control of step sizes reaches the flow") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  std::vector<double> losses;
  for (const char* control : {"i", "pi", "pid", "predictive"}) {
    const std::filesystem::path output = folder / (std::string(control) + ".h5");
    const std::string job = kTeacher + "--time 20 --method flow --integrator tsit5 --rtol 1e-7 --records 3 --control " +
                            control + " --output";
    REQUIRE(run_program(folder, line(job, {output})).code == 0);
    const hdf5::File file = hdf5::File::open(output);
    const RunView run(file, 0);
    CHECK(run.text("control") == control);
    losses.push_back(run.last("loss"));
    for (std::size_t other = 0; other + 1 < losses.size(); ++other) CHECK(losses[other] != losses.back());
  }
}

TEST_CASE("data too large to train on are named, with their size and what to do") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const auto job = [&](double size, const std::string& more) {
    const std::filesystem::path data = folder / "data.h5", output = folder / "results.h5";
    {
      const hdf5::File file = hdf5::File::create(data);
      file.create_group("data");
      std::vector<double> x(12), y(8);
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<double>(i + 1));
      for (std::size_t i = 0; i < y.size(); ++i) y[i] = size * std::cos(static_cast<double>(i + 1));
      file.write<double>("data/x", {4, 3}, x);
      file.write<double>("data/y", {4, 2}, y);
    }
    return run_program(folder, line("--model swiglu --set width=3 --loss squared --step-size 0.01 "
                                    "--quiet --force " +
                                        more + " --output",
                                    {output, "--data", data}));
  };
  for (const double size : {1e200, 1e160}) {
    const Ended ended = job(size, "--batch 2");
    CAPTURE(size, ended.err);
    CHECK(ended.code == 2);
    CHECK_THAT(ended.err, Contains("the targets of") && Contains("reach") && Contains("scale them to about 1"));
  }
  CHECK(job(1e25, "--batch 2 --precision float").code == 2);
  const Ended large = job(1e12, "--method gd");
  CHECK(large.code == 3);  // every run is lost
  CHECK_THAT(large.err, Contains("diverged") && Contains("the targets reach 9.") && Contains("scale the data"));
  const Ended parameters = job(1.0, "--batch 2 --start-scale 1e120");
  CHECK(parameters.code == 2);
  CHECK_THAT(parameters.err, Contains("the parameters at the start") && Contains("--start-scale"));
  CHECK(job(1.0, "--batch 2").code == 0);
}

TEST_CASE("auto follows the flow, at few gradients, however loose the tolerances and whether projected or not") {
  if (program_is_missing()) return;
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    WARN("skipped: Fashion-MNIST is not installed");
    return;
  }
  const TemporaryFolder folder;
  const auto flow = [&](const std::string& more) {
    const std::string words =
        "--model swiglu --method flow --time 20 --records 40 --max-gradients 20000 --quiet --force ";
    REQUIRE(run_program(folder, line(words + more + " --output", {folder / "f.h5"})).code == 0);
    return hdf5::File::open(folder / "f.h5");
  };
  const double end = RunView(flow("--rtol 1e-7 --atol 1e-9"), 0).last("loss");
  for (const std::string tolerances :
       {"--rtol 1e-3 --atol 1e-3", "--rtol 1e-5 --atol 1e-3", "--rtol 1e-6 --atol 1", "--rtol 0.1 --atol 0.1",
        "--rtol 1e-4 --projection", "--rtol 1e-6 --projection"}) {
    CAPTURE(tolerances);
    const hdf5::File file = flow(tolerances);
    const RunView run(file, 0);
    CHECK(run.status() == "finished");
    CHECK(run.last("loss") == Approx(end).epsilon(0.01));
    CHECK(run.integer("gradients") < 3000);
    const std::vector<double> loss = run.column("loss");
    for (std::size_t row = 1; row < loss.size(); ++row) CHECK(loss[row] <= loss[row - 1]);
  }
}

TEST_CASE("Gauss methods in mixed precision take about as many gradients as in float") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  const auto gradients = [&](const std::string& precision) {
    const std::string words = kTeacher + "--method flow --integrator gauss4 --rtol 1e-4 --time 10 --force --precision ";
    REQUIRE(run_program(folder, line(words + precision + " --output", {folder / "g.h5"})).code == 0);
    return RunView(hdf5::File::open(folder / "g.h5"), 0).integer("gradients");
  };
  CHECK(gradients("mixed") < 3 * gradients("float"));
}

TEST_CASE("where the gradient is not finite its tensors are named") {
  if (program_is_missing()) return;
  const TemporaryFolder folder;
  std::ofstream(folder / "log.txt") << "parameters a[d] b[d]\ninput x[d]\ny[d] = x[d] log(a[d]) + b[d] b[d]\n";
  const Ended ended = run_program(
      folder, line("--data teacher --set d=2 --samples 8 --method flow --rtol 1e-4 --time 50 --quiet --block",
                   {folder / "log.txt", "--output", folder / "n.h5"}));
  INFO(ended.err << ended.out);
  CHECK_THAT(ended.err, Contains("in the gradient of a"));
}
