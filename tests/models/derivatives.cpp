// Derivatives of every block of the registry and of every text, in every option and behind both losses.
#include <catch2/catch.hpp>

#include "tensor/derivative.h"
#include "tests/models/small_block.h"

namespace invar {
namespace {

Quad cost_of(const SmallBlock& small, const std::vector<Quad>& theta) {
  Objective<Quad> objective(small.plans, small.samples);
  std::vector<Quad> gradient(theta.size());
  return objective.evaluate(theta.data(), gradient.data());
}

std::vector<double> direction(std::size_t size, std::uint64_t seed) {
  data::Engine engine = data::engine(seed, "direction");
  return data::standard_normal(engine, static_cast<std::int64_t>(size));
}

/// Every parameter by itself; of nets, which have many, a random direction of each tensor.
std::vector<std::vector<double>> directions_of(const SmallBlock& small, std::uint64_t seed) {
  std::vector<std::vector<double>> directions;
  const bool each = small.theta.size() <= 100;
  for (const Tensor& tensor : small.block.parameters.tensors()) {
    const std::vector<double> random = direction(small.theta.size(), seed);
    for (Index k = 0; k < (each ? tensor.size : 1); ++k) {
      std::vector<double>& v = directions.emplace_back(small.theta.size(), 0.0);
      if (each)
        v[static_cast<std::size_t>(tensor.offset + k)] = 1.0;
      else
        std::copy_n(random.begin() + tensor.offset, tensor.size, v.begin() + tensor.offset);
    }
  }
  return directions;
}

}  // namespace

TEST_CASE("the gradient in double and float is that in quad precision, to rounding") {
  std::uint64_t seed = 0;
  for (const CostCase& which : cost_cases())
    // A single sample, part of a pack, and whole packs with one sample more: each takes kernels of its own.
    for (const Index samples : {1, 5, 17}) {
      CAPTURE(which.name, samples);
      const SmallBlock small = small_block(which, ++seed, samples);
      const std::vector<Quad> exact = gradient_of(small, cast<Quad>(small.theta));
      CHECK(relative_distance(gradient_of(small, small.theta), exact) < 1e-14);
      CHECK(relative_distance(gradient_of(small, cast<float>(small.theta)), exact) < 2e-5);
    }
}

TEST_CASE("the gradient is the central difference of the cost") {
  std::uint64_t seed = 100;
  for (const CostCase& which : cost_cases()) {
    CAPTURE(which.name);
    const SmallBlock small = small_block(which, ++seed);
    const std::vector<Quad> theta = cast<Quad>(small.theta), gradient = gradient_of(small, theta);
    const Quad h(1e-9);  // in quad: truncation 1e-18, rounding 1e-25; no kink of these samples is as near
    Quad worst(0), size(0);
    for (const std::vector<double>& v : directions_of(small, seed)) {
      std::vector<Quad> up = theta, down = theta;
      Quad along(0);
      for (std::size_t i = 0; i < theta.size(); ++i) {
        up[i] += h * Quad(v[i]);
        down[i] -= h * Quad(v[i]);
        along += gradient[i] * Quad(v[i]);
      }
      worst = std::max<Quad>(worst, abs((cost_of(small, up) - cost_of(small, down)) / (2 * h) - along));
      size = std::max<Quad>(size, abs(along));
    }
    CHECK(static_cast<double>(worst / size) < 1e-14);
  }
}

TEST_CASE("a Hessian-vector product is the difference of gradients, and symmetric") {
  std::uint64_t seed = 200;
  for (const CostCase& which : cost_cases()) {
    const Index samples = seed % 2 == 0 ? 1 : 5;
    CAPTURE(which.name, samples);
    const SmallBlock small = small_block(which, ++seed, samples);
    const std::vector<double> u = direction(small.theta.size(), seed), v = direction(small.theta.size(), seed + 1000);
    const std::vector<double> hu = hessian_times(small, small.theta, u), hv = hessian_times(small, small.theta, v);
    double uhv = 0.0, vhu = 0.0, size = 0.0;
    for (std::size_t i = 0; i < u.size(); ++i) {
      uhv += u[i] * hv[i];
      vhu += v[i] * hu[i];
      size += std::abs(u[i] * hv[i]);
    }
    CHECK(std::abs(uhv - vhu) < 1e-12 * size);

    const Quad h(1e-9);
    std::vector<Quad> up = cast<Quad>(small.theta), down = up;
    for (std::size_t i = 0; i < v.size(); ++i) {
      up[i] += h * static_cast<Quad>(v[i]);
      down[i] -= h * static_cast<Quad>(v[i]);
    }
    std::vector<Quad> difference = gradient_of(small, up);
    const std::vector<Quad> minus = gradient_of(small, down);
    for (std::size_t i = 0; i < difference.size(); ++i) difference[i] = (difference[i] - minus[i]) / (2 * h);
    CHECK(relative_distance(hv, difference) < 1e-12);
  }
}

// Three gradient fields over one batch: of Σ f², of Σ sin f and of Σ f³. [X,[Y,Z]] + [Y,[Z,X]] + [Z,[X,Y]] = 0 holds
// for any vector fields, and takes third derivatives of f in all three of its terms.
TEST_CASE("third derivatives satisfy the Jacobi identity of brackets") {
  std::uint64_t seed = 300;
  for (const CostCase& which : cost_cases()) {
    CAPTURE(which.name);
    SmallBlock small = small_block(which, ++seed, 3);
    Graph graph = small.block.graph;
    const std::vector<NodeId>& theta = small.block.parameter_nodes;
    const NodeId f = small.block.output;
    const NodeId weight = graph.sample(SampleLeaf::weight, "weight", {});
    const NodeId square = graph.multiply(f, f);
    std::vector<std::vector<NodeId>> fields;
    for (const NodeId g : {square, graph.apply(Function::sin, f), graph.multiply(square, f)}) {
      const NodeId total = graph.contract({graph.whole(g)}, {}, {});
      fields.push_back(
          gradient(graph, graph.contract({graph.whole(total), graph.whole(weight)}, {}, {}, 1.0, true), theta));
    }
    const auto bracket = [&](const std::vector<NodeId>& x, const std::vector<NodeId>& y) {
      const std::vector<NodeId> dy_x = forward_derivative(graph, y, theta, x),
                                dx_y = forward_derivative(graph, x, theta, y);
      std::vector<NodeId> result;
      for (std::size_t i = 0; i < theta.size(); ++i)
        result.push_back(dx_y[i] == kNoNode ? dy_x[i] : graph.add(dy_x[i], graph.scale(dx_y[i], -1.0)));
      return result;
    };
    std::vector<Request> requests;
    for (int term = 0; term < 3; ++term) {
      const auto& [x, y, z] =
          std::tie(fields[static_cast<std::size_t>(term)], fields[static_cast<std::size_t>((term + 1) % 3)],
                   fields[static_cast<std::size_t>((term + 2) % 3)]);
      const std::vector<NodeId> nested = bracket(x, bracket(y, z));
      for (std::size_t i = 0; i < theta.size(); ++i) {
        const Tensor& tensor = small.block.parameters.tensors()[i];
        requests.push_back({nested[i], term, tensor.offset, tensor.size});
      }
    }
    HostExecutor<double> executor(std::make_shared<const KernelPlan>(make_plan(graph, requests)), 3);
    PackedSamples<double> packed(small.samples, 3, 3);
    const std::vector<Index> all{0, 1, 2};
    packed.pack(all);
    std::vector<std::vector<double>> terms(3, std::vector<double>(small.theta.size()));
    executor.set_variable(0, small.theta.data());
    for (std::size_t term = 0; term < 3; ++term) executor.set_output(term, terms[term].data());
    const auto chunk = packed.chunk(0);
    executor.set_samples(chunk.input, chunk.target, chunk.weight, chunk.lanes, chunk.samples);
    executor.run();
    double sum = 0.0, size = 0.0;
    for (std::size_t i = 0; i < small.theta.size(); ++i) {
      sum += std::pow(terms[0][i] + terms[1][i] + terms[2][i], 2);
      size += std::pow(terms[0][i], 2) + std::pow(terms[1][i], 2) + std::pow(terms[2][i], 2);
    }
    CHECK(std::sqrt(sum) <= 1e-11 * std::sqrt(size));
    if (small.theta.size() > 2) CHECK(size > 0.0);
  }
}

}  // namespace invar
