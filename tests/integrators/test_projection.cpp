// Projection onto the level set of laws after each step of any method.
#include <Eigen/QR>
#include <catch2/catch.hpp>
#include <cmath>

#include "deep_linear.h"
#include "fields.h"
#include "integrators/projection.h"

using namespace invar;
using namespace invar::testing;

namespace {

/// Laws xᵀ S_c x of symmetric matrices, any of which may depend on the others.
template <class S>
class QuadraticLaws final : public LevelSet<S> {
 public:
  explicit QuadraticLaws(std::vector<Eigen::MatrixXd> laws) : laws_(std::move(laws)) {}

  Eigen::Index size() const override { return static_cast<Eigen::Index>(laws_.size()); }
  void start(const State<S>& theta) override {
    const auto x = theta.template cast<long double>().eval();
    start_.clear();
    unit_.clear();
    for (const Eigen::MatrixXd& law : laws_) {
      start_.push_back(x.dot(law.cast<long double>() * x));
      unit_.push_back(1.0L / x.cwiseAbs().dot(law.cwiseAbs().cast<long double>() * x.cwiseAbs()));
    }
  }
  void residual(const State<S>& theta, Eigen::VectorXd& g) override {
    const auto x = theta.template cast<long double>().eval();
    for (std::size_t c = 0; c < laws_.size(); ++c)
      g(static_cast<Eigen::Index>(c)) =
          static_cast<double>((x.dot(laws_[c].cast<long double>() * x) - start_[c]) * unit_[c]);
  }
  void derivative(const State<S>& theta, const State<S>& v, Eigen::VectorXd& out) override {
    for (std::size_t c = 0; c < laws_.size(); ++c)
      out(static_cast<Eigen::Index>(c)) =
          2.0 * static_cast<double>(unit_[c]) * theta.template cast<double>().dot(laws_[c] * v.template cast<double>());
  }
  void transposed(const State<S>& theta, const Eigen::VectorXd& lambda, State<S>& out) override {
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(theta.size());
    for (std::size_t c = 0; c < laws_.size(); ++c)
      sum += 2.0 * static_cast<double>(unit_[c]) * lambda(static_cast<Eigen::Index>(c)) *
             (laws_[c] * theta.template cast<double>());
    out = sum.template cast<S>();
  }

 private:
  std::vector<Eigen::MatrixXd> laws_;
  std::vector<long double> start_, unit_;
};

/// ‖u‖² − ‖v‖² of factor_field, and its triple.
template <class S>
QuadraticLaws<S> factor_laws(Eigen::Index n) {
  Eigen::VectorXd diagonal(2 * n);
  diagonal << Eigen::VectorXd::Ones(n), -Eigen::VectorXd::Ones(n);
  const Eigen::MatrixXd law = diagonal.asDiagonal();
  return QuadraticLaws<S>({law, 3.0 * law});
}

/// All entries of both matrix laws of DeepLinear, each pair of symmetric entries twice.
QuadraticLaws<double> deep_laws() {
  std::vector<Eigen::MatrixXd> laws;
  for (Eigen::Index c = 0; c < 2 * DeepLinear::layer; ++c) {
    const auto entry = [c](const State<double>& x) { return DeepLinear::laws(x)(c); };
    Eigen::MatrixXd law(DeepLinear::size, DeepLinear::size);
    for (Eigen::Index i = 0; i < law.rows(); ++i)
      for (Eigen::Index j = 0; j < law.rows(); ++j) {
        const State<double> x = State<double>::Unit(law.rows(), i), y = State<double>::Unit(law.rows(), j);
        law(i, j) = 0.25 * (entry(x + y) - entry(x - y));
      }
    laws.push_back(law);
  }
  return QuadraticLaws<double>(std::move(laws));
}

template <class S>
void check_factor_law(double rtol, double bound) {
  constexpr Eigen::Index n = 6;
  const auto law = [](const State<S>& x) {
    return (x.head(n).template cast<double>().squaredNorm() - x.tail(n).template cast<double>().squaredNorm()) /
           x.template cast<double>().squaredNorm();
  };
  QuadraticLaws<S> laws = factor_laws<S>(n);
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name, sizeof(S));
    FunctionField<S> field(2 * n, factor_field<S>);
    State<S> theta = factor_start<S>(n);
    const State<S> start = theta;
    Projected<S> method(entry.make<S>(tolerances(rtol, rtol)), laws);
    Recorder<S> recorder;
    std::int64_t moved = 0;
    State<S> expected = theta;
    recorder.check = [&](const StepView<S>& step) {
      REQUIRE(*step.before == expected);
      expected = *step.after;
      if (step.tableau == nullptr) {
        ++moved;
        CHECK(step.stages.empty());
      }
    };
    const Summary summary = run<S>(method, field, theta, plan_flow(5.0, 5), Limits{}, recorder);
    REQUIRE(summary.end == End::completed);
    // CVODE's own steps reach beyond rows.
    CHECK(summary.counters.accepted >= summary.steps - (entry.name == "cvode" ? summary.rows : 0));
    CHECK(summary.counters.accepted <= summary.steps);
    CHECK(std::abs(law(theta) - law(start) * start.squaredNorm() / theta.squaredNorm()) < bound);
    CHECK(summary.evaluations == field.counted);
    if (!is_gauss(entry) && sizeof(S) == 8) CHECK(moved > summary.steps / 2);
  }
}

}  // namespace

TEST_CASE("a projected flow keeps its law to rounding by any method") {
  check_factor_law<double>(1e-6, 1e-14);
  check_factor_law<float>(1e-4, 2e-6);
}

TEST_CASE("redundant matrix laws of a deep linear net stay at rounding, and the trajectory is none the worse") {
  FunctionField<double> field(DeepLinear::size, DeepLinear::field);
  QuadraticLaws<double> laws = deep_laws();
  Observer<double> observer;
  const Eigen::VectorXd start = DeepLinear::laws(DeepLinear::start());
  const auto flow = [&](double tol, bool projected, State<double>& theta) {
    theta = DeepLinear::start();
    MadeMethod<double> method = find_method("dopri5").make<double>(tolerances(tol, tol));
    if (projected) method = std::make_unique<Projected<double>>(std::move(method), laws);
    const Summary summary = run<double>(*method, field, theta, plan_flow(1.0, 1), Limits{}, observer);
    REQUIRE(summary.end == End::completed);
    return summary;
  };
  State<double> reference, plain, projected;
  flow(1e-12, false, reference);
  for (const double tol : {1e-4, 1e-6}) {
    CAPTURE(tol);
    const Summary before = flow(tol, false, plain), after = flow(tol, true, projected);
    CHECK((DeepLinear::laws(plain) - start).norm() > 1e-3 * tol * start.norm());
    CHECK((DeepLinear::laws(projected) - start).norm() < 1e-14 * start.norm());
    CHECK((projected - reference).norm() < 1.5 * (plain - reference).norm());
    CHECK(after.evaluations < before.evaluations + before.steps + before.steps / 4);  // F(θ') once more a step
  }
}

TEST_CASE("a method that remembers steps pays as little for projection") {
  QuadraticLaws<double> laws = deep_laws();
  Observer<double> observer;
  const Eigen::VectorXd start = DeepLinear::laws(DeepLinear::start());
  const auto flow = [&](std::string_view name, double tol, bool projected, State<double>& theta) {
    FunctionField<double> field(DeepLinear::size, DeepLinear::field);
    theta = DeepLinear::start();
    MadeMethod<double> method = find_method(name).make<double>(tolerances(tol, tol));
    if (projected) method = std::make_unique<Projected<double>>(std::move(method), laws);
    const Summary summary = run<double>(*method, field, theta, plan_flow(4.0, 7), Limits{}, observer);
    REQUIRE(summary.end == End::completed);
    return summary.evaluations;
  };
  State<double> reference, plain, projected;
  flow("dop853", 1e-12, false, reference);
  for (const double tol : {1e-3, 1e-5, 1e-7, 1e-9}) {
    CAPTURE(tol);
    const std::int64_t before = flow("cvode", tol, false, plain), after = flow("cvode", tol, true, projected);
    CHECK((DeepLinear::laws(plain) - start).norm() > 1e-3 * tol * start.norm());
    CHECK((DeepLinear::laws(projected) - start).norm() < 1e-14 * start.norm());
    CHECK((projected - reference).norm() < 4.0 * (plain - reference).norm());
    CHECK(4 * after < 5 * before);
  }
}

TEST_CASE("a step is moved to the nearest point") {
  QuadraticLaws<double> laws = deep_laws();
  State<double> theta = DeepLinear::start();
  laws.start(theta);
  // A method whose step is a jump off the level set.
  class Jump final : public Method<double> {
   public:
    void start(VectorField<double>&, const State<double>&, double) override {}
    Advance advance(State<double>& x, double& t, double t_limit) override {
      before_ = x;
      x += 1e-4 * random_matrix(x.size(), 1, 9);
      off = x;
      step_ = {0, t, t_limit, t_limit - t, &before_, &x, nullptr, {}};
      t = t_limit;
      return {};
    }
    void archive(Archive&) override {}
    State<double> off;

   private:
    State<double> before_;
  };
  auto jump = std::make_unique<Jump>();
  const Jump& jumped = *jump;
  Projected<double> method(std::move(jump), laws);
  FunctionField<double> field(DeepLinear::size, DeepLinear::field);
  double t = 0.0;
  method.start(field, theta, t);
  REQUIRE(method.advance(theta, t, 1.0).accepted);
  // The shortest solution of J δ = −g, g small.
  Eigen::VectorXd g(laws.size());
  Eigen::MatrixXd jacobian(laws.size(), theta.size());
  laws.residual(jumped.off, g);
  for (Eigen::Index i = 0; i < theta.size(); ++i) {
    Eigen::VectorXd column(laws.size());
    laws.derivative(jumped.off, State<double>::Unit(theta.size(), i), column);
    jacobian.col(i) = column;
  }
  CHECK(g.cwiseAbs().maxCoeff() > 1e-6);
  const Eigen::VectorXd shortest = -jacobian.completeOrthogonalDecomposition().solve(g);
  CHECK((theta - jumped.off - shortest).norm() < 1e-3 * shortest.norm());
  laws.residual(theta, g);
  CHECK(g.cwiseAbs().maxCoeff() < 1e-15);
}
