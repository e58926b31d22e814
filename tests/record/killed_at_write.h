// Runs an action in a child process that is killed with SIGKILL at its n-th call that changes a file, before the call
// is made. So a test can let a writer die at every single moment that matters.
#pragma once

#include <functional>

namespace invar::testing {

enum class KilledAtWrite {
  killed,
  ended,   ///< the action made fewer such calls
  failed,  ///< the action threw, or the child ended by itself otherwise
};

KilledAtWrite run_and_kill_at_write(int number, const std::function<void()>& action);

}  // namespace invar::testing
