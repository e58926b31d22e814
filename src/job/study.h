// What a job is about, beyond taking the steps of its runs: where these record, what is looked at on the way, what all
// of them together say. A program hands down an object of it; job.h knows no more of a program than this.
#pragma once

#include <memory>
#include <vector>

#include "backend/objective.h"
#include "job/progress.h"
#include "job/run_recorder.h"
#include "job/run_setup.h"
#include "job/summary.h"

namespace invar {

/// What a thread keeps for the runs of one unit, one after the other.
class ThreadState {
 public:
  virtual ~ThreadState() = default;
};

/// A run about to begin. `S`: format of the parameters; `G`: that in which gradients are computed.
template <class S, class G>
struct RunContext {
  const UnitSetup& unit;
  std::size_t run = 0;  // of the unit
  VectorField<S>& field;
  Objective<G>& objective;  // the field's
  record::ResultsFile& file;
  SavedRuns& saved;
  ProgressLine::Run& progress;
  int threads = 1;                       // over the chunks of a batch; the numbers do not depend on it
  std::unique_ptr<ThreadState>& thread;  // made where it is null and needed
};

/// What the runs of one unit share. Its recorders are made and used by several threads.
class UnitStudy {
 public:
  virtual ~UnitStudy() = default;

  /// Whether the other runs look at what the first one leaves: then they begin after its end.
  virtual bool first_goes_ahead() const { return false; }
  /// What the first run leaves for the others.
  virtual void archive_first(Archive&) {}

  virtual std::unique_ptr<RunRecorder<float>> recorder(const RunContext<float, float>& context) = 0;
  virtual std::unique_ptr<RunRecorder<double>> recorder(const RunContext<double, double>& context) = 0;
  virtual std::unique_ptr<RunRecorder<double>> recorder(const RunContext<double, float>& context) = 0;
};

/// A unit's study whose recorders of all formats are made alike, by the template `Own::made(context)`.
template <class Own>
class UnitStudyOf : public UnitStudy {
 public:
  std::unique_ptr<RunRecorder<float>> recorder(const RunContext<float, float>& context) final {
    return static_cast<Own*>(this)->made(context);
  }
  std::unique_ptr<RunRecorder<double>> recorder(const RunContext<double, double>& context) final {
    return static_cast<Own*>(this)->made(context);
  }
  std::unique_ptr<RunRecorder<double>> recorder(const RunContext<double, float>& context) final {
    return static_cast<Own*>(this)->made(context);
  }
};

using Outcomes = std::vector<std::vector<RunOutcome>>;  // by unit and run

class Study {
 public:
  virtual ~Study() = default;

  /// Step sizes, stops and rows of a unit whose problem is built. Throws InputError.
  virtual void plan(UnitSetup& unit) const = 0;
  virtual std::unique_ptr<UnitStudy> of_unit(const UnitSetup& unit) const = 0;
  /// For the progress line.
  virtual Work work(const UnitSetup& unit, const RunSetup& run) const = 0;
  /// All runs have ended, or were interrupted (`whole` is false): what they say together goes into the summary and into
  /// late columns of the file.
  virtual void conclude(const std::vector<std::unique_ptr<UnitSetup>>&, const Outcomes&, bool /*whole*/, JobSummary&,
                        record::ResultsFile&) const {}
};

}  // namespace invar
