// See killed_at_write.h. The C library's functions that change a file are defined here once more: the program's own
// definitions come first for the linker and for the shared libraries (HDF5, libstdc++) alike, so that each call is
// counted in the process itself. (To stop a child at its system calls, by ptrace, costs two switches of processes for
// each of them, which may take minutes on a virtual machine.)
#include "tests/record/killed_at_write.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>

namespace {

long calls_left = -1;  // negative: nobody is to die

void count_a_call() {
  if (calls_left == 0) kill(getpid(), SIGKILL);
  if (calls_left > 0) --calls_left;
}

template <class... Arguments>
long counted(long number, Arguments... arguments) {
  count_a_call();
  return syscall(number, arguments...);
}

}  // namespace

extern "C" {
ssize_t write(int file, const void* bytes, size_t count) {
  return counted(SYS_write, file, bytes, count);
}
ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) {
  return counted(SYS_pwrite64, file, bytes, count, at);
}
ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t at) {
  return counted(SYS_pwrite64, file, bytes, count, at);
}
ssize_t writev(int file, const iovec* parts, int count) {
  return counted(SYS_writev, file, parts, count);
}
int ftruncate(int file, off_t size) noexcept {
  return static_cast<int>(counted(SYS_ftruncate, file, size));
}
int ftruncate64(int file, off64_t size) noexcept {
  return static_cast<int>(counted(SYS_ftruncate, file, size));
}
int fallocate(int file, int mode, off_t at, off_t size) {
  return static_cast<int>(counted(SYS_fallocate, file, mode, at, size));
}
int fallocate64(int file, int mode, off64_t at, off64_t size) {
  return static_cast<int>(counted(SYS_fallocate, file, mode, at, size));
}
int fsync(int file) {
  return static_cast<int>(counted(SYS_fsync, file));
}
int rename(const char* from, const char* to) noexcept {
  return static_cast<int>(counted(SYS_rename, from, to));
}
int unlink(const char* path) noexcept {
  return static_cast<int>(counted(SYS_unlink, path));
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return static_cast<int>(counted(SYS_openat, AT_FDCWD, path, flags, mode));
}
int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return static_cast<int>(counted(SYS_openat, AT_FDCWD, path, flags, mode));
}
}  // extern "C"

namespace invar::testing {

KilledAtWrite run_and_kill_at_write(int number, const std::function<void()>& action) {
  const pid_t child = fork();
  if (child == 0) {
    calls_left = number;
    try {
      action();
    } catch (...) {
      _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return KilledAtWrite::failed;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return KilledAtWrite::killed;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? KilledAtWrite::ended : KilledAtWrite::failed;
}

}  // namespace invar::testing
