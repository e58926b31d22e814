#include "law/defect.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>

namespace invar {
namespace {

// add(element, derivative) for every term of ∇h_c(θ); an element may come several times.
template <class Add>
void each_derivative(const LawForm& form, std::int64_t c, const double* theta, Add add) {
  for (const LawForm::Product& product : form.products_of(c)) {
    const auto p = form.slice(product.p), q = form.slice(product.q);
    for (std::size_t l = 0; l < p.size(); ++l) {
      add(p[l], product.coefficient * theta[q[l]]);
      add(q[l], product.coefficient * theta[p[l]]);
    }
  }
  for (const LawForm::Sum& sum : form.sums_of(c))
    for (const Index element : form.slice(sum.p)) add(element, sum.coefficient);
}

double squared_norm(std::span<const double> vector) {
  return Eigen::Map<const Eigen::VectorXd>(vector.data(), static_cast<Eigen::Index>(vector.size())).squaredNorm();
}

}  // namespace

std::vector<std::pair<Index, double>> component_gradient(const LawForm& form, std::int64_t c, const double* theta) {
  std::map<Index, double> sum;
  each_derivative(form, c, theta, [&](Index element, double derivative) { sum[element] += derivative; });
  return {sum.begin(), sum.end()};
}

DefectMeter::DefectMeter(const LawForm& form, Index parameters)
    : evaluator_(form), norms_(form), dense_(static_cast<std::size_t>(parameters)) {
  slice_norms_.resize(static_cast<std::size_t>(form.slices()) + 1);
  for (auto* numbers : {&gradient_norm_, &product_, &product_low_, &norm_, &largest_product_, &largest_norm_})
    numbers->resize(static_cast<std::size_t>(form.components()));
}

void DefectMeter::gradient_norms(const double* theta) {
  const LawForm& form = evaluator_.form();
  for (std::size_t c = 0; c < gradient_norm_.size(); ++c) {
    const auto component = static_cast<std::int64_t>(c);
    each_derivative(form, component, theta, [&](Index e, double d) { dense_[static_cast<std::size_t>(e)] += d; });
    double squares = 0.0;
    each_derivative(form, component, theta, [&](Index e, double) {
      double& entry = dense_[static_cast<std::size_t>(e)];
      squares += entry * entry;
      entry = 0.0;
    });
    gradient_norm_[c] = std::sqrt(squares);
  }
}

void DefectMeter::measure(const double* theta, std::span<const double* const> gradients, double* defects) {
  gradient_norms(theta);
  std::fill(largest_product_.begin(), largest_product_.end(), 0.0);
  std::fill(largest_norm_.begin(), largest_norm_.end(), 0.0);
  double largest_whole = 0.0;
  for (const double* gradient : gradients) {
    const WideOut to{product_.data(), product_low_.data()};
    largest_whole = std::max(largest_whole, squared_norm({gradient, dense_.size()}));
    evaluator_.load_square(Arithmetic::plain, gradient);
    evaluator_.squared_norms(slice_norms_.data());
    norms_.components(slice_norms_.data(), gradient, norm_.data());
    evaluator_.derivative(Arithmetic::plain, theta, gradient, to);
    for (std::size_t c = 0; c < norm_.size(); ++c) {
      largest_product_[c] = std::max(largest_product_[c], std::abs(product_[c]));
      largest_norm_[c] = std::max(largest_norm_[c], norm_[c]);
    }
  }
  for (std::size_t c = 0; c < norm_.size(); ++c)
    defects[c] =
        defect_ratio(largest_product_[c], gradient_norm_[c], std::sqrt(largest_norm_[c]), std::sqrt(largest_whole));
}

double defect_of_gradient(std::span<const double> law_gradient, std::span<const double* const> gradients) {
  double largest_product = 0.0, largest_squares = 0.0, largest_whole = 0.0;
  for (const double* gradient : gradients) {
    double product = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < law_gradient.size(); ++i) {
      if (law_gradient[i] == 0.0) continue;
      product += law_gradient[i] * gradient[i];
      squares += gradient[i] * gradient[i];
    }
    largest_product = std::max(largest_product, std::abs(product));
    largest_squares = std::max(largest_squares, squares);
    largest_whole = std::max(largest_whole, squared_norm({gradient, law_gradient.size()}));
  }
  return defect_ratio(largest_product, std::sqrt(squared_norm(law_gradient)), std::sqrt(largest_squares),
                      std::sqrt(largest_whole));
}

}  // namespace invar
