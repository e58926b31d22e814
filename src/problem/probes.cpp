#include "problem/probes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "data/sampling.h"

namespace invar {
namespace {

constexpr Index kProbes = 16;
constexpr std::uint64_t kProbeSeed = 1;
constexpr Index kQuadSamples = 256;

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

/// Over as many of the data, evenly spread, as are looked at in quad.
std::vector<Quad> mean_gradient(const Problem& problem, const std::vector<Quad>& point) {
  const LoadedSamples& data = problem.samples;
  const Index count = std::min(kQuadSamples, data.count);
  SampleArrays taken{count, data.input_elements, data.target_elements, {}, {}};
  taken.input.resize(static_cast<std::size_t>(count * data.input_elements));
  taken.target.resize(static_cast<std::size_t>(count * data.target_elements));
  for (Index i = 0; i < count; ++i) {
    data.read_input(i * data.count / count, taken.input.data() + i * data.input_elements);
    data.read_target(i * data.count / count, taken.target.data() + i * data.target_elements);
  }
  SampleGradients<Quad> each(problem.plans, taken);
  std::vector<Quad> mean(point.size(), Quad(0));
  each.for_each(point.data(), [&](Index, const Quad* gradient) {
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += gradient[i] / Quad(static_cast<double>(count));
  });
  return mean;
}

double quad_defect(const LawForm& form, const double* theta, const std::vector<std::vector<Quad>>& gradients) {
  double worst = std::numeric_limits<double>::quiet_NaN();
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
      for (const Quad& g : gradient) whole += g * g;
      along = std::max<Quad>(along, abs(dot));
      longest = std::max<Quad>(longest, squared);
      longest_whole = std::max<Quad>(longest_whole, whole);
    }
    const Quad defect = defect_ratio<Quad>(along, sqrt(size), sqrt(longest), sqrt(longest_whole));
    worst = std::fmax(worst, static_cast<double>(defect));
  }
  return worst;
}

}  // namespace

Probes::Probes(const Problem& problem) : problem_(problem), samples_(probe_samples(problem)) {
  single_ = std::make_unique<SampleGradients<double>>(problem.plans, samples_);
  gradients_.assign(static_cast<std::size_t>(samples_.count),
                    std::vector<double>(static_cast<std::size_t>(single_->size())));
  pointers_.reserve(gradients_.size() + 1);
  for (const Law& law : problem.general) general_.emplace_back(problem.block, law);
  slope_.resize(static_cast<std::size_t>(single_->size()));
  for (const LawForm& form : problem.forms) meters_.emplace_back(form, single_->size());
}

void Probes::measure(const double* theta, const double* whole, std::vector<double>& defects) {
  pointers_.clear();
  for (const auto& gradient : gradients_) pointers_.push_back(gradient.data());
  if (whole) pointers_.push_back(whole);
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

std::vector<double> Probes::quad_defects(const double* theta, const std::vector<bool>& asked, bool mean) const {
  SampleGradients<Quad> single(problem_.plans, samples_);
  std::vector<Quad> point(static_cast<std::size_t>(single.size()));
  for (std::size_t i = 0; i < point.size(); ++i) point[i] = Quad(theta[i]);
  std::vector<std::vector<Quad>> gradients;
  single.for_each(point.data(),
                  [&](Index, const Quad* gradient) { gradients.emplace_back(gradient, gradient + point.size()); });
  if (mean) gradients.push_back(mean_gradient(problem_, point));

  std::vector<double> result(problem_.forms.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t form = 0; form < result.size(); ++form)
    if (asked[form]) result[form] = quad_defect(problem_.forms[form], theta, gradients);
  return result;
}

}  // namespace invar
