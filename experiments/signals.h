// SIGINT and SIGTERM: the first one asks the runs to finish their row and close; a second SIGINT ends the program at
// once.
#pragma once

#include <atomic>

namespace invar {

/// From now on SIGINT and SIGTERM are caught. Any thread may then look at the flag, as often as it likes.
void catch_signals();

/// The signal that asked to stop, or 0.
const std::atomic<int>& interruption();
inline bool interrupted() {
  return interruption().load(std::memory_order_relaxed) != 0;
}

/// 130 after SIGINT, 143 after SIGTERM (128 + the signal, as shells count), 0 otherwise.
int interruption_exit_code();

}  // namespace invar
