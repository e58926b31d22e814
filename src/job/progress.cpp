// Drawing and estimating: see progress.h.
#include "job/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <ostream>
#include <utility>

namespace invar {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(200);
constexpr auto kPlainLines = std::chrono::seconds(10);
constexpr int kColumns = 80;

template <class... Values>
std::string printed(const char* format, Values... values) {
  char text[96];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

/// 12345 → "12.3 k".
std::string count_text(double count) {
  if (count < 999.5) return printed("%.3g ", count);
  return count < 999.5e3 ? printed("%.3g k", count * 1e-3) : printed("%.3g M", count * 1e-6);
}

/// A rate between two looks, smoothed over the last two seconds or so.
void follow(double& rate, double now, double memory) {
  rate = memory * rate + (1.0 - memory) * now;
}

int terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kColumns;
  return std::min<int>(size.ws_col, kColumns);
}

}  // namespace

struct ProgressLine::Slot {
  std::string label;
  double end_time = 0.0, weight = 0.0;
  Work work;
  std::atomic<double> time{0.0}, loss{std::numeric_limits<double>::quiet_NaN()}, step{0.0};
  std::atomic<std::int64_t> gradients{0}, steps{0};

  /// Of the run. Steps where they are planned: of a schedule that decays, most of t is in the first ones.
  double share() const {
    const double part =
        work.steps > 0   ? static_cast<double>(steps.load(std::memory_order_relaxed)) / static_cast<double>(work.steps)
        : end_time > 0.0 ? time.load(std::memory_order_relaxed) / end_time
                         : 0.0;
    return std::isfinite(part) ? std::clamp(part, 0.0, 1.0) : 0.0;
  }
  void add_to(Done& done) const {
    const auto count = static_cast<double>(gradients.load(std::memory_order_relaxed));
    done.gradients += count;
    done.items += count * work.items_a_gradient;
    done.flops += count * work.flops_a_gradient;
  }
};

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0.0 || seconds > 1e9) return "?";
  const auto s = static_cast<long>(std::lround(seconds));
  if (s < 60) return printed("%ld s", s);
  if (s < 3600) return printed("%ld min %02ld s", s / 60, s % 60);
  if (s < 86400) return printed("%ld h %02ld min", s / 3600, s / 60 % 60);
  return printed("%ld d %02ld h", s / 86400, s / 3600 % 24);
}

std::string progress_line(const ProgressState& state, int columns) {
  const std::string runs =
      printed("%lld/%lld runs", static_cast<long long>(state.done), static_cast<long long>(state.runs));
  const bool running = !state.label.empty();
  const std::string left = std::isfinite(state.seconds_left) ? duration_text(state.seconds_left) + " left" : "";
  const bool trains = !state.items.empty();
  const std::string gradients =
      !trains && state.gradients_per_second > 0.0 ? count_text(state.gradients_per_second) + "grad/s" : "";
  const std::string items =
      trains && state.items_per_second > 0.0 ? count_text(state.items_per_second) + state.items + "/s" : "";
  const std::string flops =
      trains && state.flops_per_second > 0.0 ? printed("%.3g GFLOP/s", 1e-9 * state.flops_per_second) : "";
  const std::string time = !running ? ""
                           : trains ? printed("at %.0f%%", 100.0 * state.share)
                                    : printed("t %.4g/%.4g", state.time, state.end_time);
  const std::string loss = running && !std::isnan(state.loss) ? printed("loss %.4g", state.loss) : "";
  const std::string step = running && !trains && state.step > 0.0 ? printed("step %.2g", state.step) : "";

  // The order on the line is fixed; what stays is chosen in the order of need.
  const std::string* shown[] = {&runs, &time, &loss, &step, &gradients, &items, &flops, &left, &state.label};
  const int need[] = {0, 1, 7, 2, 3, 4, 5, 6, 8};
  bool kept[9] = {};
  std::size_t used = 0;
  const auto width = static_cast<std::size_t>(std::max(columns, 0));
  for (const int i : need) {
    const std::size_t size = shown[i]->size();
    const std::size_t gap = used == 0 ? 0 : 2;
    if (size == 0 || used + gap + size > width) continue;
    kept[i] = true;
    used += gap + size;
  }
  std::string line;
  for (int i = 0; i < 9; ++i) {
    if (kept[i]) line += (line.empty() ? "" : "  ") + *shown[i];
  }
  return line;
}

ProgressLine::Style ProgressLine::style_of(int descriptor, bool quiet) {
  if (quiet) return Style::quiet;
  return isatty(descriptor) == 1 ? Style::line : Style::plain;
}

ProgressLine::ProgressLine(std::ostream& out, Style style, std::int64_t runs, double total_weight)
    : out_(out), style_(style), runs_(runs), total_weight_(total_weight) {
  if (style_ != Style::quiet) thread_ = std::thread([this] { draw_until_stopped(); });
}

ProgressLine::~ProgressLine() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
  erase_line();
}

ProgressLine::Run ProgressLine::begin(std::string label, double end_time, double weight, Work work) {
  auto slot = std::make_shared<Slot>();
  slot->label = std::move(label);
  slot->end_time = end_time;
  slot->weight = weight;
  slot->work = std::move(work);
  const std::lock_guard lock(mutex_);
  active_.push_back(slot);
  return {*this, std::move(slot)};
}

void ProgressLine::finish(const std::shared_ptr<Slot>& slot) {
  const std::lock_guard lock(mutex_);
  std::erase(active_, slot);
  ++done_;
  done_weight_ += slot->weight;
  slot->add_to(done_work_);
}

void ProgressLine::say(const std::string& text) {
  const std::lock_guard lock(mutex_);
  erase_line();
  out_ << text << '\n' << std::flush;
}

void ProgressLine::erase_line() {
  if (drawn_ == 0) return;
  out_ << '\r' << std::string(drawn_, ' ') << '\r' << std::flush;
  drawn_ = 0;
}

ProgressState ProgressLine::state(Clock::time_point now) {
  ProgressState state;
  state.done = done_;
  state.runs = runs_;
  double weight = done_weight_;
  Done work = done_work_;
  for (const auto& slot : active_) {
    weight += slot->weight * slot->share();
    slot->add_to(work);
  }
  // The run shown is the oldest at work: the line does not jump from one to another.
  if (!active_.empty()) {
    const Slot& slot = *active_.front();
    state.label = slot.label;
    state.end_time = slot.end_time;
    state.time = slot.time.load(std::memory_order_relaxed);
    state.loss = slot.loss.load(std::memory_order_relaxed);
    state.step = slot.step.load(std::memory_order_relaxed);
    state.items = slot.work.items;
    state.share = slot.share();
  }
  const double elapsed = std::chrono::duration<double>(now - last_time_).count();
  if (elapsed > 0.0) {
    const double memory = last_time_ == start_ ? 0.0 : std::exp(-elapsed / 2.0);
    follow(rate_.gradients, (work.gradients - last_.gradients) / elapsed, memory);
    follow(rate_.items, (work.items - last_.items) / elapsed, memory);
    follow(rate_.flops, (work.flops - last_.flops) / elapsed, memory);
    last_ = work;
    last_time_ = now;
  }
  state.gradients_per_second = rate_.gradients;
  state.items_per_second = rate_.items;
  state.flops_per_second = rate_.flops;
  const double total = std::chrono::duration<double>(now - start_).count();
  const double share = total_weight_ > 0.0 ? weight / total_weight_ : 0.0;
  // The first second and the first hundredth say nothing about the rest.
  state.seconds_left = total > 1.0 && share > 0.01 ? total * std::max(0.0, 1.0 - share) / share
                                                   : std::numeric_limits<double>::quiet_NaN();
  return state;
}

void ProgressLine::draw_until_stopped() {
  std::unique_lock lock(mutex_);
  const Clock::duration pause = style_ == Style::line ? Clock::duration(kRedraw) : Clock::duration(kPlainLines);
  while (!stopped_.wait_for(lock, pause, [this] { return stop_; })) {
    const ProgressState now = state(Clock::now());
    if (style_ == Style::plain) {
      out_ << progress_line(now, kColumns) << std::endl;
      continue;
    }
    // One column stays free: a character in the last one makes some terminals wrap.
    const std::string line = progress_line(now, terminal_columns() - 1);
    const std::string blanks(drawn_ > line.size() ? drawn_ - line.size() : 0, ' ');
    out_ << '\r' << line << blanks << std::flush;
    drawn_ = line.size();
  }
}

ProgressLine::Run::Run(Run&& other) noexcept
    : progress_(std::exchange(other.progress_, nullptr)), slot_(std::move(other.slot_)) {}

ProgressLine::Run::~Run() {
  if (progress_) progress_->finish(slot_);
}

void ProgressLine::Run::update(double time, double loss, double step, std::int64_t gradients,
                               std::int64_t steps) noexcept {
  slot_->time.store(time, std::memory_order_relaxed);
  slot_->loss.store(loss, std::memory_order_relaxed);
  slot_->step.store(step, std::memory_order_relaxed);
  slot_->gradients.store(gradients, std::memory_order_relaxed);
  slot_->steps.store(steps, std::memory_order_relaxed);
}

}  // namespace invar
