#include "job/exit_code.h"

#include <csignal>

namespace invar {
namespace {

// EX_TEMPFAIL of sysexits.h: try again later.
constexpr int kExitLost = 3, kExitGoOn = 75;

}  // namespace

int exit_code(const JobEnd& end, bool strict) {
  // Whoever presses Ctrl-C wants no second try.
  if (end.signal != 0) return end.can_go_on && end.signal != SIGINT ? kExitGoOn : 128 + end.signal;
  const bool lost = strict ? end.lost > 0 : end.runs > 0 && end.lost == end.runs;
  return lost ? kExitLost : 0;
}

std::string exit_codes_text(bool resumes) {
  return std::string(
             "  0    the job ended; the table says which of its runs diverged or stalled\n"
             "  2    something that you can mend: an option, a text, a file\n"
             "  3    every run diverged or stalled; with --strict, any\n") +
         (resumes ? "  75   SIGTERM or SIGUSR1, and a checkpoint or a run's end is saved: go on later\n" : "") +
         "  130  SIGINT (Ctrl-C)\n" +
         (resumes ? "  143  SIGTERM, and nothing is saved to go on from; 138 SIGUSR1, likewise\n"
                  : "  143  SIGTERM; 138 SIGUSR1\n") +
         "  1    anything else\n";
}

}  // namespace invar
