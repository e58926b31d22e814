#include "law/defect.h"

#include <catch2/catch.hpp>

#include "cases.h"

using namespace invar;
using namespace invar::law_test;

namespace {

// f = a b x on two numbers, by hand: gradients (b x w, a x w).
struct Toy {
  Block block = read_block(
      "parameters a b\ninput x\ny = a b x\nlaw kept = a a - b b\ncontrol not_kept = a a + b b\nlaw cubic = a a a", {},
      "toy");
  std::vector<double> theta = {1.5, -0.7};
  std::vector<std::vector<double>> gradients;
  std::vector<const double*> pointers;
  Toy() {
    for (const double xw : {0.3, -2.0, 1.1}) gradients.push_back({theta[1] * xw, theta[0] * xw});
    for (const auto& g : gradients) pointers.push_back(g.data());
  }
  double defect(const std::string& name) const {
    const LawForm form = form_of(block, name);
    DefectMeter meter(form, 2);
    double result = 0.0;
    meter.measure(theta.data(), pointers, &result);
    return result;
  }
};

}  // namespace

TEST_CASE("a law's defect is at rounding, another function's is not") {
  const Toy toy;
  CHECK(toy.defect("kept") < 1e-15);
  // ∇h = 2(a, b), g = x w (b, a): |4 a b| / (2 (a² + b²)).
  CHECK(toy.defect("not_kept") == Approx(4 * 1.5 * 0.7 / (2 * (1.5 * 1.5 + 0.7 * 0.7))));
}

TEST_CASE("a law without a form has its defect from its gradient") {
  const Toy toy;
  const std::vector<double> kept = {2 * 1.5, 2 * 0.7}, cubic = {3 * 1.5 * 1.5, 0.0};
  CHECK(defect_of_gradient(kept, toy.pointers) < 1e-15);
  // Restricted to a: ∇h and g are parallel there.
  CHECK(defect_of_gradient(cubic, toy.pointers) == Approx(1.0));
}

TEST_CASE("norms in the defect are those of the parameters that the law reads") {
  const Block block = law_block();
  const LawForm form = form_of(block, "tied");
  Random random(51);
  const Index size = block.parameters.size();
  const auto theta = random_vector(random, size);
  std::vector<std::vector<double>> gradients;
  std::vector<const double*> pointers;
  for (int i = 0; i < 5; ++i) gradients.push_back(random_vector(random, size));
  for (const auto& g : gradients) pointers.push_back(g.data());
  DefectMeter meter(form, size);
  std::vector<double> defects(static_cast<std::size_t>(form.components()));
  meter.measure(theta.data(), pointers, defects.data());
  for (std::int64_t c = 0; c < form.components(); ++c) {
    const auto derivative = component_gradient(form, c, theta.data());
    double law_squares = 0.0, product = 0.0, sample = 0.0;
    for (const auto& [element, d] : derivative) law_squares += d * d;
    for (const auto& g : gradients) {
      double dot = 0.0, squares = 0.0;
      for (const auto& [element, d] : derivative) {
        dot += d * g[static_cast<std::size_t>(element)];
        squares += g[static_cast<std::size_t>(element)] * g[static_cast<std::size_t>(element)];
      }
      product = std::max(product, std::abs(dot));
      sample = std::max(sample, squares);
    }
    CHECK(defects[static_cast<std::size_t>(c)] == Approx(product / std::sqrt(law_squares * sample)));
  }
}

TEST_CASE("∇h of a component is the difference of its values, overlaps and constants included") {
  const Block block = law_block();
  Random random(52);
  const auto theta = random_vector(random, block.parameters.size());
  for (const Law& law : block.laws) {
    const LawForm form = law_form(block, law);
    for (std::int64_t c = 0; c < form.components(); c += 5) {
      std::vector<double> gradient(theta.size(), 0.0);
      for (const auto& [element, d] : component_gradient(form, c, theta.data()))
        gradient[static_cast<std::size_t>(element)] = d;
      for (std::size_t i = static_cast<std::size_t>(c); i < theta.size(); i += 37) {
        auto plus = to_quad(theta), minus = plus;
        plus[i] += 1;
        minus[i] -= 1;
        const auto at = static_cast<std::size_t>(c);
        const Quad expected =
            (quad_components(block, law, form, plus)[at] - quad_components(block, law, form, minus)[at]) / 2;
        INFO(law.name << " component " << c << " parameter " << i);
        CHECK(gradient[i] == Approx(static_cast<double>(expected)).margin(1e-14));
      }
    }
  }
}

TEST_CASE("where all gradients vanish nothing was measured") {
  const Toy toy;
  const LawForm form = form_of(toy.block, "kept");
  DefectMeter meter(form, 2);
  const std::vector<double> nothing = {0.0, 0.0};
  const double* pointer = nothing.data();
  double result = -1.0;
  meter.measure(toy.theta.data(), {&pointer, 1}, &result);
  CHECK(std::isnan(result));
}

TEST_CASE("where only the rounding of the whole gradient reaches what the law reads, the defect is 0") {
  const Block block = read_block("parameters a b\ninput x\ny = a b x\nlaw first = a", {}, "frozen");
  const LawForm form = form_of(block, "first");
  DefectMeter meter(form, 2);
  const std::vector<double> theta = {1.5, -0.7}, slope = {1.0, 0.0};
  const auto defect = [&](double first) {
    const std::vector<double> gradient = {first, 3.0};
    const double* pointer = gradient.data();
    double result = -1.0;
    meter.measure(theta.data(), {&pointer, 1}, &result);
    CHECK(defect_of_gradient(slope, {&pointer, 1}) == result);
    return result;
  };
  CHECK(defect(3e-16) == 0.0);
  CHECK(defect(3e-12) == Approx(1.0));
}
