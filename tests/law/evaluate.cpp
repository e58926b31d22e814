// The polar form and the derivative of laws, plain and exact.
#include "law/evaluate.h"

#include <catch2/catch.hpp>

#include "cases.h"

using namespace invar;
using namespace invar::law_test;

namespace {

std::vector<Quad> combination(const std::vector<Quad>& x, Quad factor, const std::vector<Quad>& y) {
  std::vector<Quad> result = x;
  for (std::size_t i = 0; i < x.size(); ++i) result[i] += factor * y[i];
  return result;
}

std::vector<Quad> wide(const std::vector<double>& hi, const std::vector<double>& lo) {
  return combination(to_quad(hi), 1, to_quad(lo));
}

// ∇h(x)·y and h₂(y) in quad, from values of the law alone: h is a polynomial of degree 2, so differences are exact.
struct Reference {
  std::vector<Quad> derivative, quadratic;
  Reference(const Block& block, const Law& law, const LawForm& form, const std::vector<Quad>& x,
            const std::vector<Quad>& y) {
    const auto at = [&](Quad factor) { return quad_components(block, law, form, combination(x, factor, y)); };
    const std::vector<Quad> plus = at(1), minus = at(-1), middle = at(0);
    for (std::size_t c = 0; c < plus.size(); ++c) {
      derivative.push_back((plus[c] - minus[c]) / 2);
      quadratic.push_back((plus[c] + minus[c]) / 2 - middle[c]);
    }
  }
};

// The parts of a float run's Euler step from x along y, and its end's values, against quad.
void check_float_step(const Block& block, const Law& law, const LawForm& form, Evaluator& evaluator,
                      const std::vector<double>& x, const std::vector<double>& y) {
  constexpr double tau = 0.03;
  const std::vector<float> before(x.begin(), x.end()), k(y.begin(), y.end());
  std::vector<float> after(before.size());
  std::vector<Quad> start(before.begin(), before.end()), slope(k.begin(), k.end()), rounding(start), middle(start);
  for (std::size_t i = 0; i < after.size(); ++i) {
    after[i] = static_cast<float>(x[i] + tau * y[i]);
    rounding[i] = Quad(after[i]) - start[i] - Quad(tau) * slope[i];
    middle[i] = Quad(after[i]) - rounding[i] / 2;
  }
  Evaluator::Sums step = evaluator.sums(), gradient = step, update = step;
  evaluator.room_for_three();
  evaluator.add_euler({before.data(), after.data(), k.data(), tau}, step, gradient, update);
  const std::int64_t count = form.components();
  Results step_part(count), gradient_part(count), update_part(count), value(count);
  evaluator.components(step, 1.0, true, step_part.out());
  evaluator.components(gradient, 2.0, true, gradient_part.out());
  evaluator.components(update, 2.0, true, update_part.out());
  evaluator.value(after.data(), value.out());
  const Reference along(block, law, form, start, slope), rounded(block, law, form, middle, rounding);
  const std::vector<Quad> end = quad_components(block, law, form, {after.begin(), after.end()});
  double longest = 0.0;
  for (std::int32_t s = 0; s < form.slices(); ++s)
    longest = std::max(longest, static_cast<double>(form.slice(s).size()));
  for (std::size_t c = 0; c < end.size(); ++c) {
    INFO(law.name << " in float, component " << c);
    const Quad scale = Quad(longest) * Quad(4e-15);
    CHECK(abs(step_part[c] - Quad(tau) * Quad(tau) * along.quadratic[c]) <= scale * Quad(tau * tau));
    CHECK(abs(gradient_part[c] - Quad(tau) * along.derivative[c]) <= scale * Quad(tau));
    CHECK(abs(update_part[c] - rounded.derivative[c]) <= scale * Quad(1e-7));
    CHECK(abs(value[c] - end[c]) <= scale);
  }
}

}  // namespace

TEST_CASE("h(θ − τ g) = h(θ) − τ ∇h·g + τ² h₂(g), in quad") {
  const Block block = law_block();
  Random random(5);
  const double tau = 0.1;
  for (const Law& law : block.laws) {
    const LawForm form = law_form(block, law);
    Evaluator evaluator(form);
    const std::vector<double> theta = random_vector(random, block.parameters.size());
    const std::vector<double> g = random_vector(random, block.parameters.size());
    Results value(form.components()), derivative(form.components()), quadratic(form.components());
    evaluator.value(theta.data(), value.out());
    evaluator.derivative(Arithmetic::exact, theta.data(), g.data(), derivative.out());
    evaluator.quadratic(Arithmetic::exact, g.data(), quadratic.out());
    const std::vector<Quad> moved =
        quad_components(block, law, form, combination(to_quad(theta), -Quad(tau), to_quad(g)));
    for (std::size_t c = 0; c < moved.size(); ++c) {
      INFO(law.name << " component " << c);
      const Quad sum = value[c] - Quad(tau) * derivative[c] + Quad(tau) * Quad(tau) * quadratic[c];
      CHECK(abs(sum - moved[c]) <= Quad(1e-28));
    }
  }
}

TEST_CASE("exact arithmetic keeps the low words of both operands") {
  const Block block = law_block();
  Random random(6);
  const Index size = block.parameters.size();
  for (const Law& law : block.laws) {
    const LawForm form = law_form(block, law);
    Evaluator evaluator(form);
    const auto x = random_vector(random, size), x_lo = random_vector(random, size, 1e-17);
    const auto y = random_vector(random, size), y_lo = random_vector(random, size, 1e-17);
    const std::vector<double> none(x.size(), 0.0);
    for (const bool with_x : {false, true})
      for (const bool with_y : {false, true}) {
        const std::vector<Quad> xq = wide(x, with_x ? x_lo : none), yq = wide(y, with_y ? y_lo : none);
        const Reference reference(block, law, form, xq, yq);
        const Wide xw(x.data(), with_x ? x_lo.data() : nullptr), yw(y.data(), with_y ? y_lo.data() : nullptr);
        Results derivative(form.components()), linear(form.components()), polar(form.components()),
            quadratic(form.components());
        evaluator.derivative(Arithmetic::exact, xw, yw, derivative.out());
        evaluator.bilinear(Arithmetic::exact, xw, yw, polar.out());
        evaluator.linear(Arithmetic::exact, yw, linear.out());
        evaluator.quadratic(Arithmetic::exact, yw, quadratic.out());
        for (std::size_t c = 0; c < reference.derivative.size(); ++c) {
          INFO(law.name << " component " << c << (with_x ? ", x low" : "") << (with_y ? ", y low" : ""));
          CHECK(abs(derivative[c] - reference.derivative[c]) <= Quad(2e-29));
          CHECK(abs(quadratic[c] - reference.quadratic[c]) <= Quad(2e-29));
          CHECK(abs(2 * polar[c] + linear[c] - reference.derivative[c]) <= Quad(2e-29));
        }
      }
  }
}

TEST_CASE("plain equals exact to rounding over shapes that fill registers, do not, and are one") {
  Random random(7);
  const Index shapes[][3] = {{1, 1, 1},   {1, 2, 3},   {2, 3, 2},  {1, 8, 8},  {3, 7, 5},
                             {2, 16, 16}, {1, 33, 17}, {1, 5, 40}, {2, 64, 24}};
  for (const auto& [h, d, a] : shapes) {
    KnownSizes known;
    known.extents = {{"h", h}, {"d", d}, {"a", a}, {"b", a}, {"u", 2 * a}};
    const Block block = read_block(
        "parameters Q[h d a] O[h a d] U[h d u] W[a d]\ninput x[d]\nsizes c=2\ny[a] = x[d] W[a d]\n"
        "law columns[h a b] = Q[h d a] Q[h d b]\n"
        "law rows[h a b] = O[h a d] O[h b d] - Q[h d a] Q[h d b]\n"
        "law blocks[a b] = U[h d (a c)] U[h d (b c)] - 3 * W[a d] W[b d]\n"
        "law over_heads[a b] = Q[h d a] Q[h d b] + O[h a d] O[h b d]\n"
        "law mixed[h a b] = Q[h d a] O[h b d]\n"
        "law single[h a] = Q[h d a] Q[h d a] - O[h a d] O[h a d] + sum[d](O[h a d])\n"
        "law halves[h a] = U[h d (a c)] U[h d (a c)]\n",
        known, "shapes");
    for (const Law& law : block.laws) {
      const LawForm form = law_form(block, law);
      Evaluator evaluator(form);
      const auto x = random_vector(random, block.parameters.size()), y = random_vector(random, block.parameters.size());
      const std::int64_t count = form.components();
      Results plain(count), exact(count), plain_square(count), exact_square(count);
      std::vector<double> norms(static_cast<std::size_t>(form.slices()) + 1), exact_norms = norms;
      evaluator.derivative(Arithmetic::plain, x.data(), y.data(), plain.out());
      evaluator.derivative(Arithmetic::exact, x.data(), y.data(), exact.out());
      evaluator.quadratic(Arithmetic::plain, x.data(), plain_square.out());
      evaluator.squared_norms(norms.data());
      evaluator.quadratic(Arithmetic::exact, x.data(), exact_square.out());
      evaluator.squared_norms(exact_norms.data());
      const Reference reference(block, law, form, to_quad(x), to_quad(y));
      for (std::size_t c = 0; c < plain.hi.size(); ++c) {
        INFO(law.name << " h=" << h << " d=" << d << " a=" << a << " component " << c);
        const double scale = static_cast<double>(d * h) * 4e-15;
        CHECK(plain.hi[c] == Approx(exact.hi[c]).margin(scale).epsilon(1e-14));
        CHECK(plain_square.hi[c] == Approx(exact_square.hi[c]).margin(scale).epsilon(1e-14));
        CHECK(abs(exact[c] - reference.derivative[c]) <= Quad(1e-28));
      }
      check_float_step(block, law, form, evaluator, x, y);
      for (std::int32_t s = 0; s < form.slices(); ++s) {
        double expected = 0.0;
        for (const Index element : form.slice(s))
          expected += x[static_cast<std::size_t>(element)] * x[static_cast<std::size_t>(element)];
        CHECK(norms[static_cast<std::size_t>(s)] == Approx(expected).epsilon(1e-13));
        CHECK(exact_norms[static_cast<std::size_t>(s)] == Approx(expected).epsilon(1e-13));
      }
    }
  }
}

TEST_CASE("a dot that cancels to nothing in double is right in exact arithmetic") {
  const Block block = read_block(
      "sizes d=40 m=3\nparameters A[d m] B[m d]\ninput x[d]\ny[m] = x[d] A[d m]\n"
      "law l[m] = A[d m] A[d m] - B[m d] B[m d]",
      {}, "t");
  const LawForm form = law_form(block, block.laws[0]);
  Evaluator evaluator(form);
  Random random(8);
  // B is Aᵀ but for one place moved by its last bit: h is that one small difference.
  std::vector<double> theta = random_vector(random, block.parameters.size(), 1e3);
  for (std::size_t m = 0; m < 3; ++m)
    for (std::size_t d = 0; d < 40; ++d) theta[120 + m * 40 + d] = theta[d * 3 + m];
  for (std::size_t m = 0; m < 3; ++m) theta[120 + m * 40 + 7] = std::nextafter(theta[7 * 3 + m], 1e9);
  const std::vector<Quad> expected = quad_components(block, block.laws[0], form, to_quad(theta));
  Results value(form.components());
  evaluator.value(theta.data(), value.out());
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(expected[c] != 0);
    CHECK(abs(value[c] - expected[c]) <= Quad(1e-13) * abs(expected[c]));
  }
}

TEST_CASE("magnitudes are sums of absolute values") {
  const Block block = law_block();
  Random random(9);
  const auto size = block.parameters.size();
  const auto x = random_vector(random, size), delta = random_vector(random, size), rho = random_vector(random, size),
             after = random_vector(random, size);
  constexpr double factor = -0.3;
  const LawForm form = form_of(block, "affine");
  Evaluator evaluator(form);
  evaluator.room_for_three();
  std::vector<double> value(7), of_step(7), of_rounded(7), rounding(7), expected_rounding(7), low(7);
  evaluator.value_magnitude(x.data(), value.data());
  evaluator.derivative(Arithmetic::plain, after.data(), rho.data(), {expected_rounding.data(), low.data()});
  const form_detail::DoubleSized step{{x.data()}, {after.data()}, {delta.data()}, factor, {rho.data()}};
  evaluator.sizes(step, of_step.data(), of_rounded.data(), {rounding.data(), low.data()});
  const Index a = block.parameters.find("A")->offset, w = block.parameters.find("W")->offset,
              s = block.parameters.find("s")->offset;
  const auto size_at = [](const std::vector<double>& v, Index i) { return std::abs(v[static_cast<std::size_t>(i)]); };
  for (Index m = 0; m < 7; ++m) {
    const auto moved = [&](Index i) { return std::abs(factor) * size_at(delta, i); };
    const auto rounded = [&](Index i) { return moved(i) + size_at(rho, i); };
    double expected = 0.25 + 3 * size_at(x, s + m), step_size = 3 * moved(s + m), rounded_size = 3 * rounded(s + m);
    for (Index d = 0; d < 5; ++d) {
      const Index at_a = a + d * 7 + m, at_w = w + m * 5 + d;
      expected += 0.5 * size_at(x, at_a) * size_at(x, at_a) + size_at(x, at_w);
      step_size += (size_at(x, at_a) + moved(at_a)) * moved(at_a) + moved(at_w);
      rounded_size += (size_at(x, at_a) + moved(at_a)) * rounded(at_a) + rounded(at_w);
    }
    const auto at = static_cast<std::size_t>(m);
    CHECK(value[at] == Approx(expected).epsilon(1e-14));
    CHECK(of_step[at] == Approx(step_size).epsilon(1e-14));
    CHECK(of_rounded[at] == Approx(rounded_size).epsilon(1e-14));
    CHECK(rounding[at] == Approx(expected_rounding[at]).epsilon(1e-14));
  }
}

TEST_CASE("the sizes of a float run's step are those of its vectors in double") {
  const Block block = law_block();
  Random random(10);
  const auto size = block.parameters.size();
  const auto before = random_vector<float>(random, size), k = random_vector<float>(random, size);
  constexpr double tau = 0.07;
  std::vector<float> after(before.size());
  std::vector<double> start(before.begin(), before.end()), slope(k.begin(), k.end()), end(start), rho(start);
  for (std::size_t i = 0; i < after.size(); ++i) {
    after[i] = static_cast<float>(start[i] + tau * slope[i]);
    end[i] = static_cast<double>(after[i]);
    rho[i] = std::fma(-tau, slope[i], end[i] - start[i]);
  }
  for (const Law& law : block.laws) {
    const LawForm form = law_form(block, law);
    const auto count = static_cast<std::size_t>(form.components());
    Evaluator evaluator(form);
    evaluator.room_for_three();
    std::vector<double> numbers[2][3];
    std::vector<double> low(count);
    for (auto& run : numbers)
      for (std::vector<double>& of : run) of.resize(count);
    const form_detail::EulerStep euler{before.data(), after.data(), k.data(), tau};
    evaluator.sizes(form_detail::FloatSized{{before.data()}, {after.data()}, {k.data()}, tau, {euler}},
                    numbers[0][0].data(), numbers[0][1].data(), {numbers[0][2].data(), low.data()});
    evaluator.sizes(form_detail::DoubleSized{{start.data()}, {end.data()}, {slope.data()}, tau, {rho.data()}},
                    numbers[1][0].data(), numbers[1][1].data(), {numbers[1][2].data(), low.data()});
    for (std::size_t of = 0; of < 3; ++of)
      for (std::size_t c = 0; c < count; ++c) {
        INFO(law.name << " component " << c);
        CHECK(numbers[0][of][c] == Approx(numbers[1][of][c]).epsilon(1e-13).margin(1e-20));
      }
  }
}
