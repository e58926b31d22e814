#include "report/method_table.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <vector>

#include "report/cells.h"

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

/// Methods that share an axis, as their group in the file has them: [method, setting], laws [method, setting, law].
struct Family {
  explicit Family(const hdf5::Group& group) : adaptive(group.contains_dataset("rtol")) {
    const auto numbers = [&](const char* name) { return group.dataset(name).read<double>(); };
    const auto integers = [&](const char* name) { return group.dataset(name).read<std::int64_t>(); };
    const auto texts = [&](const char* name) { return group.dataset(name).read_text(); };
    methods = texts("integrator");
    settings = numbers(adaptive ? "rtol" : "step_size");
    order = numbers("order");
    order_error = numbers("order_standard_error");
    status = texts("status");
    message = texts("status_message");
    gradients = integers("gradients");
    hessian_products = integers("hessian_products");
    accepted = integers("accepted");
    rejected = integers("rejected");
    stiff = integers("stiff");
    seconds = numbers("seconds");
    error = numbers("error");
    law_kind = texts("law_kind");
    relative_drift = numbers("relative_drift");
    bound_ratio = numbers("bound_ratio");
  }

  bool completed(std::size_t run) const { return status[run] == "finished"; }

  bool adaptive;
  std::vector<std::string> methods, status, message, law_kind;
  std::vector<double> settings, order, order_error, seconds, error, relative_drift, bound_ratio;
  std::vector<std::int64_t> gradients, hessian_products, accepted, rejected, stiff;
};

/// The worst of the laws proper: claims and controls drift with the flow.
struct Worst {
  double drift = std::nan("");
  double ratio = 0.0;  // NaN where one of them has none
};

Worst worst_law(const Family& family, std::size_t run) {
  Worst worst;
  const std::size_t laws = family.law_kind.size();
  for (std::size_t law = 0; law < laws; ++law) {
    if (family.law_kind[law] != "law") continue;
    const double ratio = family.bound_ratio[run * laws + law];
    worst.drift = std::fmax(worst.drift, family.relative_drift[run * laws + law]);  // the larger, NaN is none
    worst.ratio = std::isnan(ratio) ? ratio : std::max(worst.ratio, ratio);
  }
  if (std::isnan(worst.drift)) worst.ratio = worst.drift;  // no laws
  return worst;
}

void print_run(std::ostream& out, const Family& family, const std::string& setting, std::size_t run) {
  if (!family.completed(run)) {
    const std::string cause = family.status[run] == "pending" ? "not begun" : family.message[run];
    const std::string line =
        "  " + std::string(kColumns[0] - std::min(kColumns[0], setting.size()), ' ') + setting + "  ";
    out << line << shortened(cause, kWidth - line.size()) << "\n";
    return;
  }
  const Worst worst = worst_law(family, run);
  print_line(out, {setting, std::to_string(family.gradients[run]), std::to_string(family.hessian_products[run]),
                   std::to_string(family.accepted[run]), std::to_string(family.rejected[run]),
                   printed("%.3g", family.seconds[run]),
                   std::isnan(family.error[run]) ? "n.m." : number_cell(family.error[run]), number_cell(worst.drift),
                   number_cell(worst.ratio)});
}

std::string order_text(const Family& family, std::size_t method) {
  if (std::isnan(family.order[method])) return "order: too few errors measured";
  return std::string(family.adaptive ? "error ~ rtol^" : "error ~ tau^") +
         exponent_cell(family.order[method], family.order_error[method]);
}

/// What a stiff flow makes of explicit methods, which the numbers of gradients alone do not say.
void print_stiffness(std::ostream& out, const std::vector<Family>& families) {
  bool any = false;
  for (const Family& family : families)
    for (std::size_t m = 0; m < family.methods.size(); ++m) {
      std::string line;
      for (std::size_t i = 0; i < family.settings.size(); ++i)
        if (family.stiff[m * family.settings.size() + i] == 1) line += printed(" %.0e", family.settings[i]);
      if (line.empty()) continue;
      out << shortened("stability limits steps of " + family.methods[m] + " at rtol" + line, kWidth) << "\n";
      any = true;
    }
  if (any) out << "There methods for stiff flows may need fewer gradients: cvode, rkc3, auto.\n";
}

void print_reference(std::ostream& out, const hdf5::Group& reference, const std::vector<Family>& families) {
  out << "reference: " << reference.dataset("label").read_text().front() << " and "
      << reference.dataset("integrator").read_text().back() << ", distance "
      << number_cell(reference.attribute<double>("uncertainty")) << "\n";
  std::size_t completed = 0, measured = 0;
  for (const Family& family : families)
    for (std::size_t run = 0; run < family.status.size(); ++run) {
      completed += family.completed(run) ? 1 : 0;
      measured += std::isnan(family.error[run]) ? 0 : 1;
    }
  if (reference.text_attribute("agree") != "true")
    out << "THE REFERENCES DISAGREE: their distance is no tenth of the errors that they are\n"
           "to measure; give a smaller --reference-rtol or other --reference-methods.\n";
  if (measured < completed)
    out << "n.m., not measured: errors below " << number_cell(reference.attribute<double>("error_limit"))
        << ", 10 times that distance; " << completed - measured << " of " << completed << " runs.\n";
}

}  // namespace

void print_methods(std::ostream& out, const record::Reader& results) {
  std::vector<Family> families;
  for (const char* name : {"/adaptive", "/prescribed"})
    if (results.file().contains_group(name)) families.emplace_back(results.file().group(name));
  for (std::size_t f = 0; f < families.size(); ++f) {
    const Family& family = families[f];
    if (f > 0) out << "\n";
    print_line(out, {family.adaptive ? "rtol" : "tau", "gradients", "H v", "accepted", "rejected", "seconds", "error",
                     "drift", "bound"});
    for (std::size_t m = 0; m < family.methods.size(); ++m) {
      out << family.methods[m] << ": " << order_text(family, m) << "\n";
      for (std::size_t i = 0; i < family.settings.size(); ++i)
        print_run(out, family, printed(family.adaptive ? "%.0e" : "%.2g", family.settings[i]),
                  m * family.settings.size() + i);
    }
  }
  out << "\n";
  print_reference(out, results.file().group("/reference"), families);
  print_stiffness(out, families);
  out << "gradients: H v, a Hessian-vector product, is two.  error: |theta - reference| at\n"
         "T, relative.  drift: relative, of the law that drifts most.  bound: largest\n"
         "step part, with what else is no rounding, over its bound: at most 1 (-: not\n"
         "known, as of a method that is no Runge-Kutta method).\n";
}

}  // namespace invar
