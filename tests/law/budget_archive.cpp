// A budget that is saved in the middle of a run and loaded by a new one has the bits of one that went on.
#include <catch2/catch.hpp>
#include <cstring>

#include "budget_run.h"
#include "tests/memory_archive.h"

using namespace invar;
using namespace invar::law_test;

namespace {

/// All numbers of a row, one after the other, by their bits.
testing::Entries bits(BudgetRow row) {
  testing::MemoryArchive archive;
  row.archive(archive);
  return archive.entries();
}

template <class S, class G = S>
void check(RunSettings settings) {
  settings.steps = 1500;  // past a record: what is sampled then
  const Run whole = run<S, G>(settings);
  for (const int step : {1, 700, 1000, 1499}) {
    CAPTURE(step);
    settings.handed_on_at = step;
    CHECK(bits(run<S, G>(settings).row) == bits(whole.row));
  }
  settings.handed_on_at = -1;
  CHECK_FALSE(bits(run<S, G>(settings, 32).row) == bits(whole.row));
}

}  // namespace

TEST_CASE("a budget goes on from an archive with the same bits") {
  check<float>(plain());
  check<double>({});
  check<double, float>({});
  RunSettings tableau;
  tableau.tableau = true;
  check<double>(tableau);
  check<float>(plain(tableau));
}
