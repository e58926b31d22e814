// The progress line and the signals: what the user sees while it runs.
#include "job/progress.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <limits>
#include <sstream>
#include <thread>

#include "job/signals.h"

using namespace invar;
using Catch::Matchers::Contains;

TEST_CASE("a progress line is never wider than the terminal, whatever the numbers") {
  const double extreme[] = {0.0,
                            1.0,
                            -3.3e-9,
                            1.23456789e-300,
                            9.87654321e300,
                            1e6 / 3.0,
                            std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::quiet_NaN()};
  for (int columns = 0; columns <= 120; ++columns) {
    for (const double value : extreme) {
      for (const char* items : {"", "samples"}) {
        const ProgressState state{
            999999, 1000000, std::string(150, 'x'), value, value, value, value, value, value, items, value,
            value,  value};
        const std::string line = progress_line(state, columns);
        CHECK(line.size() <= static_cast<std::size_t>(columns));
        CHECK(line.find('\n') == std::string::npos);
      }
    }
  }
}

TEST_CASE("80 columns have room for runs, time, loss, step, gradients per second and time left") {
  const ProgressState state{12, 240, "attention-rope", 12.345, 20.0, 2.3026, 0.0125, 12345.0, 83.0};
  const std::string line = progress_line(state, 79);
  for (const char* part :
       {"12/240 runs", "t 12.35/20", "loss 2.303", "step 0.013", "12.3 kgrad/s", "1 min 23 s left"}) {
    CHECK_THAT(line, Contains(part));
  }
}

TEST_CASE("80 columns have room for what a training takes in a second") {
  ProgressState state{12,      36,     "lm: sgd 0.1", 12.345, 20.0,     2.3026, 0.0125,
                      12345.0, 7500.0, "tokens",      0.0831, 1.2345e6, 3.21e10};
  CHECK(progress_line(state, 79) == "12/36 runs  at 8%  loss 2.303  1.23 Mtokens/s  32.1 GFLOP/s  2 h 05 min left");
  state.items_per_second = 999.7;
  CHECK_THAT(progress_line(state, 79), Contains("  1 ktokens/s"));
}

TEST_CASE("a narrow terminal keeps the runs and the time first") {
  const ProgressState state{12, 240, "attention", 12.345, 20.0, 2.3026, 0.0125, 12345.0, 83.0};
  CHECK(progress_line(state, 24) == "12/240 runs  t 12.35/20");
  CHECK(progress_line(state, 12) == "12/240 runs");
}

TEST_CASE("runs on several threads are all counted, and a quiet progress writes nothing but what is said") {
  std::ostringstream out;
  {
    ProgressLine progress(out, ProgressLine::Style::quiet, 400, 400.0);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          ProgressLine::Run run = progress.begin("run", 1.0, 1.0);
          ProgressLine::Run moved = std::move(run);
          for (int step = 0; step <= 10; ++step) moved.update(0.1 * step, 1.0, 0.1, step);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    progress.say("run 3 diverged");
  }
  CHECK(out.str() == "run 3 diverged\n");
}

namespace {

/// Text that another thread writes; counts its flushes, so that a test can wait for them.
struct FlushedText : std::stringbuf {
  std::atomic<int> flushes{0};
  int sync() override { return ++flushes, 0; }
  void wait_for(int count) const {
    for (int i = 0; i < 3000 && flushes < count; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
};

}  // namespace

TEST_CASE("on a terminal the line is redrawn in place and erased at the end") {
  FlushedText text;
  std::ostream out(&text);
  {
    ProgressLine progress(out, ProgressLine::Style::line, 3, 3.0);
    { const ProgressLine::Run done = progress.begin("first", 1.0, 1.0); }
    ProgressLine::Run run = progress.begin("second", 1.0, 1.0);
    run.update(0.5, 1.0, 0.1, 10);
    text.wait_for(2);
  }
  CHECK_THAT(text.str(), Contains("1/3 runs") && Contains("second"));
  CHECK(text.str().find('\n') == std::string::npos);
  CHECK(text.str().back() == '\r');
}

TEST_CASE("a training is as far as its steps, and its rates are those of its batches") {
  FlushedText text;
  std::ostream out(&text);
  {
    ProgressLine progress(out, ProgressLine::Style::line, 1, 1.0);
    ProgressLine::Run run = progress.begin("sgd", 1.0, 1.0, {200, "samples", 1e7, 1e15});
    run.update(0.9, 1.0, 0.1, 20, 20);
    text.wait_for(1);
  }
  CHECK_THAT(text.str(), Contains("at 10%") && Contains(" Msamples/s") && Contains("GFLOP/s") && !Contains("grad/s"));
}

TEST_CASE("durations are readable") {
  CHECK(duration_text(45.2) == "45 s");
  CHECK(duration_text(200.0) == "3 min 20 s");
  CHECK(duration_text(7500.0) == "2 h 05 min");
  CHECK(duration_text(3 * 86400.0 + 4 * 3600.0) == "3 d 04 h");
  CHECK(duration_text(std::nan("")) == "?");
}

namespace {

/// How a child ends that catches signals, raises these, and then returns its exit code.
int status_after(std::initializer_list<int> signals) {
  const pid_t child = fork();
  if (child == 0) {
    catch_signals();
    for (const int signal : signals) raise(signal);
    _exit(interruption() == 0 ? 0 : 128 + interruption());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("SIGINT and SIGTERM are noted and give exit codes 130 and 143; a second one ends at once") {
  CHECK(WEXITSTATUS(status_after({})) == 0);
  const int interrupted_status = status_after({SIGINT});
  REQUIRE(WIFEXITED(interrupted_status));
  CHECK(WEXITSTATUS(interrupted_status) == 130);
  const int terminated = status_after({SIGTERM});
  REQUIRE(WIFEXITED(terminated));
  CHECK(WEXITSTATUS(terminated) == 143);
  for (const int signal : {SIGINT, SIGTERM}) {
    const int killed = status_after({signal, signal});
    REQUIRE(WIFSIGNALED(killed));
    CHECK(WTERMSIG(killed) == signal);
  }
  CHECK(WEXITSTATUS(status_after({SIGTERM, SIGINT})) == 143);  // the first one counts
}
