// Residues against integers of 128 bits, numbers of known origin against what they stand for, fields against exact
// rational numbers, brackets against the identities of a Lie algebra.
#include <boost/multiprecision/cpp_int.hpp>
#include <catch2/catch.hpp>
#include <cmath>

#include "exact/cells.h"
#include "exact/fields.h"
#include "tests/exact/counted_blocks.h"

namespace invar {
namespace {

using namespace exact;
using F = Residue<kFirstPrime>;
using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

// A rational number with what the tape asks of a field.
struct Fractional {
  cpp_rational value{};
  Fractional() = default;
  Fractional(int number) : value(number) {}  // NOLINT: as residues
  explicit Fractional(cpp_rational number) : value(std::move(number)) {}
  bool zero() const { return value == 0; }
  Fractional inverse() const { return Fractional(1 / value); }
  Fractional operator-() const { return Fractional(-value); }
  Fractional& operator+=(const Fractional& other) {
    value += other.value;
    return *this;
  }
  Fractional& operator*=(const Fractional& other) {
    value *= other.value;
    return *this;
  }
  Fractional& operator-=(const Fractional& other) {
    value -= other.value;
    return *this;
  }
  friend Fractional operator+(Fractional a, const Fractional& b) { return a += b; }
  friend Fractional operator-(Fractional a, const Fractional& b) { return a -= b; }
  friend Fractional operator*(const Fractional& a, const Fractional& b) { return Fractional(a.value * b.value); }
};

std::uint64_t modulo_prime(const cpp_rational& number) {
  const cpp_int p = kFirstPrime;
  cpp_int above = numerator(number) % p;
  if (above < 0) above += p;
  const cpp_int below = powm(cpp_int(denominator(number) % p), p - 2, p);
  return static_cast<std::uint64_t>(above * below % p);
}

}  // namespace

TEMPLATE_TEST_CASE("residues are integers modulo a prime", "", Residue<kFirstPrime>, Residue<kSecondPrime>) {
  using R = TestType;
  const cpp_int p = R::modulus;
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const R a = random.residue<R>(), b = random.residue<R>();
    const cpp_int x = a.value(), y = b.value();
    CHECK((a + b).value() == (x + y) % p);
    CHECK((a - b).value() == (x - y + p) % p);
    CHECK((a * b).value() == x * y % p);
    CHECK(a * a.inverse() == R(1));
    CHECK(R(static_cast<std::int64_t>(i) - 150) + R(150) == R(i));
    // Of a and −a one has a root, which is a square itself; roots multiply.
    CHECK(a.root().has_value() != (-a).root().has_value());
    const R square = a * a, other = b * b;
    REQUIRE(square.root().has_value());
    CHECK(square.root()->root().has_value());
    CHECK(*square.root() * *other.root() == *(square * other).root());
  }
  for (int n = 1; n <= 32; ++n) CHECK(R(n).root().has_value());
  CHECK(boost::multiprecision::powm(cpp_int(3), p - 1, p) == 1);
  for (const std::int64_t d : {1, 7, 12})
    for (const std::int64_t n : {-11, -1, 0, 5}) {
      const auto found = small_fraction(R(n) * R(d).inverse(), 20);
      REQUIRE(found);
      CHECK(found->numerator * d == n * found->denominator);
    }
  CHECK_FALSE(small_fraction(R(1000) * R(1001).inverse(), 20));
}

TEST_CASE("numbers keep what they stand for") {
  const auto is = [](const Number& number, std::int64_t n, std::int64_t d, std::int64_t r) {
    CAPTURE(double{number}, number.numerator(), number.denominator(), number.radicand());
    CHECK(number.exact());
    CHECK((number.numerator() == n && number.denominator() == d && number.radicand() == r));
    CHECK(double{number} ==
          Approx(static_cast<double>(n) / static_cast<double>(d) * std::sqrt(static_cast<double>(r))));
  };
  is(Number::decimal(0.1), 1, 10, 1);
  is(Number::decimal(-1e-6), -1, 1'000'000, 1);
  is(Number::decimal(0.044715), 8943, 200'000, 1);
  is(Number::decimal(1e14), 100'000'000'000'000, 1, 1);
  is(Number(0.5), 1, 2, 1);
  is(Number::fraction(6, -4), -3, 2, 1);
  is(Number(12.0).root(), 2, 1, 3);
  is(Number(0.5).root(), 1, 2, 2);
  is(Number::fraction(45, 8).root().inverse(), 2, 15, 10);
  is(Number(2.0).power(-3), 1, 8, 1);
  is(Number(6.0).root() *= Number(10.0).root(), 2, 1, 15);
  is(Number(8.0).root() += Number(2.0).root(), 3, 1, 2);
  is(Number(3.0).root().power(2), 3, 1, 1);
  CHECK_FALSE(Number(1.0 / 3.0).exact());
  CHECK_FALSE(Number(0.1).exact());  // computed: only who typed it knows that it is a tenth
  CHECK_FALSE((Number(2.0).root() += Number(1.0)).exact());
  Number large = Number::fraction(1, 4'000'000'000'000'000'000);
  large *= large;
  CHECK_FALSE(large.exact());
  CHECK(double{large} == Approx(6.25e-38));
}

TEST_CASE("where a block has no functions its fields and brackets are those of exact rational numbers") {
  for (const std::string name : {"toy abx", "linear UVx d3 r2 m3", "bilinear GLU"}) {
    CAPTURE(name);
    const Block block = read_counted(name, counted_blocks().at(name).text);
    TapeBuilder builder(block.graph, block.parameters.size());
    const std::vector<std::int32_t> outputs = builder.of(block.output);
    const Tape tape = builder.release();
    Random random(5);
    const auto digit = [&] { return static_cast<int>(random.bits() % 19) - 9; };
    ExactPoint<Fractional> rational;
    ExactPoint<F> modular;
    for (std::int32_t i = 0; i < tape.parameters; ++i) {
      const int sevenths = digit();
      rational.parameters.emplace_back(cpp_rational(sevenths, 7));
      modular.parameters.push_back(F(sevenths) * F(7).inverse());
    }
    for (int sample = 0; sample < 2; ++sample) {
      rational.inputs.emplace_back();
      modular.inputs.emplace_back();
      for (std::int32_t i = 0; i < tape.inputs; ++i) {
        const int x = digit();
        rational.inputs.back().emplace_back(x);
        modular.inputs.back().emplace_back(x);
      }
      std::vector<Fractional> known(tape.operations.size());
      std::vector<F> known_modular(tape.operations.size());
      for (std::size_t n = 0; n < known.size(); ++n)
        if (tape.operations[n].step == Step::constant) {
          const Number& number = tape.constants[static_cast<std::size_t>(tape.operations[n].a)].number;
          known[n] = Fractional(cpp_rational(number.numerator(), number.denominator()));
          known_modular[n] = F(number.numerator()) * F(number.denominator()).inverse();
        }
      rational.known.push_back(known);
      modular.known.push_back(known_modular);
    }
    auto x = std::make_shared<Field<Fractional>>(), y = std::make_shared<Field<Fractional>>();
    auto u = std::make_shared<Field<F>>(), v = std::make_shared<Field<F>>();
    y->sample = v->sample = 1;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const int a = digit(), b = digit();
      x->weights.emplace_back(a), u->weights.emplace_back(a);
      y->weights.emplace_back(b), v->weights.emplace_back(b);
    }
    Field<Fractional> bracket, deeper;
    Field<F> bracket_modular, deeper_modular;
    bracket.left = x, bracket.right = y, bracket_modular.left = u, bracket_modular.right = v;
    deeper.left = x, deeper.right = std::make_shared<Field<Fractional>>(bracket);
    deeper_modular.left = u, deeper_modular.right = std::make_shared<Field<F>>(bracket_modular);
    const Fields<Fractional> exact_fields(tape, outputs, rational);
    const Fields<F> fields(tape, outputs, modular);
    const auto same = [&](const Field<Fractional>& expected, const Field<F>& found) {
      const std::vector<Fractional> left = exact_fields.at_point(expected);
      const std::vector<F> right = fields.at_point(found);
      bool moves = false;
      for (std::size_t i = 0; i < left.size(); ++i) {
        CHECK(right[i].value() == modulo_prime(left[i].value));
        moves = moves || !left[i].zero();
      }
      return moves;
    };
    CHECK(same(*x, *u));
    CHECK(same(*y, *v));
    CHECK((same(bracket, bracket_modular) || name == "toy abx"));  // whose two fields are parallel
    same(deeper, deeper_modular);
  }
}

TEST_CASE("brackets are antisymmetric and satisfy Jacobi's identity, also through exponentials, roots and rotations") {
  for (const std::string name :
       {"SwiGLU", "GELU bias", "MHA RoPE dh2 d3 H2", "RMSNorm(g)+SwiGLU", "MoE nsigmoid dense"}) {
    CAPTURE(name);
    const Block block = read_counted(name, counted_blocks().at(name).text);
    TapeBuilder builder(block.graph, block.parameters.size());
    const std::vector<std::int32_t> outputs = builder.of(block.output);
    const Tape tape = builder.release();
    const Cells cells = find_cells(tape, 3, 1.0, 3);
    const Relations<F> relations(tape, cells.samples, 4);
    std::optional<ExactPoint<F>> point;
    for (std::uint64_t seed = 5; !point; ++seed) point = relations.draw(seed);
    const Fields<F> fields(tape, outputs, *point);
    Random random(6);
    std::array<std::shared_ptr<const Field<F>>, 3> leaf;
    for (std::size_t i = 0; i < 3; ++i) {
      auto field = std::make_shared<Field<F>>();
      field->sample = i;
      field->weights = random.residues<F>(outputs.size());
      leaf[i] = field;
    }
    const auto bracket = [](std::shared_ptr<const Field<F>> left, std::shared_ptr<const Field<F>> right) {
      auto field = std::make_shared<Field<F>>();
      field->left = std::move(left), field->right = std::move(right);
      return std::shared_ptr<const Field<F>>(field);
    };
    const auto [x, y, z] = leaf;
    const std::vector<F> forth = fields.at_point(*bracket(x, y)), back = fields.at_point(*bracket(y, x));
    const std::vector<F> one = fields.at_point(*bracket(x, bracket(y, z))),
                         two = fields.at_point(*bracket(y, bracket(z, x))),
                         three = fields.at_point(*bracket(z, bracket(x, y)));
    bool moves = false;
    for (std::size_t i = 0; i < one.size(); ++i) {
      CHECK((forth[i] + back[i]).zero());
      CHECK((one[i] + two[i] + three[i]).zero());
      moves = moves || !one[i].zero();
    }
    CHECK(moves);
  }
}

}  // namespace invar
