#include "job/training_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <ostream>

#include "job/cells.h"
#include "law/block_error.h"

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

/// A run of the ladder, whatever its seed, by what sets it apart from the others.
std::string ladder_name(const Configuration& configuration, const RunSetup& setup) {
  LadderRun run = *setup.run;
  run.sampling_seed = kNoSeed;
  if (configuration.schedule.size() < 2) run.schedule = {};
  if (configuration.batch.size() < 2) run.batch = kDefaultBatch;
  return run.text();
}

/// "layers.*.attention.query_key": numbers between dots become stars.
std::string pattern(const LawForm& form) {
  std::string text, name = (form.scope.empty() ? "" : form.scope + ".") + form.name;
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
};

void add(Part& part, const UnitSetup& unit, const std::vector<RunOutcome>& outcomes) {
  for (std::size_t r = 0; r < unit.runs.size(); ++r) {
    const std::string name = ladder_name(*unit.configuration, unit.runs[r]);
    auto found = std::ranges::find(part.ladder, name);
    if (found == part.ladder.end()) {
      part.ladder.push_back(name);
      part.batch_loss.emplace_back();
      part.eval_loss.emplace_back();
      found = part.ladder.end() - 1;
    }
    const auto at = static_cast<std::size_t>(found - part.ladder.begin());
    const RunOutcome& outcome = outcomes[r];
    if (!outcome.begun || lost(outcome.summary.end)) continue;
    part.batch_loss[at].add(outcome.batch_loss);
    part.eval_loss[at].add(outcome.eval_loss);
    for (std::size_t f = 0; f < unit.problem.forms.size(); ++f) {
      const LawForm& form = unit.problem.forms[f];
      const LawRange range = form_range(unit.problem, f);
      const std::string law = pattern(form);
      const auto [line, fresh] = part.lines.try_emplace(law);
      if (fresh) part.laws.push_back(law);
      line->second.kind = form.kind == LawKind::control ? "ctrl" : to_string(form.kind);
      line->second.error.resize(std::max(line->second.error.size(), at + 1));
      line->second.step.resize(line->second.error.size());
      const auto groups = [&](const std::vector<double>& all) {
        return std::span(all).subspan(range.group, range.groups);
      };
      line->second.error[at].add(block_error(groups(outcome.end.group_drift), groups(outcome.end.group_start),
                                             groups(outcome.end.group_magnitude)));
      line->second.step[at].add(step_share(form, outcome.end, range.component));
      line->second.ratio = std::fmax(line->second.ratio, bound_ratio(outcome.end, range));
    }
  }
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}
std::string right(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

constexpr std::size_t kMostShown = 4;  // of the ladder beside a law: 80 columns

void print(std::ostream& out, const Part& part) {
  out << shortened(part.label, 80) << "\n  run                            batch loss              eval loss\n";
  for (std::size_t i = 0; i < part.ladder.size(); ++i)
    out << "  " << padded("[" + std::to_string(i + 1) + "] " + shortened(part.ladder[i], 26), 31)
        << padded(part.batch_loss[i].with_range(), 23) << " " << part.eval_loss[i].with_range() << "\n";
  const std::size_t shown = std::min(part.ladder.size(), kMostShown);
  std::string titles = padded("  law", 33) + padded("kind", 6);
  for (std::size_t i = 0; i < shown; ++i) titles += right("[" + std::to_string(i + 1) + "]", 8);
  out << titles << "  step   bound\n";
  for (const std::string& law : part.laws) {
    const LawLine& line = part.lines.at(law);
    out << padded("  " + shortened(law, 30), 33) << padded(line.kind, 6);
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

void print_training(std::ostream& out, const std::vector<std::unique_ptr<UnitSetup>>& units, const Outcomes& outcomes) {
  std::vector<Part> parts;
  for (std::size_t u = 0; u < units.size(); ++u) {
    const std::string label =
        units[u]->unit->label + ", " + std::string(Configuration::name(units[u]->unit->precision));
    auto part = std::ranges::find(parts, label, &Part::label);
    if (part == parts.end()) {
      part = parts.emplace(parts.end());
      part->label = label;
    }
    add(*part, *units[u], outcomes[u]);
  }
  for (const Part& part : parts) print(out, part);
  out << "losses at the end: mean over seeds, and range.  [1], [2], ...: error of Eq. 10 at\n"
         "the end, ‖h - h0‖ / ‖h0‖, mean over layers and seeds.  step: share of the step\n"
         "part in the first with an end; the rest is rounding, of a control the training\n"
         "itself.  bound: largest drift over its bound and rounding, at most 1 for a law.\n";
}

}  // namespace invar
