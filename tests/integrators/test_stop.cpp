// Runs that end at a condition: where they end, against the known time of the crossing or another computation, and
// what of the last step is shown.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "fields.h"
#include "integrators/projection.h"

using namespace invar;
using namespace invar::testing;

namespace {

/// C = ½ (xy − 1)², whose Hessian has the eigenvalues of [y², 2xy − 1; 2xy − 1, x²].
class ProductField final : public VectorField<double> {
 public:
  Eigen::Index size() const override { return 2; }
  double cost() const override { return cost_; }

  static double sharpness(const State<double>& p) {
    const double a = p(1) * p(1), c = p(0) * p(0), b = 2.0 * p(0) * p(1) - 1.0;
    return 0.5 * (a + c) + std::hypot(0.5 * (a - c), b);
  }

 private:
  void do_evaluate(const State<double>& p, double, State<double>& derivative) override {
    const double rest = p(0) * p(1) - 1.0;
    cost_ = 0.5 * rest * rest;
    derivative << -rest * p(1), -rest * p(0);
  }

  double cost_ = 0.0;
};

Eigen::MatrixXd random_hessian(std::uint64_t seed, Eigen::Index n) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  Eigen::MatrixXd b(n, n);
  for (double& x : b.reshaped()) x = normal(engine);
  return b * b.transpose() / static_cast<double>(n) + Eigen::MatrixXd::Identity(n, n);
}

/// Keeps whole steps: their ends must meet.
struct Chain {
  std::vector<double> t{0.0};
  State<double> at;
  bool meets = true;

  void add(const StepView<double>& step) {
    meets = meets && step.t == t.back() && *step.before == at;
    t.push_back(step.t_after);
    at = *step.after;
  }
};

/// ‖θ‖² = ‖θ_0‖², for the projection of a field that keeps it anyway.
class Sphere final : public LevelSet<double> {
 public:
  Eigen::Index size() const override { return 1; }
  void start(const State<double>& theta) override { square_ = theta.squaredNorm(); }
  void residual(const State<double>& theta, Eigen::VectorXd& g) override { g(0) = theta.squaredNorm() / square_ - 1.0; }
  void derivative(const State<double>& theta, const State<double>& v, Eigen::VectorXd& out) override {
    out(0) = 2.0 * theta.dot(v) / square_;
  }
  void transposed(const State<double>& theta, const Eigen::VectorXd& lambda, State<double>& out) override {
    out = 2.0 * lambda(0) / square_ * theta;
  }

 private:
  double square_ = 1.0;
};

}  // namespace

TEST_CASE("a flow ends where its loss or gradient norm falls to the value within the tolerance") {
  for (const MethodEntry& entry : adaptive_methods()) {
    for (const double tol : {1e-3, 1e-5, 1e-7}) {
      for (const bool by_loss : {true, false}) {
        CAPTURE(entry.name, tol, by_loss);
        const double rate = 1.3;
        QuadraticField<double> field(Eigen::MatrixXd::Constant(1, 1, rate));
        State<double> theta = State<double>::Ones(1);
        Limits limits;
        // C = ½ rate exp(−2 rate t), ‖∇C‖ = rate exp(−rate t)
        const double time = 1.234, decay = std::exp(-rate * time);
        if (by_loss)
          limits.stop.loss = 0.5 * rate * decay * decay;
        else
          limits.stop.gradient_norm = rate * decay;
        const auto method = entry.make<double>(tolerances(tol, 0.01 * tol));
        Recorder<double> recorder;
        Chain chain;
        chain.at = theta;
        recorder.check = [&chain](const StepView<double>& step) { chain.add(step); };
        const Summary summary = run<double>(*method, field, theta, plan_flow(5.0, 3), limits, recorder);
        REQUIRE(summary.end == End::stopped);
        CHECK_THAT(summary.text, Catch::Contains(by_loss ? "the loss" : "norm") && Catch::Contains("at or below"));
        // The condition holds in the last row, to the resolution of the place.
        const double loss = 0.5 * rate * theta(0) * theta(0), norm = rate * std::abs(theta(0));
        const double margin = by_loss ? loss / limits.stop.loss - 1.0 : norm / limits.stop.gradient_norm - 1.0;
        CHECK(margin <= 0.0);
        CHECK(margin > -1e-8);
        // The place errs by the method's own error: rkc2's is far above its tolerance (README).
        const double most = (entry.name == "rkc2" ? 100.0 : 20.0) * tol;
        CHECK(std::abs(summary.t - time) < most);
        CHECK(std::abs(theta(0) - std::exp(-rate * summary.t)) < most * decay);
        CHECK(chain.meets);
        CHECK(chain.t.back() == summary.t);
        CHECK(chain.at == theta);
        CHECK(summary.steps == recorder.steps);
        CHECK(recorder.rows.back().t == summary.t);
        CHECK(recorder.states.back() == theta);
        CHECK_FALSE(recorder.rows.back().planned);
        CHECK(recorder.rows.size() == 2);
        CHECK(summary.evaluations == field.evaluations());
      }
    }
  }
}

TEST_CASE("the step that ends at a condition is one of the method: its view explains its change") {
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    FunctionField<double> field(12, factor_field<double>);
    State<double> theta = factor_start<double>(6);
    MethodOptions options = tolerances(1e-5, 1e-7);
    options.keep_stages = true;
    Limits limits;
    limits.stop.gradient_norm = 0.05;
    const auto method = entry.make<double>(options);
    Recorder<double> recorder;
    double worst = 0.0, last = 0.0;
    recorder.check = [&](const StepView<double>& step) {
      last = static_cast<double>(step.tau);
      if (step.tableau == nullptr) return;
      State<double> change = *step.after - *step.before;
      for (std::size_t i = 0; i < step.stages.size(); ++i) change -= step.tau * step.tableau->b[i] * *step.stages[i];
      worst = std::max(worst, change.norm() / step.after->norm());
    };
    const Summary summary = run<double>(*method, field, theta, plan_flow(50.0, 1), limits, recorder);
    REQUIRE(summary.end == End::stopped);
    CHECK(summary.progress.step_size == last);
    CHECK(worst < 1e-14);
    State<double> derivative(12);
    factor_field<double>(theta, 0.0, derivative);
    CHECK(derivative.norm() == Approx(0.05).epsilon(1e-8));
  }
}

TEST_CASE("a flow ends where its sharpness reaches 2 over a step size") {
  const double tau = 0.57;
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    // y² − x² = 3.05 is conserved: the sharpness grows from 3.2 to x² + y² = 3.65 at the minimum xy = 1.
    ProductField field;
    State<double> theta(2);
    theta << 0.1, 1.75;
    // The crossing from a tight flow's rows and the formula.
    const auto close = find_method("dop853").make<double>(tolerances(1e-12, 1e-14));
    State<double> exact = theta;
    Limits close_limits;
    Recorder<double> fine;
    run<double>(*close, field, exact, plan_flow(3.0, 3000), close_limits, fine);
    double crossing = 0.0;
    for (std::size_t i = 1; i < fine.rows.size() && crossing == 0.0; ++i) {
      const double now = ProductField::sharpness(fine.states[i]) - 2.0 / tau;
      const double then = ProductField::sharpness(fine.states[i - 1]) - 2.0 / tau;
      if (now >= 0.0) crossing = fine.rows[i - 1].t + 1e-3 * then / (then - now);
    }
    REQUIRE(crossing > 0.1);
    Limits limits;
    limits.stop.sharpness = 2.0 / tau;
    const auto method = entry.make<double>(tolerances(1e-6, 1e-8));
    Observer<double> observer;
    const Summary summary = run<double>(*method, field, theta, plan_flow(3.0, 2), limits, observer);
    REQUIRE(summary.end == End::stopped);
    CHECK_THAT(summary.text, Catch::Contains("sharpness") && Catch::Contains("2 / 0.57"));
    CHECK(ProductField::sharpness(theta) == Approx(2.0 / tau).epsilon(1e-6));
    CHECK(summary.t == Approx(crossing).epsilon(entry.name == "rkc2" || entry.name == "cvode" ? 1e-4 : 2e-5));
  }
}

TEST_CASE("of several conditions the first one ends the run") {
  const double tol = 1e-8;
  for (const double first : {0.3, 0.9}) {
    QuadraticField<double> field(Eigen::MatrixXd::Constant(1, 1, 1.0));
    State<double> theta = State<double>::Ones(1);
    Limits limits;
    limits.stop.loss = 0.5 * std::exp(-2.0 * 0.6);
    limits.stop.gradient_norm = std::exp(-first);
    const auto method = find_method("dop853").make<double>(tolerances(tol, tol));
    Observer<double> observer;
    const Summary summary = run<double>(*method, field, theta, plan_flow(5.0, 1), limits, observer);
    CHECK(summary.end == End::stopped);
    CHECK(summary.t == Approx(std::min(first, 0.6)).epsilon(1e-6));
    CHECK_THAT(summary.text, Catch::Contains(first < 0.6 ? "norm" : "loss"));
  }
}

TEST_CASE("a condition that holds at the start ends the run there, and one that never holds changes nothing") {
  for (const MethodEntry& entry : kMethods) {
    if (entry.name == "rk4" || entry.name == "adams-bashforth-moulton") continue;
    CAPTURE(entry.name);
    const Eigen::MatrixXd a = random_hessian(3, 6);
    const Schedule schedule({}, 0.05, 2.0, std::nullopt, StepFormat::float64);
    MethodOptions options = tolerances(1e-6, 1e-8);
    options.schedule = &schedule;
    const Plan plan = entry.adaptive ? plan_flow(2.0, 4) : plan_steps(schedule, 2.0, 4);
    const auto end = [&](const Limits& limits, State<double>& theta, Recorder<double>& recorder) {
      QuadraticField<double> field(a);
      theta = State<double>::LinSpaced(6, 1.0, 2.0);
      return run<double>(*entry.make<double>(options), field, theta, plan, limits, recorder);
    };
    State<double> plain, watched, never;
    Recorder<double> first, second, third;
    Limits limits;
    limits.stop.gradient_norm = 1e6;
    const Summary at_once = end(limits, never, first);
    CHECK(at_once.end == End::stopped);
    CHECK(at_once.steps == 0);
    CHECK(first.steps == 0);
    REQUIRE(first.rows.size() == 1);
    CHECK(first.rows[0].planned);
    CHECK(never == State<double>::LinSpaced(6, 1.0, 2.0));
    limits.stop.gradient_norm = 1e-9;
    limits.stop.loss = 1e-9;
    limits.stop.sharpness = 1e9;
    const Summary with = end(limits, watched, second), without = end({}, plain, third);
    CHECK(with.end == End::completed);
    CHECK(watched == plain);
    CHECK(with.steps == without.steps);
    CHECK(with.evaluations > without.evaluations);  // looking counts
  }
}

TEST_CASE("gradient descent ends at its first state that meets the condition, at no cost for loss and gradient") {
  const double tau = 0.1;
  QuadraticField<double> field(Eigen::MatrixXd::Constant(1, 1, 1.0));
  const Schedule schedule({}, tau, 10.0, std::nullopt, StepFormat::float64);
  MethodOptions options;
  options.schedule = &schedule;
  State<double> theta = State<double>::Ones(1);
  Limits limits;
  limits.stop.loss = 0.1;  // 0.5 · 0.81^k
  Recorder<double> recorder;
  const auto method = find_method("gradient-descent").make<double>(options);
  const Summary summary = run<double>(*method, field, theta, plan_steps(schedule, 10.0, 4), limits, recorder);
  CHECK(summary.end == End::stopped);
  CHECK(summary.steps == 8);
  CHECK(theta(0) == Approx(std::pow(0.9, 8)));
  CHECK(summary.t == Approx(0.8));
  CHECK(recorder.steps == 8);
  CHECK(recorder.rows.back().step == 8);
  CHECK(recorder.states.back() == theta);
  CHECK(summary.evaluations == 9);
}

TEST_CASE("gradient descent ends where its sharpness reaches 2 over its own step size") {
  // Progressive sharpening along C = ½ (xy − 1)²; for a schedule the step is that of the moment.
  for (const char* rule : {"constant", "linear:0.3"}) {
    CAPTURE(rule);
    ProductField field;
    const Schedule schedule(parse_schedule(rule), 0.57, 20.0, std::nullopt, StepFormat::float64);
    MethodOptions options;
    options.schedule = &schedule;
    State<double> theta(2);
    theta << 0.1, 1.75;
    Limits limits;
    limits.stop.own_step = true;
    std::vector<double> products;
    Recorder<double> recorder;
    recorder.check = [&](const StepView<double>& step) {
      products.push_back(ProductField::sharpness(*step.before) * static_cast<double>(step.tau));
    };
    const auto method = find_method("gradient-descent").make<double>(options);
    const Summary summary = run<double>(*method, field, theta, plan_steps(schedule, 20.0, 4), limits, recorder);
    for (const double product : products) CHECK(product < 2.0 + 1e-6);
    CHECK(summary.evaluations < 4 * (summary.steps + 2));  // a few for each look
    if (summary.end == End::stopped)
      CHECK(ProductField::sharpness(theta) * schedule[summary.steps] >= 2.0 - 1e-6);
    else
      CHECK(std::string(rule) != "constant");
  }
}

TEST_CASE("a projected flow ends on its level set") {
  // θ' = Ωθ turns on the sphere, F = −∇C of no C: the norm of another linear function falls.
  FunctionField<double> field(2, [](const State<double>& p, double, State<double>& d) {
    d << -p(1) * (1.0 + p(0)), p(0) * (1.0 + p(0));  // ‖F‖ = ‖p‖ (1 + p_0)
  });
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    Sphere sphere;
    Projected<double> method(entry.make<double>(tolerances(1e-4, 1e-6)), sphere);
    State<double> theta(2);
    theta << 0.6, 0.8;
    Limits limits;
    limits.stop.gradient_norm = 1.1;
    Observer<double> observer;
    const Summary summary = run<double>(method, field, theta, plan_flow(3.0, 1), limits, observer);
    CHECK(summary.end == End::stopped);
    CHECK(theta(0) == Approx(0.1).epsilon(1e-6));
    CHECK(theta.norm() == Approx(1.0).epsilon(1e-15));
  }
}

TEST_CASE("in float a flow ends at its condition to the format's resolution") {
  for (const MethodEntry& entry : adaptive_methods()) {
    CAPTURE(entry.name);
    QuadraticField<float> field(QuadraticField<float>::Matrix::Constant(1, 1, 1.0f));
    State<float> theta = State<float>::Ones(1);
    Limits limits;
    limits.stop.loss = 0.5 * std::exp(-2.0);
    const auto method = entry.make<float>(tolerances(1e-4, 1e-6));
    Observer<float> observer;
    const Summary summary = run<float>(*method, field, theta, plan_flow(5.0, 1), limits, observer);
    CHECK(summary.end == End::stopped);
    CHECK(summary.t == Approx(1.0).epsilon(entry.name == "rkc2" ? 1e-2 : 1e-3));
    CHECK(0.5 * theta(0) * theta(0) == Approx(limits.stop.loss).epsilon(1e-5));
  }
}

TEST_CASE("a run that goes on from a checkpoint ends at the same place") {
  const auto run_from = [](std::int64_t stop_after, Summary& cut) {
    ProductField field;
    State<double> theta(2);
    theta << 0.1, 1.75;
    Limits limits;
    limits.stop.sharpness = 3.5;
    const auto method = find_method("tsit5").make<double>(tolerances(1e-7, 1e-9));
    Recorder<double> recorder;
    recorder.stop_after = stop_after;
    cut = run<double>(*method, field, theta, plan_flow(3.0, 30), limits, recorder);
    if (cut.end == End::interrupted) {
      recorder.stop_after = -1;
      const Summary done = resume<double>(*method, field, theta, plan_flow(3.0, 30), limits, recorder, cut.progress);
      CHECK(done.evaluations >= cut.evaluations);
      cut = done;
    }
    return theta;
  };
  Summary whole, parts;
  const State<double> expected = run_from(-1, whole), found = run_from(4, parts);
  CHECK(whole.end == End::stopped);
  CHECK(parts.end == End::stopped);
  CHECK(parts.t == Approx(whole.t).epsilon(1e-9));
  CHECK((found - expected).norm() < 1e-9);
}
