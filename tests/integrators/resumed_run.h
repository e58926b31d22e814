// A run that leaves an archive at some of its rows, and what it shows, bit by bit: to be compared with runs of newly
// made objects that go on from these archives.
#pragma once

#include <bit>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "integrators/loop.h"
#include "integrators/projection.h"
#include "tests/memory_archive.h"

namespace invar::testing {

/// 64-bit FNV-1a over the bytes of numbers.
class Fingerprint {
 public:
  template <class T>
  requires std::is_arithmetic_v<T>
  void add(T value) {
    for (const std::byte byte : std::bit_cast<std::array<std::byte, sizeof(T)>>(value))
      value_ = (value_ ^ static_cast<std::uint64_t>(byte)) * 1099511628211ULL;
  }
  template <class S>
  void add(const State<S>& state) {
    for (const S x : state) add(x);
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

/// All that a view shows.
template <class S>
std::uint64_t fingerprint(const StepView<S>& view) {
  Fingerprint print;
  print.add(view.index), print.add(view.t), print.add(view.t_after), print.add(view.tau);
  print.add(*view.before), print.add(*view.after);
  print.add(view.tableau != nullptr);
  if (view.tableau)
    for (const std::vector<double>* numbers : {&view.tableau->a, &view.tableau->b, &view.tableau->c})
      for (const double x : *numbers) print.add(x);
  for (const State<S>* stage : view.stages) print.add(*stage);
  print.add(view.derivative != nullptr);
  if (view.derivative) print.add(*view.derivative);
  if (const Curvature* c = view.curvature) {
    print.add(c->largest), print.add(c->smallest), print.add(c->residual_largest), print.add(c->residual_smallest);
    print.add(c->step), print.add(c->products);
  }
  if (const Stiffness* s = view.stiffness)
    print.add(s->radius), print.add(s->interval), print.add(s->share), print.add(s->limits);
  return print.value();
}

/// Without what the clock on the wall says.
inline std::string text_of(const Summary& summary) {
  std::ostringstream text;
  text.precision(17);
  Progress progress = summary.progress;
  progress.seconds = 0.0;
  MemoryArchive archived;
  archive(archived, progress);
  Fingerprint print;
  for (const auto& [name, entry] : archived.entries())
    for (const std::byte byte : entry.bytes) print.add(static_cast<std::uint8_t>(byte));
  text << summary.text << "; " << summary.stiff << ' ' << summary.steps << ' ' << summary.t << "; "
       << summary.counters.accepted << ' ' << summary.counters.rejected << ' ' << summary.counters.rejected_nonfinite
       << "; " << summary.rows << ' ' << summary.evaluations << ' ' << summary.hessian_products << "; progress "
       << print.value();
  return text.str();
}

/// What is needed to run, made anew for each part of a run.
template <class S>
struct Parts {
  std::unique_ptr<VectorField<S>> field;
  std::unique_ptr<LevelSet<S>> set;  // of a projected method
  std::unique_ptr<Method<S>> method;
  State<S> theta;
};

template <class S>
class Traced final : public Observer<S> {
 public:
  struct Checkpoint {
    Entries archive;
    std::int64_t step;
    std::size_t events;  // before it
  };

  explicit Traced(const std::set<std::int64_t>& rows) : rows_(rows) {}

  void on_step(const StepView<S>& view) override { events.push_back(fingerprint(view)); }
  void on_row(const RowView<S>& row) override {
    Fingerprint print;
    print.add(row.row), print.add(row.step), print.add(row.t), print.add(row.step_size);
    print.add(row.sum_step_squared), print.add(row.planned), print.add(*row.theta);
    events.push_back(print.value());
  }
  void on_time(std::size_t stop, double t, const State<S>& theta) override {
    Fingerprint print;
    print.add(stop), print.add(t), print.add(theta);
    events.push_back(print.value());
  }
  bool wants_checkpoint(std::int64_t row) override { return rows_.contains(row); }
  void on_checkpoint(Progress& progress, Method<S>& method, VectorField<S>& field, State<S>& theta) override {
    MemoryArchive saved;
    archive(saved, progress, method, field, theta);
    checkpoints.push_back({saved.entries(), progress.step, events.size()});
    checkpoints.back().archive.erase("progress/seconds");
  }
  bool stop_requested() override { return stop_at_checkpoint && !checkpoints.empty(); }

  std::vector<std::uint64_t> events;
  std::vector<Checkpoint> checkpoints;
  bool stop_at_checkpoint = false;

 private:
  const std::set<std::int64_t>& rows_;
};

/// A run with checkpoints, to be taken apart.
template <class S>
struct Story {
  std::function<Parts<S>()> make;
  Plan plan;
  Limits limits;
  std::set<std::int64_t> rows;  // with checkpoints

  Summary whole(Traced<S>& seen) const {
    Parts<S> parts = make();
    return run<S>(*parts.method, *parts.field, parts.theta, plan, limits, seen);
  }

  Summary go_on(const Entries& from, Traced<S>& seen, const std::string& left_out = {}) const {
    Parts<S> parts = make();
    // A field may have been used, and θ be anything.
    State<S> derivative(parts.theta.size());
    parts.field->evaluate(parts.theta, 0.0, derivative);
    parts.theta.setConstant(S(7));
    Entries entries = from;
    entries["progress/seconds"] = {1, std::vector<std::byte>(sizeof(double))};
    MemoryArchive stored(std::move(entries), left_out);
    Progress progress;
    archive(stored, progress, *parts.method, *parts.field, parts.theta);
    return resume<S>(*parts.method, *parts.field, parts.theta, plan, limits, seen, progress);
  }
};

/// Do both show the same from `event` of the whole run on?
template <class S>
bool same_tail(const Traced<S>& whole, std::size_t event, const Traced<S>& tail) {
  return std::vector(whole.events.begin() + static_cast<std::ptrdiff_t>(event), whole.events.end()) == tail.events;
}

}  // namespace invar::testing
