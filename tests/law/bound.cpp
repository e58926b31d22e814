// The bound's constants against dense matrices, and restricted norms against brute force.
#include "law/bound.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "cases.h"

using namespace invar;
using namespace invar::law_test;

namespace {

// S of one component over the parameters that it reads, from the form's products, element by element.
Eigen::MatrixXd dense(const LawForm& form, std::int64_t c) {
  std::map<Index, Index> place;
  for (const LawForm::Product& product : form.products_of(c))
    for (const std::int32_t slice : {product.p, product.q})
      for (const Index element : form.slice(slice)) place.try_emplace(element, static_cast<Index>(place.size()));
  const auto size = static_cast<Index>(place.size());
  Eigen::MatrixXd s = Eigen::MatrixXd::Zero(std::max<Index>(size, 1), std::max<Index>(size, 1));
  for (const LawForm::Product& product : form.products_of(c))
    for (std::size_t l = 0; l < form.slice(product.p).size(); ++l) {
      const Index p = place[form.slice(product.p)[l]], q = place[form.slice(product.q)[l]];
      s(p, q) += product.coefficient / 2;
      s(q, p) += product.coefficient / 2;
    }
  return s;
}

double frobenius(const LawForm& form, const std::vector<double>& h, std::int32_t group) {
  double squares = 0.0;
  for (std::size_t c = 0; c < h.size(); ++c)
    if (form.group[c] == group) squares += form.norm_weight[c] * h[c] * h[c];
  return std::sqrt(squares);
}

}  // namespace

TEST_CASE("M of a component is twice the largest row sum of |S|, and at least twice the norm of S") {
  const Block block = law_block();
  for (const LawForm& form : forms_of(block)) {
    const BoundConstants constants = bound_constants(form);
    for (std::int64_t c = 0; c < form.components(); ++c) {
      const Eigen::MatrixXd s = dense(form, c);
      const double expected = 2.0 * s.cwiseAbs().rowwise().sum().maxCoeff();
      const double norm =
          Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(s, Eigen::EigenvaluesOnly).eigenvalues().cwiseAbs().maxCoeff();
      INFO(form.name << " component " << c);
      CHECK(constants.component[static_cast<std::size_t>(c)] == Approx(expected));
      CHECK(constants.component[static_cast<std::size_t>(c)] >= 2.0 * norm * (1 - 1e-12));
    }
  }
}

TEST_CASE(
    "a matrix law with coefficients ±1 has M = 2 in the Frobenius norm, twice that where a parameter enters twice") {
  const Block block = law_block();
  const auto constant = [&](const char* name) { return bound_constants(form_of(block, name)).group[0]; };
  CHECK(constant("query_key") == 2.0);
  CHECK(constant("value_output") == 2.0);
  CHECK(constant("grouped") == 2.0);
  CHECK(constant("sum_of_both") == 2.0);
  CHECK(constant("tied") == 4.0);
  CHECK(constant("neuron") == 4.0);  // the coefficient 2 of ‖A‖²
  CHECK(constant("gate") == 0.0);
}

TEST_CASE("‖H(g)‖ ≤ (M/2) ‖g‖² over the group's parameters, with equality for a gradient of rank one") {
  const Block block = law_block();
  Random random(21);
  for (const LawForm& form : forms_of(block)) {
    if (form.linear()) continue;
    const BoundConstants constants = bound_constants(form);
    Evaluator evaluator(form);
    const RestrictedNorms norms(form);
    std::vector<double> slice_norms(static_cast<std::size_t>(form.slices()) + 1), squared(constants.group.size());
    Results h(form.components());
    for (int trial = 0; trial < 50; ++trial) {
      const auto g = random_vector(random, block.parameters.size());
      evaluator.quadratic(Arithmetic::plain, g.data(), h.out());
      evaluator.squared_norms(slice_norms.data());
      norms.groups(slice_norms.data(), g.data(), squared.data());
      for (std::int32_t group = 0; group < form.groups(); ++group) {
        const auto at = static_cast<std::size_t>(group);
        INFO(form.name << " group " << group);
        CHECK(frobenius(form, h.hi, group) <= 0.5 * constants.group[at] * squared[at] * (1 + 1e-12));
      }
    }
  }
  const LawForm form = form_of(block, "query_key");
  Evaluator evaluator(form);
  std::vector<double> g(static_cast<std::size_t>(block.parameters.size()), 0.0);
  for (std::size_t d = 0; d < 5; ++d)
    for (std::size_t a = 0; a < 4; ++a) g[d * 4 + a] = (1.0 + static_cast<double>(d)) * (2.0 - static_cast<double>(a));
  double squares = 0.0;
  for (const double entry : g) squares += entry * entry;
  Results h(form.components());
  evaluator.quadratic(Arithmetic::plain, g.data(), h.out());
  CHECK(frobenius(form, h.hi, 0) == Approx(squares));
}

TEST_CASE("norms restricted to what a component or a group reads count each parameter once") {
  const Block block = law_block();
  Random random(22);
  const auto g = random_vector(random, block.parameters.size());
  for (const LawForm& form : forms_of(block)) {
    Evaluator evaluator(form);
    const RestrictedNorms norms(form);
    std::vector<double> slice_norms(static_cast<std::size_t>(form.slices()) + 1);
    std::vector<double> components(static_cast<std::size_t>(form.components())),
        groups(static_cast<std::size_t>(form.groups()));
    for (const Arithmetic arithmetic : {Arithmetic::plain, Arithmetic::exact}) {
      evaluator.load_square(arithmetic, g.data());
      evaluator.squared_norms(slice_norms.data());
      norms.components(slice_norms.data(), g.data(), components.data());
      norms.groups(slice_norms.data(), g.data(), groups.data());
      std::vector<std::set<Index>> read(groups.size());
      for (std::int64_t c = 0; c < form.components(); ++c) {
        std::set<Index> own;
        for (const LawForm::Product& product : form.products_of(c))
          for (const std::int32_t s : {product.p, product.q}) own.insert(form.slice(s).begin(), form.slice(s).end());
        for (const LawForm::Sum& sum : form.sums_of(c)) own.insert(form.slice(sum.p).begin(), form.slice(sum.p).end());
        double expected = 0.0;
        for (const Index e : own) expected += g[static_cast<std::size_t>(e)] * g[static_cast<std::size_t>(e)];
        INFO(form.name << " component " << c);
        CHECK(components[static_cast<std::size_t>(c)] == Approx(expected).epsilon(1e-12));
        read[static_cast<std::size_t>(form.group[static_cast<std::size_t>(c)])].merge(own);
      }
      for (std::size_t group = 0; group < groups.size(); ++group) {
        double expected = 0.0;
        for (const Index e : read[group]) expected += g[static_cast<std::size_t>(e)] * g[static_cast<std::size_t>(e)];
        INFO(form.name << " group " << group);
        CHECK(groups[group] == Approx(expected).epsilon(1e-12));
      }
    }
  }
}
