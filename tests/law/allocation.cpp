// A budget allocates nothing once it has seen a step of each kind, counted at malloc.
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdlib>

#include "cases.h"
#include "law/budget.h"
#include "law/defect.h"
#include "tests/counted_malloc.h"

#ifdef INVAR_COUNTS_MALLOC

using namespace invar;
using namespace invar::law_test;

namespace {

template <class S>
std::int64_t allocations_in_run(Arithmetic arithmetic, bool cast) {
  const Block block = law_block();
  const std::vector<LawForm> forms = forms_of(block);
  std::vector<const LawForm*> pointers;
  for (const LawForm& form : forms) pointers.push_back(&form);
  const Index size = block.parameters.size();
  Random random(71);
  const auto theta = random_vector<S>(random, size), next = random_vector<S>(random, size);
  const auto first = random_vector<S>(random, size), second = random_vector<S>(random, size);
  const S* slopes[2] = {first.data(), second.data()};
  const double a[4] = {0.0, 0.0, 0.5, 0.0}, b[2] = {0.0, 1.0}, one = 1.0;
  Budget<S> budget(pointers, size, {arithmetic, cast, 2});

  std::int64_t before = allocations;
  budget.start(theta.data());
  for (int n = 0; n < 5; ++n) {
    if (n == 1) before = allocations;  // the first step of each kind takes the memory of its kind
    budget.step({0.1, nullptr, &one, 1, slopes, theta.data(), next.data()});
    budget.step({0.1, a, b, 2, slopes, theta.data(), next.data()});
    budget.step({0.1, nullptr, nullptr, 0, slopes, theta.data(), next.data()});
    budget.record(next.data());
  }
  return allocations - before;
}

}  // namespace

TEST_CASE("steps and records of a budget allocate nothing but at the first step of a kind") {
  for (const Arithmetic arithmetic : {Arithmetic::plain, Arithmetic::exact}) {
    CHECK(allocations_in_run<float>(arithmetic, false) == 0);
    CHECK(allocations_in_run<double>(arithmetic, false) == 0);
    CHECK(allocations_in_run<double>(arithmetic, true) == 0);
  }
}

TEST_CASE("measuring a defect allocates nothing") {
  const Block block = law_block();
  const LawForm form = form_of(block, "tied");
  Random random(72);
  const auto theta = random_vector(random, block.parameters.size()), g = random_vector(random, block.parameters.size());
  const double* gradient = g.data();
  std::vector<double> defects(static_cast<std::size_t>(form.components()));
  DefectMeter meter(form, block.parameters.size());
  const std::int64_t before = allocations;
  meter.measure(theta.data(), {&gradient, 1}, defects.data());
  CHECK(allocations == before);
}

#endif
