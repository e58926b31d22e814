// The handler only sets a lock-free atomic, all that a handler may do. SA_RESETHAND puts the signal's default action
// back, so the second one ends the program with no code of ours in between.
#include "job/signals.h"

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

void keep_signals_of_writing() {
  struct sigaction action = {};
  action.sa_handler = SIG_IGN;
  sigaction(SIGXFSZ, &action, nullptr);
  sigaction(SIGPIPE, &action, nullptr);
}

void catch_signals() {
  signal_received = 0;
  struct sigaction action = {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  // SA_RESTART: writes in flight go on, nothing is half-written.
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  action.sa_flags = SA_RESTART;  // whoever sends it to several of a job's processes may reach one of them twice
  sigaction(SIGUSR1, &action, nullptr);
}

const std::atomic<int>& interruption() {
  return signal_received;
}

}  // namespace invar
