// SIGINT, SIGTERM and SIGUSR1, by which a cluster says that its time is nearly over: the first one asks the runs to
// finish their row and close; a second SIGINT or SIGTERM ends the program at once.
#pragma once

#include <atomic>

namespace invar {

/// A write beyond the size that files may have (ulimit -f), or into a pipe that nobody reads, is an error from now on
/// as on a full disk, and not the end of the program.
void keep_signals_of_writing();

/// From now on SIGINT, SIGTERM and SIGUSR1 are caught. Any thread may then look at the flag, as often as it likes.
void catch_signals();

/// The signal that asked to stop, or 0.
const std::atomic<int>& interruption();
inline bool interrupted() {
  return interruption().load(std::memory_order_relaxed) != 0;
}

}  // namespace invar
