#include "problem/projected_laws.h"

#include <cmath>

#include "error.h"
#include "integrators/method.h"
#include "law/verdict.h"
#include "problem/law_sizes.h"
#include "problem/probes.h"

namespace invar {

void require_laws_to_project(const Problem& problem) {
  Probes probes(problem);
  std::vector<double> defects(form_components(problem));
  probes.measure(problem.start.data(), nullptr, defects);
  auto first = defects.begin();
  for (std::size_t f = 0; f < problem.forms.size(); ++f) {
    const LawForm& form = problem.forms[f];
    const auto end = first + form.components();
    double defect = 0.0;
    for (auto at = first; at != end; ++at) defect = std::fmax(defect, *at);
    first = end;
    if (form.kind != LawKind::law || !(defect > kDefectAtRounding)) continue;
    std::vector<bool> asked(problem.forms.size());
    asked[f] = true;
    if (defect <= kConfirmBelow && probes.quad_defects(problem.start.data(), asked, false)[f] <= kQuadDefectAtRounding)
      continue;
    throw InputError("projection: '" + (form.scope.empty() ? "" : form.scope + ".") + form.name +
                     "' is no law: its defect is " + number_text(defect) +
                     " at the start, and to hold it would change the flow; call it a claim in the block, or leave "
                     "--projection out");
  }
}

}  // namespace invar
