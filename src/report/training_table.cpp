#include "report/training_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <ostream>
#include <set>

#include "report/cells.h"
#include "settings/texts.h"

namespace invar {
namespace {

/// Of what is known: NaN is not.
class Mean {
 public:
  void add(double value) {
    if (std::isnan(value)) return;
    sum_ += value;
    ++count_;
    least_ = std::min(least_, value);
    most_ = std::max(most_, value);
  }
  double value() const { return count_ > 0 ? sum_ / count_ : std::numeric_limits<double>::quiet_NaN(); }
  std::string with_range() const {
    std::string text = number_cell(value());
    if (count_ > 1) text += " (" + number_cell(least_) + " to " + number_cell(most_) + ")";
    return text;
  }

 private:
  double sum_ = 0.0, least_ = std::numeric_limits<double>::infinity(), most_ = -least_;
  int count_ = 0;
};

/// "layers.*.attention.query_key": numbers between dots become stars.
std::string pattern(const std::string& name) {
  std::string text;
  for (std::size_t at = 0; at < name.size();) {
    std::size_t end = name.find('.', at);
    if (end == std::string::npos) end = name.size();
    const std::string part = name.substr(at, end - at);
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
    text += (at == 0 ? "" : ".") + (number ? "*" : part);
    at = end + 1;
  }
  return text;
}

struct LawLine {
  std::string kind;
  std::vector<Mean> error, step;  // one a ladder run
  double ratio = std::numeric_limits<double>::quiet_NaN();
};

/// One model in one number format.
struct Part {
  std::string label;
  std::vector<std::string> ladder;
  std::vector<Mean> batch_loss, eval_loss;
  std::vector<std::string> laws;
  std::map<std::string, LawLine> lines;

  std::size_t rung(const std::string& name) {
    const auto found = std::ranges::find(ladder, name);
    if (found != ladder.end()) return static_cast<std::size_t>(found - ladder.begin());
    ladder.push_back(name);
    batch_loss.emplace_back();
    eval_loss.emplace_back();
    return ladder.size() - 1;
  }
};

/// What sets a run apart from the others of its ladder, whatever its seed.
class LadderNames {
 public:
  explicit LadderNames(const std::vector<record::RunState>& runs) {
    for (const record::RunState& run : runs) {
      schedules_.insert(run.description.schedule);
      if (run.description.method == "sgd") batches_.insert(run.description.batch);
    }
  }

  std::string of(const record::RunDescription& run) const {
    std::string text = run.method + " " + exact_text(run.step_size);
    if (schedules_.size() > 1 && run.schedule != "constant") text += " " + run.schedule;
    if (batches_.size() > 1 && run.method == "sgd") text += " batch " + std::to_string(run.batch);
    return text;
  }

 private:
  std::set<std::string> schedules_;
  std::set<std::int64_t> batches_;
};

/// One that says something: neither did it diverge, nor is it at work.
bool counts(const std::string& status) {
  return status == "finished" || status == "stopped" || status == "truncated" || status == "interrupted";
}

double last_known(const std::vector<double>& values) {
  const auto found = std::ranges::find_if(values.rbegin(), values.rend(), [](double x) { return !std::isnan(x); });
  return found == values.rend() ? std::nan("") : *found;
}

void add_law(Part& part, std::size_t rung, const record::SummaryCase& one) {
  const std::string law = pattern(one.law);
  const auto [place, fresh] = part.lines.try_emplace(law);
  if (fresh) part.laws.push_back(law);
  LawLine& line = place->second;
  line.kind = one.kind == "control" ? "ctrl" : one.kind;
  line.error.resize(std::max(line.error.size(), rung + 1));
  line.step.resize(line.error.size());
  line.error[rung].add(one.law_error);
  line.step[rung].add(one.step_share);
  line.ratio = std::fmax(line.ratio, one.ratio);
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}
std::string right(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

constexpr std::size_t kMostShown = 4;  // of the ladder beside a law

void print(std::ostream& out, const Part& part) {
  out << shortened(part.label, 80) << "\n  run                            batch loss              eval loss\n";
  for (std::size_t i = 0; i < part.ladder.size(); ++i)
    out << "  " << padded("[" + std::to_string(i + 1) + "] " + shortened(part.ladder[i], 26), 31)
        << padded(part.batch_loss[i].with_range(), 23) << " " << part.eval_loss[i].with_range() << "\n";
  const std::size_t shown = std::min(part.ladder.size(), kMostShown);
  const std::size_t name_width = std::min<std::size_t>(33, 80 - 6 - 8 * shown - 14);  // 80 columns in all
  std::string titles = padded("  law", name_width) + padded("kind", 6);
  for (std::size_t i = 0; i < shown; ++i) titles += right("[" + std::to_string(i + 1) + "]", 8);
  out << titles << "  step   bound\n";
  for (const std::string& law : part.laws) {
    const LawLine& line = part.lines.at(law);
    out << padded("  " + shortened(law, name_width - 3), name_width) << padded(line.kind, 6);
    for (std::size_t i = 0; i < shown; ++i)
      out << right(number_cell(i < line.error.size() ? line.error[i].value() : std::nan("")), 8);
    // Of the first that there is, the largest step size as a rule.
    const auto known = std::ranges::find_if(line.step, [](const Mean& mean) { return !std::isnan(mean.value()); });
    const double share = known == line.step.end() ? std::nan("") : known->value();
    out << right(std::isnan(share) ? "-" : std::to_string(std::lround(100.0 * share)) + "%", 6)
        << right(number_cell(line.ratio), 8) << "\n";
  }
}

}  // namespace

void print_training(std::ostream& out, const record::Reader& results) {
  const LadderNames names(results.runs());
  std::vector<Part> parts;
  std::vector<std::pair<std::size_t, std::size_t>> places;  // of a run: its part, and its rung there
  for (const record::RunState& run : results.runs()) {
    const std::string label = results.groups()[run.group].model + ", " + run.description.precision;
    auto part = std::ranges::find(parts, label, &Part::label);
    if (part == parts.end()) {
      part = parts.emplace(parts.end());
      part->label = label;
    }
    const std::size_t rung = part->rung(names.of(run.description));
    places.emplace_back(part - parts.begin(), rung);
    if (!counts(run.status)) continue;
    part->batch_loss[rung].add(last_known(results.column(run, "batch_loss")));
    part->eval_loss[rung].add(last_known(results.column(run, "eval_loss")));
  }
  for (const record::SummaryCase& one : results.summary()) {  // general laws have a drift at the end alone
    const auto [part, rung] = places.at(static_cast<std::size_t>(one.run));
    if (counts(one.status) && !std::isnan(one.drift_max)) add_law(parts[part], rung, one);
  }
  for (const Part& part : parts) print(out, part);
  out << "losses at the end: mean over seeds, and range.  [1], [2], ...: error of Eq. 10\n"
         "at the end, ‖h - h0‖ / ‖h0‖, mean over layers and seeds.  step: share of the\n"
         "step part in the first with an end; the rest is rounding, of a control the\n"
         "training itself.  bound: largest step part, with what else is no rounding,\n"
         "over its bound: at most 1 for a law.\n";
}

}  // namespace invar
