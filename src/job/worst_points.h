// Where along a run each law looks worst among the defects that only quad precision can judge.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "archive.h"

namespace invar {

class WorstPoints {
 public:
  /// The largest defect of each law at θ. A law keeps θ where its defect is in doubt (verdict.h) and twice what it was
  /// where it kept the last one.
  void look(const std::vector<double>& defects, const std::vector<double>& theta);

  /// Each θ that is kept, with the laws that keep it.
  std::map<std::shared_ptr<const std::vector<double>>, std::vector<std::size_t>> points() const;

  void archive(Archive& archive);

 private:
  std::vector<double> kept_;  // one a law: its defect there; 0: none
  std::vector<std::shared_ptr<const std::vector<double>>> at_;
};

}  // namespace invar
