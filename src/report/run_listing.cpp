// Listings of files that have their runs along an axis, and of the others through method_listing.h.
#include <algorithm>
#include <set>

#include "error.h"
#include "record/columns.h"
#include "report/law_names.h"
#include "report/listing.h"
#include "report/method_listing.h"

namespace invar {
namespace {

using record::RunState;
using record::SummaryCase;

/// The columns of a list of structs, and the cells of one of them.
template <class Column>
void append_names(std::span<const Column> columns, Listing& listing) {
  for (const Column& column : columns) listing.columns.emplace_back(column.name);
}
template <class Column, class Entry>
void append_cells(std::span<const Column> columns, const Entry& entry, std::vector<Listing::Cell>& row) {
  for (const Column& column : columns) std::visit([&](auto member) { row.emplace_back(entry.*member); }, column.member);
}

bool several(const std::vector<RunState>& runs, std::int64_t record::RunDescription::*member) {
  return std::ranges::any_of(
      runs, [&](const RunState& run) { return run.description.*member != runs.front().description.*member; });
}

/// The model, with its format where the file has several.
std::string heading(const record::Reader& results, const RunState& run) {
  const std::string& model = results.groups()[run.group].model;
  const bool formats = std::ranges::any_of(results.runs(), [&](const RunState& other) {
    return other.description.precision != results.runs().front().description.precision;
  });
  return formats ? model + " (" + run.description.precision + ")" : model;
}

Listing list_cases(const std::vector<SummaryCase>& cases) {
  Listing listing;
  append_names(record::summary_columns(), listing);
  for (const SummaryCase& one : cases) append_cells(record::summary_columns(), one, listing.rows.emplace_back());
  return listing;
}

}  // namespace

Listing list_runs(const record::Reader& results) {
  if (compares_methods(results)) return list_method_runs(results);
  Listing listing;
  listing.columns = {"model"};
  append_names(record::run_columns(), listing);
  for (const char* name : {"status", "status_message", "valid_rows"}) listing.columns.emplace_back(name);
  append_names(record::counter_columns(), listing);
  for (const RunState& run : results.runs()) {
    std::vector<Listing::Cell>& row = listing.rows.emplace_back();
    row.emplace_back(results.groups()[run.group].model);
    append_cells(record::run_columns(), run.description, row);
    row.emplace_back(run.status);
    row.emplace_back(run.message);
    row.emplace_back(run.valid_rows);
    append_cells(record::counter_columns(), run.counters, row);
  }
  for (const RunState& run : results.runs()) listing.headings.push_back(heading(results, run));
  listing.shown = {"number", "label"};
  if (several(results.runs(), &record::RunDescription::start_seed)) listing.shown.emplace_back("start_seed");
  for (const char* name : {"status", "gradients", "seconds", "valid_rows"}) listing.shown.emplace_back(name);
  return listing;
}

Listing list_law(const record::Reader& results, const std::string& law) {
  if (compares_methods(results)) return list_method_law(results, law);
  std::vector<SummaryCase> cases = results.summary();
  std::set<std::string> laws;
  for (const SummaryCase& one : cases) laws.insert(one.law);
  std::erase_if(cases, [&](const SummaryCase& one) { return !is_called(one.law, law); });
  if (cases.empty()) throw InputError(unknown_law(results.path(), law, laws));
  Listing listing = list_cases(cases);
  // A run's own name tells method, step and seed in one.
  listing.columns.insert(listing.columns.begin() + 1, "label");
  for (std::size_t i = 0; i < cases.size(); ++i)
    listing.rows[i].insert(listing.rows[i].begin() + 1,
                           results.runs().at(static_cast<std::size_t>(cases[i].run)).description.label);
  for (const SummaryCase& one : cases)
    listing.headings.push_back(heading(results, results.runs().at(static_cast<std::size_t>(one.run))));
  listing.shown = {"run", "label"};
  if (several(results.runs(), &record::RunDescription::start_seed)) listing.shown.emplace_back("start_seed");
  if (std::ranges::any_of(cases, [&](const SummaryCase& one) { return one.law != cases.front().law; }))
    listing.shown.emplace_back("law");
  for (const char* name : {"drift", "bound", "ratio", "status"}) listing.shown.emplace_back(name);
  return listing;
}

Listing list_summary(const record::Reader& results) {
  return compares_methods(results) ? list_method_runs(results) : list_cases(results.summary());
}

}  // namespace invar
