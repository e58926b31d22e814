#include "experiments/train/expected_drift.h"

#include <algorithm>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <string>

namespace invar {

template <class G>
ExpectedDrift<G>::ExpectedDrift(const UnitSetup& unit, std::size_t run, Objective<G>& objective, std::int64_t probes)
    : setup_(unit.runs[run]),
      objective_(objective),
      sampler_(objective.samples(), unit.configuration->replacement,
               static_cast<std::uint64_t>(setup_.run->sampling_seed), "probes"),
      probes_(static_cast<std::size_t>(probes)),
      point_(static_cast<std::size_t>(objective.size())),
      gradient_(point_.size()),
      wide_(point_.size()),
      low_(unit.components()),
      value_(unit.components(), 0.0),
      variance_(unit.components(), 0.0) {
  for (const LawForm& form : unit.problem.forms) evaluators_.emplace_back(form);
}

// Which steps: by the seed and the stretch alone, so that nothing of it is to be archived.
template <class G>
void ExpectedDrift<G>::begin(std::int64_t step) {
  const std::vector<PlanStop>& stops = setup_.plan.stops;
  const auto after =
      std::ranges::find_if(stops, [step](const PlanStop& stop) { return stop.row > 0 && stop.step > step; });
  begin_ = step;
  end_ = after->step;
  data::Engine engine = data::engine(static_cast<std::uint64_t>(setup_.run->sampling_seed),
                                     "probed steps before row " + std::to_string(after->row));
  boost::random::uniform_01<double> any;
  chosen_.clear();
  const double part = static_cast<double>(end_ - begin_) / static_cast<double>(probes_);
  for (std::size_t p = 0; p < probes_; ++p) {
    const double at = part * (static_cast<double>(p) + any(engine));
    chosen_.push_back(std::min(begin_ + static_cast<std::int64_t>(at), end_ - 1));  // ascending
  }
  next_ = 0;
  samples_.clear();
}

template <class G>
void ExpectedDrift<G>::probe(double tau) {
  objective_.evaluate(point_.data(), sampler_.draw(setup_.batch), gradient_.data());
  std::ranges::transform(gradient_, wide_.begin(), [](G x) { return static_cast<double>(x); });
  const std::size_t first = samples_.size();
  samples_.resize(first + value_.size());
  std::size_t at = first;
  for (Evaluator& evaluator : evaluators_) {
    evaluator.quadratic(Arithmetic::plain, wide_.data(), {samples_.data() + at, low_.data()});
    at += static_cast<std::size_t>(evaluator.form().components());
  }
  for (std::size_t i = first; i < samples_.size(); ++i) samples_[i] *= tau * tau;
}

template <class G>
void ExpectedDrift<G>::row() {
  if (chosen_.empty()) return;  // the start
  const std::size_t components = value_.size();
  const auto steps = static_cast<double>(end_ - begin_), probes = static_cast<double>(probes_);
  for (std::size_t c = 0; c < components; ++c) {
    double sum = 0.0, squares = 0.0;
    for (std::size_t p = 0; p < probes_; ++p) sum += samples_[p * components + c];
    const double mean = sum / probes;
    for (std::size_t p = 0; p < probes_; ++p) squares += std::pow(samples_[p * components + c] - mean, 2);
    value_[c] += steps * mean;
    variance_[c] += steps * steps / probes * squares / (probes - 1.0);
  }
  chosen_.clear();
}

template <class G>
std::vector<double> ExpectedDrift<G>::error() const {
  std::vector<double> result(variance_.size());
  std::ranges::transform(variance_, result.begin(), [](double variance) { return std::sqrt(variance); });
  return result;
}

template <class G>
void ExpectedDrift<G>::archive(Archive& archive) {
  archive("sampler", sampler_);
  archive("value", value_);
  archive("variance", variance_);
}

template class ExpectedDrift<float>;
template class ExpectedDrift<double>;

}  // namespace invar
