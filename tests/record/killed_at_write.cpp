// See killed_at_write.h. The parent stops the child at the entry of each system call (ptrace, Linux 5.3 or later).
#include "tests/record/killed_at_write.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace invar::testing {
namespace {

bool changes_a_file(std::uint64_t call) {
  constexpr std::array calls{SYS_write, SYS_pwrite64, SYS_writev, SYS_ftruncate, SYS_fallocate,
                             SYS_fsync, SYS_openat,   SYS_rename, SYS_unlink};
  return std::find(calls.begin(), calls.end(), static_cast<long>(call)) != calls.end();
}

}  // namespace

KilledAtWrite run_and_kill_at_write(int number, const std::function<void()>& action) {
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(77);
    raise(SIGSTOP);
    action();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) return KilledAtWrite::impossible;
  ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD);
  int seen = 0;
  for (;;) {
    ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? KilledAtWrite::ended : KilledAtWrite::impossible;
    if (WIFSIGNALED(status)) return KilledAtWrite::impossible;
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    struct __ptrace_syscall_info info {};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) <= 0) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return KilledAtWrite::impossible;
    }
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !changes_a_file(info.entry.nr) || seen++ < number) continue;
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return KilledAtWrite::killed;
  }
}

}  // namespace invar::testing
