// How a program's job ended, as its exit code tells it: one list for all programs.
#pragma once

#include <cstddef>
#include <string>

namespace invar {

/// What a job says of its end.
struct JobEnd {
  std::size_t runs = 0;    // begun
  std::size_t lost = 0;    // of them, diverged or stalled
  int signal = 0;          // that ended it before its time; 0: none
  bool can_go_on = false;  // something is saved from which --resume goes on
};

/// 0, 3 where every run was lost (`strict`: any), 75 or 128 + signal where one ended it.
int exit_code(const JobEnd& end, bool strict);

inline constexpr int kExitError = 1;  // anything that nobody foresaw
inline constexpr int kExitInput = 2;  // what the user can mend

/// The list, for --help: a line each of at most 80 columns.
std::string exit_codes_text(bool resumes);

}  // namespace invar
