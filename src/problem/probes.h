// The samples on which a law's defect is measured: the first 16 of the data, as many random ones, and the mean over all
// data, which sees what no few of them do. A random target makes the output's cotangent w random too (for
// cross-entropy, targets that sum to 1 make it any w that sums to 0; labels one a position are random labels), so the
// whole cost serves and Eq. 2 is tested for random (x, w).
#pragma once

#include <memory>
#include <vector>

#include "backend/sample_gradients.h"
#include "law/defect.h"
#include "law/general_law.h"
#include "problem/problem.h"

namespace invar {

class Probes {
 public:
  explicit Probes(const Problem& problem);

  /// The defect of every component, form after form, at θ; nothing is allocated. `whole`: the gradient over all samples
  /// there, or null to leave it out.
  void measure(const double* theta, const double* whole, std::vector<double>& defects);

  /// Values and defects of the general laws, component after component, with the gradients of the last measure().
  void measure_general(const double* theta, std::vector<double>& values, std::vector<double>& defects);

  /// The same in quad precision, one a form: the largest defect of its components, NaN where nothing was measured. Only
  /// of the forms asked for; the others' are NaN. `mean`: with the mean gradient over 256 of the data, evenly spread.
  std::vector<double> quad_defects(const double* theta, const std::vector<bool>& asked, bool mean) const;

 private:
  const Problem& problem_;
  SampleArrays samples_;
  std::unique_ptr<SampleGradients<double>> single_;
  std::vector<std::vector<double>> gradients_;
  std::vector<const double*> pointers_;
  std::vector<DefectMeter> meters_;
  std::vector<GeneralLaw> general_;
  std::vector<double> slope_;
};

}  // namespace invar
