// Results files: what `show` prints and converts, and what --resume reads and goes on with. Input: a byte that chooses
// one of the whole files below, then patches to it (patches.h).
#include <sstream>

#include "experiments/drift/program.h"
#include "experiments/show/convert.h"
#include "job/provenance.h"
#include "job/saved_runs.h"
#include "job/stored_job.h"
#include "problem/ladder.h"
#include "problem/program.h"
#include "report/listing.h"
#include "report/tables.h"
#include "tests/fuzz/hdf5_library.h"
#include "tests/fuzz/patches.h"
#include "tests/record/example.h"

namespace invar {
namespace {

namespace fs = std::filesystem;

const Configuration& configuration() {
  static const Configuration usual = read_configuration({}, {}, drift_program());
  return usual;
}

/// Of the file that is resumed.
record::FileDescription described() {
  record::FileDescription file = provenance(configuration(), {});
  file.date = "2026-01-01T00:00:00Z";
  file.more = {{"experiment", std::string("drift")}, {"tables", std::string("verdicts")}};
  file.cases = testing::example_file().cases;
  return file;
}

fuzz::ByteVector interrupted_job() {
  const fs::path path = fuzz::written("base.h5", {});
  const auto groups = testing::example_groups();
  const auto file = record::ResultsFile::create(path, true, described(), groups);
  testing::write_rows(*file, groups, 0, 0, 6);
  file->write_parameters(0, record::ParameterSet::end, testing::parameters_at(0, -2));
  file->finish_run(0, {record::RunStatus::finished, "as planned", {10, 10, 9, 1, 0.5}});
  testing::write_rows(*file, groups, 1, 0, 2);
  file->close(record::FileStatus::interrupted);
  return fuzz::bytes_of(path);
}

/// Of schema 1, and as --convert makes them: with tables of all three kinds.
std::vector<fuzz::ByteVector> make_bases() {
  std::vector<fuzz::ByteVector> bases{interrupted_job()};
  for (const char* name : {"accuracy.h5", "train.h5", "drift.h5"}) {
    const fs::path old = fs::path(INVAR_TESTS "/report/schema1") / name, converted = fuzz::written("base.h5", {});
    convert_results(old, converted, true);
    bases.push_back(fuzz::bytes_of(converted));
    bases.push_back(fuzz::bytes_of(old));
  }
  return bases;
}

void show(const fs::path& path) {
  const record::Reader results(path);
  std::ostringstream out;
  fuzz::ends_well([&] { out << unfinished_text(results); });
  fuzz::ends_well([&] { print_tables(out, results); });
  fuzz::ends_well([&] { write_csv(out, list_summary(results)); });
  fuzz::ends_well([&] { print_listing(out, list_runs(results)); });
  fuzz::ends_well([&] { print_listing(out, list_law(results, "query_key")); });
}

void resume(const fs::path& path) {
  std::vector<std::string> problems;
  const std::string text = stored_configuration(path, drift_program());
  const Settings settings = read_toml(text, "stored", problems, key_table(drift_program()));
  ladder(read_configuration({settings}, problems, drift_program()));
}

void go_on(const fs::path& path) {
  const auto groups = testing::example_groups();
  const auto file = record::ResultsFile::open(path, described(), groups);
  SavedRuns saved(*file, path, run_marks(configuration(), groups));
  saved.text();
}

}  // namespace
}  // namespace invar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace invar;
  static const std::vector<fuzz::ByteVector> bases = make_bases();
  fuzz::Input input(bytes, size);
  const std::size_t base = input.byte() % bases.size();
  const auto file = fuzz::written("results.h5", fuzz::patched(bases[base], input));
  fuzz::ends_well([&] { show(file); });
  fuzz::ends_well([&] { convert_results(file, fuzz::written("converted.h5", {}), true); });
  if (base == 0) {
    fuzz::ends_well([&] { resume(file); });
    fuzz::ends_well([&] { go_on(file); });
  }
  fuzz::expect_all_closed();
  return 0;
}
