// Columns of fixed width; see verdict_table.h. A law's name takes what the numbers leave of 80 columns; a longer one
// loses its middle. Of a law in a scope (layers.11.attention.query_key) the scope stands above its laws.
#include "report/verdict_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <ostream>
#include <set>
#include <string_view>
#include <vector>

#include "report/cells.h"

namespace invar {
namespace {

struct Column {
  std::string_view title;
  int width;  // negative: left-aligned
};

// With a space between two columns: 80 in all.
constexpr std::array kColumns = {Column{"  law", -18}, Column{"kind", -5}, Column{"n", 4},
                                 Column{"defect", 7},  Column{"flow", 7},  Column{"tau^", 7},
                                 Column{"step", 4},    Column{"bound", 7}, Column{"verdict", -13}};

/// At most 4 characters: "100%"; "0" is exactly none.
std::string share_cell(double share) {
  if (std::isnan(share)) return "-";
  if (share == 0.0) return "0";
  return share < 0.005 ? "<1%" : std::to_string(std::lround(100.0 * std::min(share, 1.0))) + "%";
}

/// At most 4 characters: "12k"; "-" is not known.
std::string count_cell(std::int64_t count) {
  if (count < 0) return "-";
  if (count < 10000) return std::to_string(count);
  return count < 1000000 ? std::to_string(count / 1000) + "k" : std::to_string(count / 1000000) + "M";
}

void print_line(std::ostream& out, const std::array<std::string, kColumns.size()>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto width = static_cast<std::size_t>(std::abs(kColumns[i].width));
    const std::string blanks(cells[i].size() < width ? width - cells[i].size() : 0, ' ');
    if (i > 0) line += ' ';
    line += kColumns[i].width < 0 ? cells[i] + blanks : blanks + cells[i];
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

/// A run that says something of a law: it was not left at a row before its end, and did not diverge, where a saturated
/// gate leaves nothing but the rounding of its gradient, which is no defect of the law.
bool usable(const record::SummaryCase& one) {
  return one.status == "finished" || one.status == "stopped" || one.status == "truncated";
}

/// One law of one model, over its runs.
class LawCases {
 public:
  void add(const record::SummaryCase& one) {
    row.components = one.components;
    row.kind = one.kind;
    row.verdict = one.verdict;
    if (one.method == "gd") {
      row.exponent = one.exponent_step_size;
      row.exponent_error = one.exponent_step_size_error;
    }
    if (!usable(one)) return;
    row.defect = std::fmax(row.defect, one.defect);  // the larger, NaN is none
    if (one.method == "flow") {
      Flow& flow = flows_[one.start_seed];
      if (one.rtol > flow.tolerance) return;
      flow = {one.rtol, one.rtol < flow.tolerance ? one.relative_drift : std::fmax(flow.drift, one.relative_drift)};
      return;
    }
    row.ratio = std::fmax(row.ratio, one.ratio);
    if (one.method != "gd" || !(one.step_size > largest_step_)) return;
    largest_step_ = one.step_size;
    row.step_share = one.step_share;
  }

  VerdictRow finished() {
    for (const auto& [seed, flow] : flows_) row.flow_drift = std::fmax(row.flow_drift, flow.drift);
    return row;
  }

  VerdictRow row;

 private:
  /// The tightest of a start seed.
  struct Flow {
    double tolerance = std::numeric_limits<double>::infinity(), drift = VerdictRow::unknown;
  };
  std::map<std::int64_t, Flow> flows_;
  double largest_step_ = 0.0;
};

}  // namespace

std::vector<VerdictRow> verdict_rows(const std::vector<record::SummaryCase>& summary) {
  std::set<std::string> formats;
  for (const record::SummaryCase& one : summary) formats.insert(one.precision);
  std::vector<LawCases> laws;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const record::SummaryCase& one : summary) {
    const std::string model = one.model + (formats.size() > 1 ? " (" + one.precision + ")" : "");
    const auto [place, fresh] = places.try_emplace({model, one.law}, laws.size());
    if (fresh) {
      laws.emplace_back();
      laws.back().row.model = model;
      laws.back().row.law = one.law;
    }
    laws[place->second].add(one);
  }
  std::vector<VerdictRow> rows;
  for (LawCases& law : laws) rows.push_back(law.finished());
  return rows;
}

void print_verdicts(std::ostream& out, std::span<const VerdictRow> rows) {
  std::array<std::string, kColumns.size()> titles;
  std::ranges::transform(kColumns, titles.begin(), [](const Column& column) { return std::string(column.title); });
  print_line(out, titles);

  std::vector<std::string_view> models;
  for (const VerdictRow& row : rows) {
    if (std::ranges::find(models, row.model) == models.end()) models.push_back(row.model);
  }
  const auto name_width = static_cast<std::size_t>(-kColumns[0].width) - 2;
  for (const std::string_view model : models) {
    out << shortened(std::string(model), 80) << '\n';
    std::string scope;
    for (const VerdictRow& row : rows) {
      if (row.model != model) continue;
      const std::size_t dot = row.law.rfind('.');
      const std::string own = dot == std::string::npos ? "" : row.law.substr(0, dot);
      if (!own.empty() && own != scope) out << ' ' << shortened(own, 79) << '\n';
      scope = own;
      const std::string name = own.empty() ? row.law : row.law.substr(dot + 1);
      print_line(out, {"  " + shortened(name, name_width), row.kind == "control" ? "ctrl" : row.kind,
                       count_cell(row.components), number_cell(row.defect), number_cell(row.flow_drift),
                       exponent_cell(row.exponent, row.exponent_error), share_cell(row.step_share),
                       number_cell(row.ratio), row.verdict});
    }
  }
  out << "kind: a law; a claim, said to be one; a control (ctrl), known to be none.\n"
         "n: components.  defect: worst |grad h . g| / (|grad h| |g|), rounding for a law.\n"
         "flow: worst relative drift of a seed's tightest flow.  tau^: exponent of\n"
         "GD's drift against the step size (-: not above rounding).  step: share of the\n"
         "exact step part in GD's drift at its largest step size; the rest is rounding,\n"
         "for a control or claim the flow itself.  bound: largest step part of GD and SGD,\n"
         "with what else is no rounding, over its bound: at most 1 for a law.\n";
}

}  // namespace invar
