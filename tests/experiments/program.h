// The program itself, run as a process of its own: its exit code, what it writes, and results files compared bit for
// bit.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "hdf5/file.h"
#include "settings/texts.h"
#include "tests/hdf5/temporary_folder.h"
#include "tests/record/run_view.h"

namespace invar::testing {

using Arguments = std::vector<std::string>;

/// A command line's words, then what may hold spaces: paths.
inline Arguments line(const std::string& text, const Arguments& paths = {}) {
  Arguments arguments = split_words(text);
  arguments.insert(arguments.end(), paths.begin(), paths.end());
  return arguments;
}

inline std::filesystem::path program(const std::string& name = "drift") {
  return std::filesystem::path(INVAR_BINARY_DIR) / name;
}

/// Where the tests are built without the program, those that run it say so and pass.
inline bool program_is_missing(const std::string& name = "drift") {
  if (std::filesystem::exists(program(name))) return false;
  WARN("skipped: " + program(name).string() + " is not built");
  return true;
}

inline std::string text_in(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// A small job, whatever its methods.
inline const std::string kTeacherJob =
    "--model swiglu --set width=3 outputs=3 d=3 --data teacher --samples 8 --schedule constant ";

struct Ended {
  int code = -1;  // −signal where one killed it
  std::string out, err;
};

/// A process at work; killed where a test leaves it.
class Process {
 public:
  Process(const TemporaryFolder& folder, const Arguments& arguments, const std::string& name = "drift")
      : out_(folder / "out.txt"), err_(folder / "err.txt") {
    std::vector<std::string> words{program(name).string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    process_ = fork();
    if (process_ == 0) {
      redirect(out_, STDOUT_FILENO);
      redirect(err_, STDERR_FILENO);
      execv(pointers.front(), pointers.data());
      _exit(127);
    }
  }
  ~Process() {
    if (process_ <= 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void send(int signal) const { kill(process_, signal); }

  /// Waits, for at most a minute, until a condition holds; false where the process ends before.
  template <class Condition>
  bool reaches(Condition condition) const {
    for (int i = 0; i < 6000; ++i) {
      if (condition()) return true;
      siginfo_t ended{};
      if (waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid != 0)
        return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  Ended wait() {
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = 0;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text_in(out_), text_in(err_)};
  }

 private:
  static void redirect(const std::filesystem::path& path, int descriptor) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file, descriptor);
    close(file);
  }

  std::filesystem::path out_, err_;
  pid_t process_ = 0;
};

inline Ended run_program(const TemporaryFolder& folder, const Arguments& arguments, const std::string& name = "drift") {
  return Process(folder, arguments, name).wait();
}

/// Of a file.
inline std::string status(const hdf5::File& file) {
  return file.dataset("status").read_text().front();
}

/// Every number and text of two groups, with the bits of NaN: the paths of the datasets that differ. Wall-clock times
/// aside.
inline void compare(const hdf5::Group& a, const hdf5::Group& b, const std::string& path,
                    std::vector<std::string>& different) {
  if (a.names() != b.names()) different.push_back(path + "*");
  for (const std::string& name : a.names()) {
    if (name == "seconds" || !b.contains(name)) continue;
    if (a.contains_group(name)) {
      compare(a.group(name), b.group(name), path + name + "/", different);
      continue;
    }
    const hdf5::Dataset x = a.dataset(name), y = b.dataset(name);
    bool same = x.shape() == y.shape() && x.kind() == y.kind();
    if (H5Dget_storage_size(x.id()) == 0 && H5Dget_storage_size(y.id()) == 0) {
      // A dimension without values: there is nothing to be read.
    } else if (same && x.kind() == hdf5::Kind::floating) {
      const std::vector<double> p = x.read<double>(), q = y.read<double>();
      same = std::memcmp(p.data(), q.data(), p.size() * sizeof(double)) == 0;
    } else if (same && x.kind() == hdf5::Kind::integer) {
      same = x.read<std::int64_t>() == y.read<std::int64_t>();
    } else if (same && x.kind() == hdf5::Kind::text) {
      same = x.read_text() == y.read_text();
    }
    if (!same) different.push_back(path + name);
  }
}

/// The same of one run each.
inline std::vector<std::string> differences(const RunView& a, const RunView& b) {
  std::vector<std::string> different;
  for (const std::string& name : a.group().names()) {
    if (name == "seconds" || a.group().contains_group(name)) continue;
    const hdf5::Dataset x = a.group().dataset(name), y = b.group().dataset(name);
    if (x.kind() == hdf5::Kind::floating) {
      const auto p = x.read_part<double>(a.index(), 1), q = y.read_part<double>(b.index(), 1);
      if (std::memcmp(p.data(), q.data(), p.size() * sizeof(double)) != 0) different.push_back(name);
    } else if (name == "valid_rows" || name == "step" || name == "gradients") {
      if (x.read_part<std::int64_t>(a.index(), 1) != y.read_part<std::int64_t>(b.index(), 1)) different.push_back(name);
    }
  }
  if (a.status() != b.status() || a.message() != b.message()) different.emplace_back("status");
  return different;
}

inline std::vector<std::string> differences(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::vector<std::string> different;
  compare(hdf5::File::open(a), hdf5::File::open(b), "/", different);
  return different;
}

}  // namespace invar::testing
