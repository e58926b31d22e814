#include "problem/law_level_set.h"

#include <algorithm>
#include <cmath>

namespace invar {
namespace {

template <class S>
void widen(const State<S>& from, std::vector<double>& to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<double>(from[static_cast<Eigen::Index>(i)]);
}

}  // namespace

template <class S>
LawLevelSet<S>::LawLevelSet(const std::vector<LawForm>& forms, Eigen::Index parameters) {
  for (const LawForm& form : forms) {
    if (form.kind != LawKind::law) continue;
    laws_.emplace_back(form);
    size_ += form.components();
  }
  for (auto* numbers : {&theta_, &v_, &sum_}) numbers->resize(static_cast<std::size_t>(parameters));
  for (auto* numbers : {&start_, &start_low_, &value_, &value_low_, &unit_})
    numbers->resize(static_cast<std::size_t>(size_));
}

template <class S>
void LawLevelSet<S>::value(const State<S>& theta) {
  widen(theta, theta_);
  std::size_t at = 0;
  for (Evaluator& law : laws_) {
    law.value(theta_.data(), {value_.data() + at, value_low_.data() + at});
    at += static_cast<std::size_t>(law.form().components());
  }
}

template <class S>
void LawLevelSet<S>::start(const State<S>& theta) {
  value(theta);
  start_ = value_;
  start_low_ = value_low_;
  std::transform(theta_.begin(), theta_.end(), theta_.begin(), [](double x) { return std::abs(x); });
  std::size_t at = 0;
  for (Evaluator& law : laws_) {
    law.value_magnitude(theta_.data(), unit_.data() + at);
    at += static_cast<std::size_t>(law.form().components());
  }
  std::transform(unit_.begin(), unit_.end(), unit_.begin(), [](double size) { return size > 0.0 ? 1.0 / size : 1.0; });
}

template <class S>
void LawLevelSet<S>::residual(const State<S>& theta, Eigen::VectorXd& g) {
  value(theta);
  for (std::size_t c = 0; c < unit_.size(); ++c)
    g[static_cast<Eigen::Index>(c)] = ((value_[c] - start_[c]) + (value_low_[c] - start_low_[c])) * unit_[c];
}

template <class S>
void LawLevelSet<S>::derivative(const State<S>& theta, const State<S>& v, Eigen::VectorXd& out) {
  widen(theta, theta_);
  widen(v, v_);
  std::size_t at = 0;
  for (Evaluator& law : laws_) {
    law.derivative(Arithmetic::plain, theta_.data(), v_.data(), {value_.data() + at, value_low_.data() + at});
    at += static_cast<std::size_t>(law.form().components());
  }
  for (std::size_t c = 0; c < unit_.size(); ++c) out[static_cast<Eigen::Index>(c)] = value_[c] * unit_[c];
}

template <class S>
void LawLevelSet<S>::transposed(const State<S>& theta, const Eigen::VectorXd& lambda, State<S>& out) {
  widen(theta, theta_);
  std::fill(sum_.begin(), sum_.end(), 0.0);
  std::size_t at = 0;
  for (const Evaluator& law : laws_) {
    const LawForm& form = law.form();
    for (std::int64_t c = 0; c < form.components(); ++c, ++at) {
      const double factor = lambda[static_cast<Eigen::Index>(at)] * unit_[at];
      for (const LawForm::Product& product : form.products_of(c)) {
        const auto p = form.slice(product.p), q = form.slice(product.q);
        const double weight = factor * product.coefficient;
        for (std::size_t i = 0; i < p.size(); ++i) {
          const auto from = static_cast<std::size_t>(p[i]), to = static_cast<std::size_t>(q[i]);
          sum_[from] += weight * theta_[to];
          sum_[to] += weight * theta_[from];
        }
      }
      for (const LawForm::Sum& sum : form.sums_of(c))
        for (const Index element : form.slice(sum.p))
          sum_[static_cast<std::size_t>(element)] += factor * sum.coefficient;
    }
  }
  for (std::size_t i = 0; i < sum_.size(); ++i) out[static_cast<Eigen::Index>(i)] = static_cast<S>(sum_[i]);
}

template class LawLevelSet<float>;
template class LawLevelSet<double>;

}  // namespace invar
