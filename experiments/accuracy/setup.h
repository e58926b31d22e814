// What is known of a comparison of methods before the first step: the problem, its laws, tolerances and step sizes, and
// so every run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "integrators/clock.h"
#include "integrators/registry.h"
#include "integrators/schedule.h"
#include "problem/problem.h"

namespace invar {

/// One method under one tolerance, or with one step size.
struct AccuracyRun {
  const MethodEntry* method = nullptr;
  Tolerances tolerances;             // of an adaptive method
  std::optional<Schedule> schedule;  // of one with prescribed steps
  Plan plan;                         // the start and T: a stop in between would shorten a step

  /// "dopri5 rtol 1e-05", "rk4 tau 0.05": for the progress line and messages.
  std::string text() const;
};

/// Methods that share an axis: tolerances or step sizes.
struct MethodFamily {
  std::vector<const MethodEntry*> methods;
  std::vector<Tolerances> tolerances;  // loosest first; or
  std::vector<double> step_sizes;      // largest first, each T/N
  std::vector<AccuracyRun> runs;       // method by method

  bool adaptive() const { return !tolerances.empty(); }
  std::size_t settings() const { return adaptive() ? tolerances.size() : step_sizes.size(); }
};

struct ComparedLaw {
  std::string name, kind;
  std::int64_t components = 0;
};

struct AccuracySetup {
  const Configuration* configuration = nullptr;
  Unit unit;
  Problem problem;
  std::optional<double> sharpness;  // at the start, where a step size asks for it
  std::vector<ComparedLaw> laws;    // the forms, then the general laws
  std::vector<AccuracyRun> references;
  std::vector<MethodFamily> families;  // those that have methods

  std::size_t runs() const;
};

/// Throws InputError.
std::unique_ptr<AccuracySetup> set_up_accuracy(const Configuration& configuration);

}  // namespace invar
