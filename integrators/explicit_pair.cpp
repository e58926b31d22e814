// The stages of a step in the order of the tableau; see the header.
#include "integrators/explicit_pair.h"

#include <cmath>
#include <limits>

namespace invar {
namespace {

template <class S>
double rounded(double value) {
  return static_cast<double>(static_cast<S>(value));
}

template <class S>
Tableau make_tableau(const PairCoefficients& pair) {
  const std::size_t stages = pair.b.size();
  Tableau tableau{static_cast<int>(stages), std::vector<double>(stages * stages), {}, {}};
  for (std::size_t i = 1; i < stages; ++i)
    for (std::size_t j = 0; j < i; ++j) tableau.a[i * stages + j] = rounded<S>(pair.a[i - 1][j]);
  for (const double value : pair.b) tableau.b.push_back(rounded<S>(value));
  for (const double value : pair.c) tableau.c.push_back(rounded<S>(value));
  return tableau;
}

}  // namespace

template <class S>
ExplicitPair<S>::ExplicitPair(const MethodOptions& options, const PairCoefficients& pair)
    : AdaptiveMethod<S>(options),
      control_(pair.error_order, options.control, pair.gains),
      error_order_(pair.error_order),
      tableau_of_pair_(make_tableau<S>(pair)),
      first_same_as_last_(pair.b.back() == 0.0),
      inner_(pair.b.size() - (first_same_as_last_ ? 2 : 1)) {
  stage_.push_back(&this->first_);
  for (const State<S>& inner : inner_) stage_.push_back(&inner);
  if (first_same_as_last_) stage_.push_back(&this->last_);
  for (const std::vector<double>& row : pair.a) rows_.push_back(make_row(row));
  if (!first_same_as_last_) rows_.push_back(make_row(pair.b));
  error_ = make_row(pair.error);
  lower_error_ = make_row(pair.lower_error);
  this->tableau_ = &tableau_of_pair_;
  this->stages_ = stage_;
}

template <class S>
typename ExplicitPair<S>::Row ExplicitPair<S>::make_row(const std::vector<double>& weights) const {
  Row row;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] != 0.0) row.push_back({static_cast<S>(weights[i]), stage_[i]});
  }
  return row;
}

template <class S>
void ExplicitPair<S>::prepare(Eigen::Index size) {
  for (State<S>& inner : inner_) inner.resize(size);
  point_.resize(size);
}

template <class S>
double ExplicitPair<S>::error_norm(const State<S>& after, S tau) {
  combine<S>(nullptr, tau, error_, point_);
  const double error = this->norm_(point_, this->before_, after);
  if (lower_error_.empty() || error == 0.0 || !std::isfinite(error)) return error;
  combine<S>(nullptr, tau, lower_error_, point_);
  const double lower = this->norm_(point_, this->before_, after);
  return std::isfinite(lower) ? error / std::hypot(1.0, 0.1 * lower / error) : lower;
}

template <class S>
void ExplicitPair<S>::attempt(State<S>& after, Attempt& attempt) {
  VectorField<S>& field = this->field();
  const double tau = static_cast<double>(attempt.tau);
  for (std::size_t i = 0; i < inner_.size(); ++i) {
    combine<S>(&this->before_, attempt.tau, rows_[i], point_);
    field.evaluate(point_, attempt.t + tau * tableau_of_pair_.c[i + 1], inner_[i]);
  }
  combine<S>(&this->before_, attempt.tau, rows_.back(), after);
  if (first_same_as_last_) {
    field.evaluate(after, attempt.t + tau, this->last_);
    attempt.error = error_norm(after, attempt.tau);  // sees F(θ')
  } else {
    // Before F(θ'), so that a rejected attempt costs one gradient less.
    attempt.error = error_norm(after, attempt.tau);
    if (attempt.error <= 1.0) {
      field.evaluate(after, attempt.t + tau, this->last_);
      if (!this->last_.allFinite()) attempt.error = std::numeric_limits<double>::infinity();
    }
  }
  if (attempt.error <= 1.0) {
    control_.accept(tau, attempt.error, attempt.clipped);
  } else {
    control_.reject(tau, attempt.error);
  }
}

template class ExplicitPair<float>;
template class ExplicitPair<double>;

}  // namespace invar
