// Bits that must not move: GD is Odeint's Euler, and threads share a batch without changing its sums.
#include <boost/numeric/odeint/algebra/vector_space_algebra.hpp>
#include <boost/numeric/odeint/external/eigen/eigen_resize.hpp>
#include <boost/numeric/odeint/stepper/euler.hpp>
#include <catch2/catch.hpp>

#include "integrators/loop.h"
#include "integrators/registry.h"
#include "problem/gradient_field.h"
#include "tests/experiments/small_job.h"

using namespace invar;
using namespace invar::testing;

namespace {

template <class S>
State<S> start_of(const Problem& problem) {
  return Eigen::Map<const Eigen::VectorXd>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()))
      .cast<S>();
}

template <class S>
void check_euler(const Problem& problem, double step_size) {
  namespace odeint = boost::numeric::odeint;
  const Schedule schedule(parse_schedule("power:0.3"), step_size, 1e6, 300, kStepFormat<S>);
  MethodOptions options;
  options.schedule = &schedule;
  const auto method = find_method("gradient-descent").make<S>(options);
  Objective<S> objective(problem.plans, problem.samples);
  GradientField<S> field(objective);
  State<S> theta = start_of<S>(problem);
  Observer<S> observer;
  REQUIRE(run<S>(*method, field, theta, plan_steps(schedule, 1e6, 10), Limits{}, observer).steps == 300);

  odeint::euler<State<S>, S, State<S>, S, odeint::vector_space_algebra> euler;
  State<S> expected = start_of<S>(problem);
  const auto system = [&](const State<S>& x, State<S>& slope, S) {
    slope.resize(x.size());
    objective.evaluate(x.data(), slope.data());
    slope = -slope;
  };
  for (std::int64_t k = 0; k < 300; ++k) euler.do_step(system, expected, S(0), static_cast<S>(schedule[k]));
  CHECK(theta == expected);
  CHECK(theta != start_of<S>(problem));
}

template <class S>
struct Bits {
  std::vector<S> gradient, batch_gradient, product;
  S cost, batch_cost;
  bool operator==(const Bits&) const = default;
};

template <class S>
Bits<S> bits(const Problem& problem, int threads) {
  const State<S> theta = start_of<S>(problem);
  const auto size = static_cast<std::size_t>(theta.size());
  std::vector<Index> batch;
  for (Index s = 0; s < problem.samples.count; s += 2) batch.push_back(s);
  Objective<S> objective(problem.plans, problem.samples, static_cast<Index>(batch.size()), threads);
  Bits<S> result{std::vector<S>(size), std::vector<S>(size), std::vector<S>(size), S(0), S(0)};
  result.cost = objective.evaluate(theta.data(), result.gradient.data());
  result.batch_cost = objective.evaluate(theta.data(), batch, result.batch_gradient.data());
  objective.hessian_product(theta.data(), result.gradient.data(), result.product.data());
  return result;
}

}  // namespace

TEST_CASE("GD on a real block has the bits of Odeint's Euler") {
  for (const SmallModel& model : small_models()) {
    CAPTURE(model.name);
    const Problem problem = problem_of(small_configuration(model, Loss::squared));
    check_euler<double>(problem, model.step_size);
    check_euler<float>(problem, model.step_size);
  }
}

TEST_CASE("a batch shared by any number of threads has the gradient of one thread, bit for bit") {
  // 5001 samples are at least 10 chunks, and an incomplete last one.
  for (const char* name : {"swiglu", "attention", "moe-softmax"})
    for (const SmallModel& model : small_models()) {
      if (model.name != name) continue;
      CAPTURE(model.name);
      const Problem problem = problem_of(small_configuration(model, Loss::squared, 5001));
      const Bits<double> in_double = bits<double>(problem, 1);
      const Bits<float> in_float = bits<float>(problem, 1);
      for (const int threads : {2, 3, 8, 20}) {
        CHECK(bits<double>(problem, threads) == in_double);
        CHECK(bits<float>(problem, threads) == in_float);
      }
    }
}
