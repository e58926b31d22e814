#include "report/lost_runs.h"

#include <algorithm>
#include <ostream>

#include "report/cells.h"

namespace invar {

void print_lost(std::ostream& out, const record::Reader& results) {
  constexpr std::size_t kMostTold = 10;
  std::vector<std::string> lines;
  for (const record::RunState& run : results.runs())
    if (run.status == "diverged" || run.status == "stalled")
      lines.push_back(run.status + " at step " + std::to_string(run.counters.steps) + ": " +
                      results.groups()[run.group].model + ", " + run.description.label);
  if (lines.empty()) return;
  out << "\n" << lines.size() << " of " << results.runs().size() << " runs came to no end:\n";
  for (std::size_t i = 0; i < std::min(lines.size(), kMostTold); ++i) out << "  " << shortened(lines[i], 78) << "\n";
  if (lines.size() > kMostTold) out << "  and " << lines.size() - kMostTold << " more\n";
}

}  // namespace invar
