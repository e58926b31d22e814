// Balanced starts: every quadratic law of every block is 0 there, controls and linear laws are left as they are.
#include <catch2/catch.hpp>

#include "law/evaluate.h"
#include "tests/experiments/small_job.h"

using namespace invar;
using namespace invar::testing;

namespace {

/// Largest |value| of a form's components.
double size_of(const LawForm& form, const std::vector<double>& theta) {
  std::vector<double> value(static_cast<std::size_t>(form.components())), low(value.size());
  Evaluator(form).value(theta.data(), {value.data(), low.data()});
  double largest = 0.0;
  for (const double one : value) largest = std::max(largest, std::abs(one));
  return largest;
}

}  // namespace

TEST_CASE("a balanced start has every quadratic law of every block at 0") {
  for (const SmallModel& model : small_models())
    for (const Loss loss : {Loss::squared, Loss::cross_entropy}) {
      CAPTURE(model.name, to_string(loss));
      const Problem plain = problem_of(small_configuration(model, loss));
      const Problem balanced = problem_of(small_configuration(model, loss, 8, {"--balanced"}));
      for (std::size_t f = 0; f < plain.forms.size(); ++f) {
        const LawForm& form = plain.forms[f];
        CAPTURE(form.name);
        if (form.kind != LawKind::law || form.products.empty()) continue;
        if (form.name != "scales")
          CHECK(size_of(form, plain.start) > 1e-3);  // scales of queries and keys begin as ones
        CHECK(size_of(form, balanced.start) < 1e-13);
      }
    }
}
