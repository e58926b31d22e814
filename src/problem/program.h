// A program, as far as what programs share must know it: its keys, and values for what differs. Whoever needs to know
// something of a program asks for such a value, never which program it is.
#pragma once

#include <any>
#include <string>
#include <string_view>
#include <vector>

#include "problem/checks.h"
#include "problem/keys.h"

namespace invar {

struct Program {
  std::string_view name;
  std::string_view question;  // that it answers, for --help
  // Of the job without options; `set` may be "".
  std::string_view main_model, main_set;
  std::vector<KeyGroup> groups;  // in the order of --help and of stored configurations
  std::any own_keys;             // where those lie that Configuration does not have

  /// Whether a configuration has runs that can use a key, and what to say where it has none.
  bool (*uses)(const Configuration&, UsedBy) = has_runs;
  std::string (*missing)(UsedBy) = missing_runs;
  /// Beyond the checks that all share.
  std::vector<Check> checks;

  std::string_view tables = "verdicts";  // of its results file: see report/tables.h

  // What it offers beside its runs.
  bool resumes = true;
  bool plans = false;             // --plan
  bool lists_prescribed = false;  // by --list, among its methods those with prescribed steps

  // What it trains on: inputs that a teacher labels; or sets that go by a name, texts, and data to evaluate on.
  bool takes_teachers = true;
  bool takes_known_sets = false;

  bool steps_on_device = false;  // where a device computes the gradients
  // Numbers as large as the parameters that a run holds on the host; with a budget that keeps no vectors.
  double copies = 20.0, lean_copies = 20.0;
};

}  // namespace invar
