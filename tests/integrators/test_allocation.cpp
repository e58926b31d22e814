// Nothing is allocated between two rows once a run is warm, counted at malloc: Eigen does not ask operator new.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdlib>

#include "fields.h"
#include "integrators/low_rank_jacobian.h"
#include "tests/counted_malloc.h"
#include "tests/integrators/factor_law.h"

#ifdef INVAR_COUNTS_MALLOC

using namespace invar;
using namespace invar::testing;

namespace {

template <class S>
class AllocationsAtRows : public Observer<S> {
 public:
  void on_row(const RowView<S>& row) override { at[static_cast<std::size_t>(row.row)] = allocations; }
  std::array<std::int64_t, 64> at{};
};

template <class S>
void check(const MethodEntry& entry) {
  CAPTURE(entry.name, sizeof(S));
  const Schedule schedule = decaying_if_taken<S>(entry, 0.05, 5.0);
  for (const NormKind norm : {NormKind::rms, NormKind::max, NormKind::tensors}) {
    MethodOptions options = tolerances(1e-6, 1e-6);
    options.schedule = &schedule;
    options.norm = norm;
    options.tensor_begin = {0, 50, 2000};
    FunctionField<S> field(4000, factor_field<S>);  // beyond what would fit on a small stack
    State<S> theta = factor_start<S>(2000) / S(40);
    const Plan plan = entry.adaptive ? plan_flow(5.0, 20) : plan_steps(schedule, 5.0, 20);
    const auto method = entry.make<S>(options);
    AllocationsAtRows<S> observer;
    const Limits limits;
    const Summary summary = run<S>(*method, field, theta, plan, limits, observer);
    REQUIRE(summary.rows == 21);
    REQUIRE(summary.steps >= 20);
    CHECK(observer.at[20] == observer.at[1]);
  }
}

}  // namespace

TEST_CASE("no projected method allocates between two rows") {
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    FunctionField<double> field(200, factor_field<double>);
    State<double> theta = factor_start<double>(100) / 10.0;
    FactorLaw<double> law;
    Projected<double> method(entry.make<double>(tolerances(1e-4, 1e-4)), law);
    AllocationsAtRows<double> observer;
    const Summary summary = run<double>(method, field, theta, plan_flow(5.0, 20), Limits{}, observer);
    REQUIRE(summary.rows == 21);
    CHECK(observer.at[20] == observer.at[1]);
  }
}

TEST_CASE("malloc is counted") {
  const std::int64_t before = allocations;
  const State<double> vector = State<double>::Ones(100);
  CHECK(vector.sum() == 100.0);
  CHECK(allocations > before);
}

TEST_CASE("no method allocates between two rows") {
  for (const MethodEntry& entry : kMethods) {
    check<double>(entry);
    check<float>(entry);
  }
}

TEST_CASE("what CVODE's corrector learns of a Jacobian has its memory from the beginning") {
  for (const Eigen::Index size : {5, 40, 4000}) {
    CAPTURE(size);
    const State<double> stiffness = State<double>::LinSpaced(size, 1.0, 1e4);
    State<double> direction = State<double>::Ones(size), product(size);
    LowRankJacobian jacobian;
    jacobian.resize(size);
    const std::int64_t before = allocations;
    for (int i = 0; i < 100; ++i) {
      product = -stiffness.cwiseProduct(direction);
      jacobian.learn(direction, product);
      jacobian.refresh();
      jacobian.precondition(1e-3, product, direction);
    }
    CHECK(allocations == before);
    CHECK(direction != product);  // something was learnt
  }
}

#endif
