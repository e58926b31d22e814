// The program `accuracy` as a process: errors, orders, work and drift against runs made here, what it refuses, how it
// ends.
#include <algorithm>
#include <cmath>

#include "experiments/accuracy/keys.h"
#include "experiments/accuracy/program.h"
#include "experiments/drift/program.h"
#include "integrators/loop.h"
#include "integrators/registry.h"
#include "job/command_line.h"
#include "law/evaluate.h"
#include "problem/gradient_field.h"
#include "problem/keys.h"
#include "problem/ladder.h"
#include "problem/problem.h"
#include "tests/experiments/program.h"

using namespace invar;
using namespace invar::testing;
using Catch::Matchers::Contains;

namespace {

const std::string kProblem = "--model swiglu --set width=4 outputs=3 d=3 --data teacher --samples 16 ";
const std::string kUsual = kProblem + "--time 2 --repetitions 1 ";

Ended compare_methods(const TemporaryFolder& folder, const std::string& options, const std::filesystem::path& output) {
  return run_program(folder, line(kUsual + options + " --output", {output}), "accuracy");
}

/// [integrator, setting] of a group, and [integrator, setting, law].
struct Columns {
  explicit Columns(hdf5::Group of)
      : group(std::move(of)),
        methods(group.dataset("integrator").read_text()),
        laws(group.dataset("law").read_text()) {}

  std::size_t method(const std::string& name) const {
    return static_cast<std::size_t>(std::ranges::find(methods, name) - methods.begin());
  }
  std::vector<double> row(const std::string& name, const std::string& of_method) const {
    const std::vector<double> all = group.dataset(name).read<double>();
    const auto settings = static_cast<std::ptrdiff_t>(all.size() / methods.size());
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(method(of_method)) * settings;
    return {from, from + settings};
  }
  double order(const std::string& of_method) const { return group.dataset("order").read<double>()[method(of_method)]; }

  hdf5::Group group;
  std::vector<std::string> methods, laws;
};

Configuration accuracy_configuration(const std::string& text) {
  std::vector<std::string> words = line("accuracy " + text);
  std::vector<const char*> pointers;
  for (const std::string& word : words) pointers.push_back(word.c_str());
  return read_command_line(static_cast<int>(pointers.size()), pointers.data(), accuracy_program()).configuration;
}

std::vector<double> law_values(const Problem& problem, const std::string& name, const double* theta) {
  const auto form = std::ranges::find(problem.forms, name, &LawForm::name);
  std::vector<double> hi(static_cast<std::size_t>(form->components())), lo(hi.size());
  const std::vector<double> zero(problem.start.size());
  Evaluator(*form).value({theta, zero.data()}, {hi.data(), lo.data()});
  return hi;
}

void check_refused(const std::string& options, const std::vector<std::string>& words) {
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const Ended ended = run_program(folder, line(kProblem + options + " --output", {output}), "accuracy");
  CAPTURE(options, ended.err);
  CHECK(ended.code == 2);
  for (const std::string& word : words) CHECK_THAT(ended.err, Contains(word));
  CHECK_FALSE(std::filesystem::exists(output));
  CHECK_FALSE(std::filesystem::exists(output.string() + ".tmp"));
}

}  // namespace

TEST_CASE("errors fall with tolerance and step, at the order of the method, and are those of runs made here") {
  if (program_is_missing("accuracy")) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const std::string options =
      "--methods dopri5 dop853 bulirsch-stoer rk4 gradient-descent --rtol 1e-3 1e-6 1e-9 "
      "--step-size 0.11 0.05 0.025 0.0125";
  const Ended ended = compare_methods(folder, options, output);
  INFO(ended.out << ended.err);
  REQUIRE(ended.code == 0);
  CHECK_THAT(ended.out, !Contains("DISAGREE"));
  const hdf5::File file = hdf5::File::open(output);
  CHECK(status(file) == "finished");
  const hdf5::Group reference = file.group("reference");
  CHECK(reference.text_attribute("agree") == "true");
  const auto uncertainty = reference.attribute<double>("uncertainty");
  CHECK(uncertainty > 0.0);
  CHECK(uncertainty < 1e-13);

  const Columns adaptive(file.group("adaptive")), prescribed(file.group("prescribed"));
  CHECK(adaptive.methods == std::vector<std::string>{"dopri5", "dop853", "bulirsch-stoer"});
  for (const std::string& method : adaptive.methods) {
    const std::vector<double> errors = adaptive.row("error", method);
    CAPTURE(method, errors);
    CHECK(errors[0] > 10.0 * errors[1]);
    CHECK(errors[1] > 10.0 * errors[2]);
    CHECK(errors[2] < 1e-8);
  }
  CHECK(std::abs(prescribed.order("rk4") - 4.0) < 0.2);
  CHECK(std::abs(prescribed.order("gradient-descent") - 1.0) < 0.1);
  // 2 / 0.11 is 18.2 steps: 18 of them end at T.
  CHECK(prescribed.group.dataset("step_size").read<double>().front() == 2.0 / 18.0);
  CHECK(prescribed.row("end_time", "rk4") == std::vector<double>(4, 2.0));

  const Configuration configuration = accuracy_configuration(kUsual + options);
  DataSource source(configuration);
  const Problem problem = build_problem(configuration, ladder(configuration).front(), source);
  Objective<double> objective(problem.plans, problem.samples);
  State<double> exact(static_cast<Eigen::Index>(problem.start.size()));
  for (const Tensor& tensor : problem.block.parameters.tensors()) {
    std::string path = "end/" + tensor.name;
    std::ranges::replace(path, '.', '/');
    const std::vector<double> part = reference.dataset(path).read_first<double>(1);
    exact.segment(tensor.offset, tensor.size) = Eigen::Map<const State<double>>(part.data(), tensor.size);
  }
  const State<double> start =
      Eigen::Map<const State<double>>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()));
  for (const std::string& method : adaptive.methods)
    for (std::size_t i = 0; i < 3; ++i) {
      CAPTURE(method, i);
      GradientField<double> field(objective);
      MethodOptions chosen;
      chosen.rtol = configuration.rtol[i];
      chosen.atol = configuration.atol[i];
      for (const Tensor& tensor : problem.block.parameters.tensors()) chosen.tensor_begin.push_back(tensor.offset);
      State<double> theta = start;
      Observer<double> silent;
      const Summary direct =
          run<double>(*find_method(method).make<double>(chosen), field, theta, plan_flow(2.0, 1), {}, silent);
      CHECK(adaptive.row("gradients", method)[i] == static_cast<double>(field.gradients()));
      CHECK(adaptive.row("accepted", method)[i] == static_cast<double>(direct.counters.accepted));
      CHECK(adaptive.row("rejected", method)[i] == static_cast<double>(direct.counters.rejected));
      CHECK(adaptive.row("error", method)[i] == Approx((theta - exact).norm() / exact.norm()).epsilon(1e-6));
      CHECK(adaptive.row("seconds", method)[i] > 0.0);

      // The law's drift, its parts, its bound: of the same run.
      const std::size_t laws = adaptive.laws.size();
      const auto law = static_cast<std::size_t>(std::ranges::find(adaptive.laws, "down_up") - adaptive.laws.begin());
      REQUIRE(law < laws);
      const auto of_law = [&](const std::string& name) { return adaptive.row(name, method)[i * laws + law]; };
      const std::vector<double> before = law_values(problem, "down_up", problem.start.data()),
                                after = law_values(problem, "down_up", theta.data());
      double drift = 0.0;
      for (std::size_t c = 0; c < before.size(); ++c) drift += std::pow(after[c] - before[c], 2);
      CHECK(of_law("drift") == Approx(std::sqrt(drift)).epsilon(1e-3).margin(1e-15));
      CHECK(of_law("closure") <= 1e-6 * of_law("drift") + 1e-28);
      const bool runge_kutta = method != "bulirsch-stoer";
      CHECK(std::isnan(of_law("bound")) == !runge_kutta);
      if (runge_kutta) CHECK(of_law("bound_ratio") <= 1.0);
    }
}

TEST_CASE("references that are no nearer to one another than the runs to them are said to disagree") {
  if (program_is_missing("accuracy")) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const std::string runs = "--methods dopri5 gradient-descent --rtol 1e-3 1e-4 1e-5 --step-size 0.1 0.05 0.025 ";
  const Ended loose = compare_methods(folder, runs + "--reference-rtol 1e-3", output);
  CAPTURE(loose.out, loose.err);
  REQUIRE(loose.code == 0);
  CHECK_THAT(loose.out, Contains("THE REFERENCES DISAGREE") && Contains("n.m."));
  {
    const hdf5::File file = hdf5::File::open(output);
    const hdf5::Group reference = file.group("reference");
    CHECK(reference.text_attribute("agree") == "false");
    const double limit = reference.attribute<double>("error_limit");
    CHECK(limit == Approx(10.0 * reference.attribute<double>("uncertainty")));
    const Columns adaptive(file.group("adaptive"));
    const std::vector<double> errors = adaptive.row("error", "dopri5"), distances = adaptive.row("distance", "dopri5");
    for (std::size_t i = 0; i < errors.size(); ++i) CHECK(std::isnan(errors[i]) == (distances[i] <= limit));
    CHECK(std::ranges::any_of(errors, [](double error) { return std::isnan(error); }));
  }
  const Ended tight = compare_methods(folder, runs + "--reference-rtol 1e-12 --force", output);
  REQUIRE(tight.code == 0);
  CHECK_THAT(tight.out, !Contains("DISAGREE"));
}

TEST_CASE("a run in float is measured down to its rounding") {
  if (program_is_missing("accuracy")) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  REQUIRE(compare_methods(folder, "--precision float --methods dopri5 --rtol 1e-5", output).code == 0);
  const double error = Columns(hdf5::File::open(output).group("adaptive")).row("error", "dopri5").front();
  CHECK(error > 1e-9);
  CHECK(error < 1e-4);
}

TEST_CASE("a run that does not come to T has no error, no drift, and its cause as text") {
  if (program_is_missing("accuracy")) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  const Ended ended = compare_methods(folder, "--methods dopri5 --rtol 1e-2 1e-9 --max-gradients 60", output);
  CAPTURE(ended.out, ended.err);
  REQUIRE(ended.code == 0);
  const Columns columns(hdf5::File::open(output).group("adaptive"));
  CHECK(columns.group.dataset("status").read_text() == std::vector<std::string>{"finished", "truncated"});
  CHECK_THAT(columns.group.dataset("status_message").read_text()[1], Contains("60 gradients"));
  for (const char* name : {"error", "distance", "seconds"}) {
    CHECK(std::isfinite(columns.row(name, "dopri5")[0]));
    CHECK(std::isnan(columns.row(name, "dopri5")[1]));
  }
  const std::vector<double> drift = columns.row("drift", "dopri5");
  CHECK(std::ranges::count_if(drift, [](double value) { return std::isnan(value); }) ==
        static_cast<std::ptrdiff_t>(columns.laws.size()));
  CHECK(columns.row("gradients", "dopri5")[1] >= 60.0);
  CHECK_THAT(ended.out, Contains("budget is 60 gradients"));
}

TEST_CASE("what accuracy cannot run is refused, with value, place and remedy, and no file") {
  if (program_is_missing("accuracy")) return;
  check_refused("--methods rk99", {"--methods: 'rk99'", "dopri5", "rk4"});
  check_refused("--methods dopri6", {"did you mean 'dopri5'"});
  check_refused("--rtol 0", {"--rtol: '0'", "above 0"});
  check_refused("--rtol=-1e-3", {"--rtol: '-1e-3'", "above 0"});
  check_refused("--time 0", {"--time: '0'", "above 0"});
  check_refused("--time=-1", {"--time: '-1'", "above 0"});
  check_refused("--reference-rtol 0", {"--reference-rtol: '0'", "above 0"});
  check_refused("--reference-rtol 1e-17", {"--reference-rtol: '1e-17'", "1e-15"});
  check_refused("--reference-methods dop853 dop853", {"--reference-methods: 'dop853'", "twice"});
  check_refused("--reference-methods dop853", {"--reference-methods", "give two"});
  check_refused("--reference-methods dop853 rk4", {"--reference-methods: 'rk4'"});
  check_refused("--time 2 --methods rk4 --step-size 3", {"step-size: 3", "smaller"});
  check_refused("--time 2 --methods rk4 --step-size 0.1 0.1001", {"0.1", "20 steps"});
  check_refused("--repetitions 0", {"--repetitions: '0'", "below 1"});
  check_refused("--precision double float", {"--precision", "give one"});
  check_refused("--start-seeds 1 2", {"--start-seeds", "give one"});
  check_refused("--integrator dopri5", {"'--integrator'"});
}

TEST_CASE("an existing results file is not replaced, and none is left half-written by a signal or a kill") {
  if (program_is_missing("accuracy")) return;
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "results.h5";
  std::ofstream(output) << "the results of last week";
  CHECK(compare_methods(folder, "--methods dopri5", output).code == 2);
  CHECK(text_in(output) == "the results of last week");

  const auto lock_is_there = [&] { return std::filesystem::exists(output.string() + ".lock"); };
  std::filesystem::remove(output);
  const Arguments endless =
      line(kProblem + "--time 2 --methods dopri5 --rtol 1e-3 1e-6 --repetitions 1000000000 --output", {output});
  for (const int signal : {SIGINT, SIGTERM}) {
    Process interrupted(folder, endless, "accuracy");
    REQUIRE(interrupted.reaches(lock_is_there));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    interrupted.send(signal);
    CHECK(interrupted.wait().code == 128 + signal);
    if (std::filesystem::exists(output)) {  // not where the signal came before the reference was complete
      const hdf5::File file = hdf5::File::open(output);
      CHECK(status(file) == "interrupted");
      const Columns columns(file.group("adaptive"));
      CHECK(columns.group.dataset("status").read_text() == std::vector<std::string>{"finished", "pending"});
      CHECK(std::isfinite(columns.row("error", "dopri5")[0]));
      CHECK(std::isnan(columns.row("error", "dopri5")[1]));
    }
    CHECK_FALSE(std::filesystem::exists(output.string() + ".tmp"));
    std::filesystem::remove(output);
  }
  {
    const Arguments long_reference =
        line(kProblem + "--time 1e6 --methods dopri5 --reference-rtol 1e-13 --output", {output});
    Process early(folder, long_reference, "accuracy");
    REQUIRE(early.reaches(lock_is_there));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    early.send(SIGKILL);
    CHECK(early.wait().code == -SIGKILL);
    CHECK_FALSE(std::filesystem::exists(output));
  }
}

TEST_CASE("a stored configuration repeats every number of a comparison, on any number of threads") {
  if (program_is_missing("accuracy")) return;
  const TemporaryFolder folder;
  const std::filesystem::path first = folder / "first.h5", again = folder / "again.h5", stored = folder / "job.toml";
  const std::string methods = "--methods tsit5 rk4 --rtol 1e-4 1e-7 --step-size 0.5/sharpness 0.1 --threads ";
  REQUIRE(compare_methods(folder, methods + "1", first).code == 0);
  std::ofstream(stored) << hdf5::File::open(first).text_attribute("configuration");
  const Ended ended = run_program(folder, {"--config", stored, "--threads", "3", "--output", again}, "accuracy");
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  CHECK(differences(first, again).empty());
}

TEST_CASE("each program has its own keys, and the configuration of accuracy reads back") {
  for (const Program* program : {&drift_program(), &accuracy_program()})
    for (const KeyGroup& group : program->groups)
      for (const Key& key : group.keys) {
        CAPTURE(std::string(key.name));
        CHECK_THAT(help_text(*program), Contains("--" + std::string(key.name)));
      }
  CHECK(find_key(accuracy_program(), "methods") != nullptr);
  CHECK(find_key(drift_program(), "methods") == nullptr);
  CHECK(find_key(accuracy_program(), "records") == nullptr);

  const Configuration usual = accuracy_configuration("");
  CHECK(usual.model == std::vector<std::string>{"swiglu"});
  CHECK(keys_of<AccuracyKeys>(usual).methods.size() == kMethods.size());
  const Configuration chosen = accuracy_configuration("--methods rk4 dopri5 --rtol 1e-5 --reference-rtol 1e-12");
  std::vector<std::string> wrong;
  const Settings settings = read_toml(chosen.toml(), "stored", wrong, key_table(accuracy_program()));
  CHECK(read_configuration({settings}, {}, accuracy_program()).toml() == chosen.toml());
  CHECK(wrong.empty());
  read_toml(chosen.toml(), "stored", wrong, key_table(drift_program()));
  CHECK_THAT(wrong.at(0), Contains("is no key"));
}

TEST_CASE("projection keeps the laws of any method that is compared, and its error") {
  if (program_is_missing("accuracy")) return;
  const TemporaryFolder folder;
  const std::string options = "--methods tsit5 auto gradient-descent --rtol 1e-3 1e-6 --step-size 0.1 0.05 ";
  const Ended plain = compare_methods(folder, options, folder / "plain.h5"),
              projected = compare_methods(folder, options + "--projection", folder / "projected.h5");
  INFO(projected.out << projected.err);
  REQUIRE(plain.code == 0);
  REQUIRE(projected.code == 0);
  const hdf5::File before = hdf5::File::open(folder / "plain.h5"), after = hdf5::File::open(folder / "projected.h5");
  for (const std::string family : {"adaptive", "prescribed"}) {
    const Columns moves(before.group(family)), stays(after.group(family));
    const std::vector<std::string> kinds = stays.group.dataset("law_kind").read_text();
    const std::vector<double> drift = moves.group.dataset("relative_drift").read<double>(),
                              kept = stays.group.dataset("relative_drift").read<double>();
    double largest = 0.0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (kinds[i % kinds.size()] != "law") continue;
      CHECK(kept[i] < 1e-14);
      largest = std::max(largest, drift[i]);
    }
    CHECK(largest > 1e-6);
    for (const std::string& method : stays.methods)
      CHECK(stays.row("error", method)[1] < 2.0 * moves.row("error", method)[1]);
  }
}

TEST_CASE("the drift of a law of Gauss methods is below its bound and rounding, at steps of every size") {
  if (program_is_missing("accuracy")) return;
  const TemporaryFolder folder;
  for (const std::string model :
       {"swiglu --set d=6 outputs=3 --start-seeds 3", "moe-softmax --set d=5 outputs=3 --start-seeds 3",
        "toy --set i=8", "attention --set d=5 t=6"}) {
    CAPTURE(model);
    const std::filesystem::path output = folder / (model.substr(0, model.find(' ')) + ".h5");
    const Ended ended =
        run_program(folder,
                    line("--model " + model +
                             " --data teacher --samples 24 --time 100 --repetitions 1 --reference-rtol 1e-10 --methods "
                             "implicit-midpoint gauss4 gauss6 --rtol 1e-1 1e-2 --output",
                         {output}),
                    "accuracy");
    INFO(ended.out << ended.err);
    REQUIRE(ended.code == 0);
    const hdf5::File file = hdf5::File::open(output);
    const Columns gauss(file.group("adaptive"));
    const std::vector<std::string> kinds = gauss.group.dataset("law_kind").read_text();
    const std::vector<double> ratio = gauss.group.dataset("bound_ratio").read<double>(),
                              drift = gauss.group.dataset("relative_drift").read<double>();
    for (std::size_t i = 0; i < ratio.size(); ++i) {
      if (kinds[i % kinds.size()] != "law") continue;
      CHECK(ratio[i] <= 1.0);
      CHECK(drift[i] < 1e-13);
    }
  }
}
