// Between two records no run allocates once it is warm, counted at malloc: every model, method, format and budget, with
// the recorder, the results file and the progress line of the program.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

#include "experiments/drift/recorder.h"
#include "experiments/drift/study.h"
#include "integrators/registry.h"
#include "job/described_groups.h"
#include "job/job.h"
#include "problem/gradient_field.h"
#include "tests/counted_malloc.h"
#include "tests/experiments/small_job.h"
#include "tests/hdf5/temporary_folder.h"

#ifdef INVAR_COUNTS_MALLOC

using namespace invar;
using namespace invar::testing;

namespace {

// The first stretch between two records warms up: odeint sizes its buffers there.
constexpr std::int64_t kWarmRows = 2;

/// Passes everything on, and counts what is allocated from the end of one record to the beginning of the next.
template <class S>
class Counted final : public Observer<S> {
 public:
  explicit Counted(Observer<S>& observer) : observer_(observer) {}

  void on_step(const StepView<S>& step) override { observer_.on_step(step); }
  void on_row(const RowView<S>& row) override {
    if (row.row >= kWarmRows) between += allocations - mark_;
    warm_ = row.row + 1 >= kWarmRows;
    rows = row.row + 1;
    observer_.on_row(row);
    mark_ = allocations;
  }
  void on_time(std::size_t stop, double t, const State<S>& theta) override {
    if (warm_) between += allocations - mark_;
    observer_.on_time(stop, t, theta);
    mark_ = allocations;
  }
  bool stop_requested() override { return observer_.stop_requested(); }

  std::int64_t between = 0, rows = 0;

 private:
  Observer<S>& observer_;
  std::int64_t mark_ = 0;
  bool warm_ = false;
};

struct Job {
  Job(const TemporaryFolder& folder, const SmallModel& model, const std::string& precision, const std::string& budget)
      : configuration(small_configuration(
            model, Loss::squared, 8,
            {"--precision", precision, "--budget", budget, "--time", "4", "--records", "5", "--rtol", "1e-4", "--atol",
             "1e-6", "--step-size", exact_text(model.step_size), "--schedule", "power:0.1", "--sampling-seeds", "1"})),
        source(configuration),
        units(ladder(configuration)),
        setups(set_up_first()),
        unit(setups.front().get()),
        measures(unit->problem, Backend::host),
        reference(*unit, budget != "off"),
        progress(messages, ProgressLine::Style::plain, 3, 3.0) {
    const std::vector<record::GroupDescription> groups = describe(setups);
    file = record::ResultsFile::create(folder / "results.h5", true, {}, groups);
    saved = std::make_unique<SavedRuns>(*file, folder / "results.h5",
                                        std::vector<std::int64_t>(record::run_count(groups), 0));
  }

  std::vector<std::unique_ptr<UnitSetup>> set_up_first() {
    std::vector<std::unique_ptr<UnitSetup>> first;
    first.push_back(set_up(drift_study(), configuration, units.front(), source));
    return first;
  }

  Configuration configuration;
  DataSource source;
  std::vector<Unit> units;
  std::vector<std::unique_ptr<UnitSetup>> setups;  // the first alone
  UnitSetup* unit;
  Measures measures;
  ReferenceFlow reference;
  std::ostringstream messages;
  ProgressLine progress;
  std::unique_ptr<record::ResultsFile> file;
  std::unique_ptr<SavedRuns> saved;
};

template <class S, class G>
void check_runs(Job& job) {
  const Problem& problem = job.unit->problem;
  for (std::size_t number = 0; number < job.unit->runs.size(); ++number) {
    const RunSetup& setup = job.unit->runs[number];
    CAPTURE(setup.run->text());
    Objective<G> objective(problem.plans, problem.samples, 4);
    GradientField<S, G> full(objective);
    BatchField<S, G> batches(objective, 4, false, 1);
    GradientField<S, G>& field = setup.run->method == Configuration::Method::sgd ? batches : full;
    MethodOptions options;
    if (setup.schedule) options.schedule = &*setup.schedule;
    const auto method =
        find_method(setup.schedule ? "gradient-descent" : setup.run->integrator).template make<S>(options);
    ProgressLine::Run shown = job.progress.begin("a run", setup.plan.time, 1.0);
    const bool fills = number == 0;
    Recorder<S> recorder(*job.unit, number, job.measures, field, fills ? &job.reference : nullptr,
                         fills ? nullptr : &job.reference, *job.file, *job.saved, shown);
    Counted<S> counted(recorder);
    State<S> theta =
        Eigen::Map<const Eigen::VectorXd>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()))
            .template cast<S>();
    const Limits limits;
    const Summary summary = run<S>(*method, field, theta, setup.plan, limits, counted);
    INFO(summary.text);
    REQUIRE(counted.rows == 6);
    REQUIRE(summary.steps >= 12);
    CHECK(counted.between == 0);
    recorder.finish(summary);
  }
}

}  // namespace

TEST_CASE("malloc is counted in this executable") {
  const std::int64_t before = allocations;
  const State<double> vector = State<double>::Ones(100);
  CHECK(vector.sum() == 100.0);
  CHECK(allocations > before);
}

TEST_CASE("no model's run allocates between two records once it is warm") {
  const TemporaryFolder folder;
  for (const SmallModel& model : small_models()) {
    CAPTURE(model.name);
    for (const auto& [precision, budget] :
         {std::pair{"double", "exact"}, {"double", "double"}, {"float", "exact"}, {"mixed", "exact"}}) {
      CAPTURE(precision, budget);
      Job job(folder, model, precision, budget);
      if (job.units.front().precision == Configuration::Precision::in_float)
        check_runs<float, float>(job);
      else if (job.units.front().precision == Configuration::Precision::mixed)
        check_runs<double, float>(job);
      else
        check_runs<double, double>(job);
    }
  }
}

#endif
