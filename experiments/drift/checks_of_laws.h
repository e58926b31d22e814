// What a verdict asks for beside the runs: defects in quad where double is in doubt, laws at parameters that no run
// visited, and the tightest flow with half its steps.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "job/run_setup.h"
#include "job/study.h"
#include "law/verdict.h"
#include "problem/elsewhere.h"

namespace invar {

class Checks {
 public:
  /// Computes the defects in quad that the runs' doubtful ones ask for.
  Checks(const std::vector<std::unique_ptr<UnitSetup>>& units, const Outcomes& outcomes);

  /// Of a form along a run; none where double was in no doubt.
  std::optional<double> quad_defect(std::size_t unit, std::size_t run, std::size_t form) const;

  /// What is known of a law beside its flows, over units of one model.
  LawEvidence law(const std::vector<std::size_t>& units, std::size_t number, bool general);

  /// The law's drift along the tightest finished flow of the first unit that has one, integrated anew with steps of at
  /// most half its mean; none where there is no such flow, or it does not reach its end then.
  std::optional<double> drift_halved(const std::vector<std::size_t>& units, std::size_t number, bool general);

 private:
  const Elsewhere& elsewhere(std::size_t unit);

  const std::vector<std::unique_ptr<UnitSetup>>& units_;
  const Outcomes& outcomes_;
  std::map<std::tuple<std::size_t, std::size_t, std::size_t>, double> quad_;  // by unit, run, form
  std::map<std::size_t, Elsewhere> elsewhere_;
  std::map<std::size_t, std::vector<double>> halved_;  // θ at the end, by unit; empty where there is none
};

}  // namespace invar
