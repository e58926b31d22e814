// The handler only sets a lock-free atomic, all that a handler may do. SA_RESETHAND puts the signal's default action
// back, so the second one ends the program with no code of ours in between.
#include "experiments/signals.h"

#include <csignal>

namespace invar {
namespace {

std::atomic<int> signal_received{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void note_signal(int signal) {
  int none = 0;
  signal_received.compare_exchange_strong(none, signal);
}

}  // namespace

void catch_signals() {
  signal_received = 0;
  struct sigaction action = {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  // SA_RESTART: writes in flight go on, nothing is half-written.
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

const std::atomic<int>& interruption() {
  return signal_received;
}

int interruption_exit_code() {
  const int signal = signal_received.load();
  return signal == 0 ? 0 : 128 + signal;
}

}  // namespace invar
