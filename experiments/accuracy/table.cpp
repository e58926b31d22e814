#include "experiments/accuracy/table.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "job/cells.h"

namespace invar {
namespace {

constexpr std::size_t kWidth = 80;
// With a space between two columns, and two before the first: 80 in all.
constexpr std::array<std::size_t, 9> kColumns = {7, 10, 7, 8, 8, 9, 7, 7, 7};
using Cells = std::array<std::string, kColumns.size()>;

void print_line(std::ostream& out, const Cells& cells) {
  out << "  ";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t blanks = kColumns[i] > cells[i].size() ? kColumns[i] - cells[i].size() : 0;
    out << (i > 0 ? " " : "") << std::string(blanks, ' ') << cells[i];
  }
  out << "\n";
}

std::string printed(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// The worst of the laws proper: claims and controls drift with the flow.
struct Worst {
  double drift = LawDrift::unknown;
  double ratio = 0.0;  // NaN where one of them has none
};

Worst worst_law(const AccuracySetup& setup, const AccuracyOutcome& run) {
  Worst worst;
  for (std::size_t i = 0; i < run.laws.size(); ++i) {
    if (setup.laws[i].kind != "law") continue;
    worst.drift = std::fmax(worst.drift, run.laws[i].relative_drift);  // the larger, NaN is none
    worst.ratio =
        std::isnan(run.laws[i].bound_ratio) ? LawDrift::unknown : std::max(worst.ratio, run.laws[i].bound_ratio);
  }
  if (std::isnan(worst.drift)) worst.ratio = LawDrift::unknown;  // no laws
  return worst;
}

void print_run(std::ostream& out, const AccuracySetup& setup, const std::string& setting, const AccuracyOutcome& run) {
  if (!run.completed()) {
    const std::string cause = run.begun ? run.summary.text : "not begun";
    const std::string line =
        "  " + std::string(kColumns[0] - std::min(kColumns[0], setting.size()), ' ') + setting + "  ";
    out << line << shortened(cause, kWidth - line.size()) << "\n";
    return;
  }
  const Worst worst = worst_law(setup, run);
  print_line(out, {setting, std::to_string(run.summary.evaluations + 2 * run.summary.hessian_products),
                   std::to_string(run.summary.hessian_products), std::to_string(run.summary.counters.accepted),
                   std::to_string(run.summary.counters.rejected), printed("%.3g", run.seconds),
                   std::isnan(run.error) ? "n.m." : number_cell(run.error), number_cell(worst.drift),
                   number_cell(worst.ratio)});
}

std::string order_text(const std::optional<Exponent>& order, bool adaptive) {
  if (!order) return "order: too few errors measured";
  return std::string(adaptive ? "error ~ rtol^" : "error ~ tau^") + exponent_cell(order->slope, order->standard_error);
}

/// What a stiff flow makes of explicit methods, which the numbers of gradients alone do not say.
void print_stiffness(std::ostream& out, const AccuracySetup& setup, const AccuracyResults& results) {
  bool any = false;
  for (std::size_t f = 0; f < setup.families.size(); ++f) {
    const MethodFamily& family = setup.families[f];
    for (std::size_t m = 0; m < family.methods.size(); ++m) {
      std::string line;
      for (std::size_t i = 0; i < family.settings(); ++i)
        if (results.families[f].runs[m * family.settings() + i].summary.stiff)
          line += printed(" %.0e", family.tolerances[i].rtol);
      if (line.empty()) continue;
      out << shortened("stability limits steps of " + std::string(family.methods[m]->name) + " at rtol" + line, kWidth)
          << "\n";
      any = true;
    }
  }
  if (any) out << "There methods for stiff flows may need fewer gradients: cvode, rkc3, auto.\n";
}

void print_reference(std::ostream& out, const AccuracySetup& setup, const AccuracyResults& results) {
  const AccuracyRun& first = setup.references.front();
  out << "reference: " << first.text() << " and " << setup.references.back().method->name << ", distance "
      << number_cell(results.uncertainty) << "\n";
  std::size_t completed = 0, measured = 0;
  for (const FamilyResults& family : results.families) {
    completed += family.completed;
    measured += family.measured;
  }
  if (!results.references_agree())
    out << "THE REFERENCES DISAGREE: their distance is no tenth of the errors that they are\n"
           "to measure; give a smaller --reference-rtol or other --reference-methods.\n";
  if (measured < completed)
    out << "n.m., not measured: errors below " << number_cell(results.error_limit()) << ", 10 times that distance; "
        << completed - measured << " of " << completed << " runs.\n";
}

}  // namespace

void print_accuracy(std::ostream& out, const AccuracySetup& setup, const AccuracyResults& results) {
  for (std::size_t f = 0; f < setup.families.size(); ++f) {
    const MethodFamily& family = setup.families[f];
    if (f > 0) out << "\n";
    print_line(out, {family.adaptive() ? "rtol" : "tau", "gradients", "H v", "accepted", "rejected", "seconds", "error",
                     "drift", "bound"});
    for (std::size_t m = 0; m < family.methods.size(); ++m) {
      out << family.methods[m]->name << ": " << order_text(results.families[f].orders[m], family.adaptive()) << "\n";
      for (std::size_t i = 0; i < family.settings(); ++i)
        print_run(
            out, setup,
            family.adaptive() ? printed("%.0e", family.tolerances[i].rtol) : printed("%.2g", family.step_sizes[i]),
            results.families[f].runs[m * family.settings() + i]);
    }
  }
  out << "\n";
  print_reference(out, setup, results);
  print_stiffness(out, setup, results);
  out << "gradients: H v, a Hessian-vector product, is two.  error: |theta - reference| at\n"
         "T, relative.  drift: relative, of the law that drifts most.  bound: largest drift\n"
         "over its bound and rounding, at most 1 (-: not known, as of a method\n"
         "that is no Runge-Kutta method).\n";
}

}  // namespace invar
