#include "problem/probes.h"

#include <algorithm>

#include "data/sampling.h"

namespace invar {
namespace {

constexpr Index kProbes = 16;
constexpr std::uint64_t kProbeSeed = 1;

SampleArrays probe_samples(const Problem& problem) {
  const LoadedSamples& data = problem.samples;
  const Index taken = std::min(kProbes, data.count);
  SampleArrays probes{taken + kProbes, data.input_elements, data.target_elements, {}, {}};
  probes.input.resize(static_cast<std::size_t>(taken * data.input_elements));
  probes.target.resize(static_cast<std::size_t>(taken * data.target_elements));
  for (Index sample = 0; sample < taken; ++sample) {
    data.read_input(sample, probes.input.data() + sample * data.input_elements);
    data.read_target(sample, probes.target.data() + sample * data.target_elements);
  }
  data::Engine engine = data::engine(kProbeSeed, "probes");
  const std::vector<double> x = data::random_inputs(engine, kProbes * data.input_elements, problem.block.input_tokens);
  const Shape& output = problem.block.graph[problem.block.output].shape;
  const Index labels = problem.loss == Loss::label_cross_entropy ? output.back() : 0;
  std::vector<double> y = data::random_inputs(engine, kProbes * data.target_elements, labels);
  if (problem.loss == Loss::cross_entropy) {
    const Index classes = output.back();
    for (auto row = y.begin(); row != y.end(); row += classes) {
      double sum = 0.0;
      for (Index k = 0; k < classes; ++k) sum += row[k];
      for (Index k = 0; k < classes; ++k) row[k] += (1.0 - sum) / static_cast<double>(classes);
    }
  }
  probes.input.insert(probes.input.end(), x.begin(), x.end());
  probes.target.insert(probes.target.end(), y.begin(), y.end());
  return probes;
}

// A form's derivative ∇h_c(θ)·g in quad, and ‖∇h_c‖² and ‖g‖² over what it reads.
struct QuadSlope {
  std::vector<std::pair<Index, Quad>> entries;
};

QuadSlope quad_slope(const LawForm& form, std::int64_t c, const double* theta) {
  std::map<Index, Quad> slope;
  const auto at = static_cast<std::size_t>(c);
  for (std::int64_t i = form.product_begin[at]; i < form.product_begin[at + 1]; ++i) {
    const LawForm::Product& product = form.products[static_cast<std::size_t>(i)];
    const auto p = form.slice(product.p), q = form.slice(product.q);
    for (std::size_t k = 0; k < p.size(); ++k) {
      slope[p[k]] += Quad(product.coefficient) * Quad(theta[q[k]]);
      slope[q[k]] += Quad(product.coefficient) * Quad(theta[p[k]]);
    }
  }
  for (std::int64_t i = form.sum_begin[at]; i < form.sum_begin[at + 1]; ++i) {
    const LawForm::Sum& sum = form.sums[static_cast<std::size_t>(i)];
    for (const Index element : form.slice(sum.p)) slope[element] += Quad(sum.coefficient);
  }
  return {{slope.begin(), slope.end()}};
}

}  // namespace

Probes::Probes(const Problem& problem) : problem_(problem), samples_(probe_samples(problem)) {
  single_ = std::make_unique<SampleGradients<double>>(problem.plans, samples_);
  gradients_.assign(static_cast<std::size_t>(samples_.count),
                    std::vector<double>(static_cast<std::size_t>(single_->size())));
  for (const auto& gradient : gradients_) pointers_.push_back(gradient.data());
  for (const Law& law : problem.general) general_.emplace_back(problem.block, law);
  slope_.resize(static_cast<std::size_t>(single_->size()));
  for (const LawForm& form : problem.forms) meters_.emplace_back(form, single_->size());
}

void Probes::measure(const double* theta, std::vector<double>& defects) {
  single_->for_each(theta, [this](Index sample, const double* gradient) {
    std::copy_n(gradient, single_->size(), gradients_[static_cast<std::size_t>(sample)].data());
  });
  std::size_t first = 0;
  for (std::size_t f = 0; f < meters_.size(); ++f) {
    meters_[f].measure(theta, pointers_, defects.data() + first);
    first += static_cast<std::size_t>(problem_.forms[f].components());
  }
}

void Probes::measure_general(const double* theta, std::vector<double>& values, std::vector<double>& defects) {
  std::size_t at = 0;
  for (GeneralLaw& law : general_) {
    law.value(theta, values.data() + at);
    for (Index c = 0; c < law.components(); ++c) {
      law.gradient(c, theta, slope_.data());
      defects[at++] = defect_of_gradient(slope_, pointers_);
    }
  }
}

double Probes::quad_defect(std::size_t number, const double* theta) const {
  const LawForm& form = problem_.forms[number];
  SampleGradients<Quad> single(problem_.plans, samples_);
  std::vector<Quad> point(static_cast<std::size_t>(single.size()));
  for (std::size_t i = 0; i < point.size(); ++i) point[i] = Quad(theta[i]);
  std::vector<std::vector<Quad>> gradients;
  single.for_each(point.data(),
                  [&](Index, const Quad* gradient) { gradients.emplace_back(gradient, gradient + point.size()); });
  Quad worst(0);
  for (std::int64_t c = 0; c < form.components(); ++c) {
    const QuadSlope slope = quad_slope(form, c, theta);
    Quad size(0), along(0), longest(0), longest_whole(0);
    for (const auto& [element, value] : slope.entries) size += value * value;
    for (const auto& gradient : gradients) {
      Quad dot(0), squared(0), whole(0);
      for (const auto& [element, value] : slope.entries) {
        const Quad& g = gradient[static_cast<std::size_t>(element)];
        dot += value * g;
        squared += g * g;
      }
      along = std::max<Quad>(along, abs(dot));
      for (const Quad& g : gradient) whole += g * g;
      longest = std::max<Quad>(longest, squared);
      longest_whole = std::max<Quad>(longest_whole, whole);
    }
    worst = std::max<Quad>(worst, defect_ratio<Quad>(along, sqrt(size), sqrt(longest), sqrt(longest_whole)));
  }
  return static_cast<double>(worst);
}

}  // namespace invar
