#include "job/saved_runs.h"

#include <zlib.h>

#include <algorithm>

#include "error.h"
#include "record/columns.h"

namespace invar {
namespace {

constexpr int kShare = 20;

/// When it is time again for what took from `begin` until now.
std::chrono::steady_clock::time_point time_after(std::chrono::steady_clock::time_point begin) {
  const auto now = std::chrono::steady_clock::now();
  return now + kShare * (now - begin);
}

std::string text_of(const std::string& value) {
  return value;
}
std::string text_of(double value) {
  return exact_text(value);
}
std::string text_of(std::int64_t value) {
  return std::to_string(value);
}

}  // namespace

SavedRuns::SavedRuns(record::ResultsFile& file, const std::filesystem::path& results, std::vector<std::int64_t> marks)
    : file_(file), checkpoints_(results), marks_(std::move(marks)), found_(marks_.size()), next_state_(marks_.size()) {
  for (std::size_t run = 0; run < marks_.size(); ++run) {
    const std::string status = file.found_status(run);
    if (status.empty()) continue;  // a new file
    found_[run] = find(run);
    if (found_[run].ended || found_[run].rows > 0) saved_any_ = true;
    const bool untouched = status == to_string(record::RunStatus::pending);
    if (!found_[run].ended && !untouched) file.rewind(run, found_[run].rows);
  }
}

SavedRuns::Found SavedRuns::find(std::size_t run) {
  Found found;
  std::int64_t mark = 0;
  std::uint32_t checksum = 0;
  const bool saved = checkpoints_.load(run, [&](Archive& archive) {
    archive("mark", mark);
    archive("ended", found.ended);
    archive("rows", found.rows);
    archive("checksum", checksum);
  });
  const bool agrees = saved && mark == marks_[run] && found.rows >= 0 && found.rows <= file_.valid_rows(run) &&
                      checksum == (found.ended ? file_.checksum(run) : file_.checksum(run, found.rows));
  return agrees ? found : Found{.disagrees = checkpoints_.exists(run)};
}

std::string SavedRuns::text() const {
  std::size_t done = 0, at_work = 0;
  std::string rows;
  for (const Found& run : found_) {
    done += run.ended ? 1 : 0;
    if (run.ended || run.rows == 0) continue;
    ++at_work;
    rows += (rows.empty() ? "" : ", ") + std::to_string(run.rows - 1);
  }
  std::string text = std::to_string(done) + " of " + std::to_string(found_.size()) + " runs are done";
  if (at_work == 1) text += ", 1 goes on from its row " + rows;
  if (at_work > 1) text += ", " + std::to_string(at_work) + " go on from their rows " + rows;
  if (const std::size_t begin = runs_left() - at_work; begin > 0)
    text += ", " + std::to_string(begin) + (begin == 1 ? " begins" : " begin");
  if (const auto anew = std::ranges::count(found_, true, &Found::disagrees); anew > 0)
    text += "; " + std::to_string(anew) +
            " of them anew, for what was saved is damaged, or not of the rows and the configuration in the file";
  return text;
}

std::size_t SavedRuns::runs_left() const {
  return static_cast<std::size_t>(std::ranges::count(found_, false, &Found::ended));
}

void SavedRuns::save_state(std::size_t run, std::int64_t rows, const List& list) {
  const Clock::time_point begin = Clock::now();
  if (begin < next_state_[run]) return;
  save(run, {.rows = rows}, list);
  next_state_[run] = time_after(begin);
}

void SavedRuns::save_outcome(std::size_t run, const List& list) {
  save(run, {.ended = true, .rows = file_.valid_rows(run)}, list);
}

void SavedRuns::save(std::size_t run, Found what, const List& list) {
  if (gave_up_) return;
  try {
    const Clock::time_point begin = Clock::now();
    const bool to_disk = begin >= next_sync_.load();
    if (to_disk) file_.bring_to_disk();  // first: the checkpoint vouches for the rows
    std::uint32_t checksum = what.ended ? file_.checksum(run) : file_.checksum(run, what.rows);
    checkpoints_.save(run, to_disk, [&](Archive& archive) {
      archive("mark", marks_[run]);
      archive("ended", what.ended);
      archive("rows", what.rows);
      archive("checksum", checksum);
      list(archive);
    });
    saved_any_ = true;
    if (to_disk) next_sync_ = time_after(begin);
  } catch (const InputError& error) {
    if (gave_up_.exchange(true)) return;
    progress_->say(std::string(error.what()) + ": the job goes on, but --resume will repeat what comes from here on");
  }
}

void SavedRuns::load(std::size_t run, const List& list) {
  if (!checkpoints_.load(run, list))
    throw InputError(checkpoints_.folder().string() + ": the checkpoint of run " + std::to_string(run) +
                     " is gone: begin again with --resume");
}

std::vector<std::int64_t> run_marks(const Configuration& configuration,
                                    const std::vector<record::GroupDescription>& groups) {
  std::vector<std::int64_t> marks(record::run_count(groups));
  for (const record::GroupDescription& group : groups) {
    std::string shared = configuration.toml_of_experiment();
    const auto add = [](std::string& text, std::string_view name, const auto& value) {
      text.append("\n").append(name).append(" ").append(text_of(value));
    };
    for (const auto& [name, value] : group.attributes)
      std::visit([&, &name = name](const auto& what) { add(shared, name, what); }, value);
    for (const record::RunDescription& run : group.runs) {
      std::string text = shared;
      for (const record::RunColumn& column : record::run_columns())
        std::visit([&](auto member) { add(text, column.name, run.*member); }, column.member);
      marks.at(static_cast<std::size_t>(run.number)) = static_cast<std::int64_t>(
          crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const unsigned char*>(text.data()), text.size()));
    }
  }
  return marks;
}

}  // namespace invar
