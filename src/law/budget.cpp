// Conversion: the budget works in double, whatever the run's scalar.
#include "law/budget.h"

#include <stdexcept>
#include <type_traits>

#include "law/budget_on_device.h"
#include "law/budget_state.h"

namespace invar {
namespace {

void convert(const std::vector<form_detail::Range>& ranges, const float* from, std::vector<double>& to) {
  for (const form_detail::Range range : ranges)
    for (Index i = range.begin; i < range.end; ++i) to[static_cast<std::size_t>(i)] = static_cast<double>(from[i]);
}

}  // namespace

template <class S>
Budget<S>::Budget(const std::vector<const LawForm*>& forms, Index parameters, BudgetOptions options)
    : state_(std::make_unique<form_detail::BudgetState>(forms, parameters, options, std::is_same_v<S, float>)) {}

template <class S>
Budget<S>::~Budget() = default;
template <class S>
Budget<S>::Budget(Budget&&) noexcept = default;
template <class S>
Budget<S>& Budget<S>::operator=(Budget&&) noexcept = default;

template <class S>
std::span<const std::int64_t> Budget<S>::component_begin() const {
  return state_->component_begin;
}

template <class S>
std::span<const std::int64_t> Budget<S>::group_begin() const {
  return state_->group_begin;
}

template <class S>
void Budget<S>::start(const S* theta) {
  if constexpr (std::is_same_v<S, float>)
    if (state_->exact()) {
      state_->room_for({&state_->before});
      convert(state_->read, theta, state_->before);
      return state_->start(state_->before.data());
    }
  state_->start(theta);
}

template <class S>
void Budget<S>::step(const RungeKuttaStep<S>& step) {
  if (step.stages > state_->options.max_stages)
    throw std::logic_error("Budget: a step with more stages than max_stages");
  if constexpr (std::is_same_v<S, float>) {
    if (is_euler(step) && !state_->exact())
      return state_->float_euler_step({step.before, step.after, step.k[0], step.tau});
    state_->room_for_float_step(step.stages);
    convert(state_->read, step.before, state_->before);
    convert(state_->read, step.after, state_->after);
    for (int stage = 0; stage < step.stages; ++stage)
      convert(state_->read, step.k[stage], state_->stages[static_cast<std::size_t>(stage)]);
    state_->step({step.tau, step.a, step.b, step.stages, state_->stage_pointers.data(), state_->before.data(),
                  state_->after.data()});
  } else {
    state_->step(step);
  }
}

template <class S>
const BudgetRow& Budget<S>::record(const S* theta) {
  if constexpr (std::is_same_v<S, float>) {
    if (!state_->exact()) return state_->record(theta);
    state_->room_for({&state_->before});
    convert(state_->read, theta, state_->before);
    return state_->record(state_->before.data());
  } else {
    return state_->record(theta);
  }
}

template <class S>
cuda::EulerReductions Budget<S>::reductions() const {
  return form_detail::euler_reductions(*state_);
}

template <class S>
void Budget<S>::reduce_on(std::unique_ptr<cuda::DeviceReductions> device) {
  state_->device = std::move(device);
}

template <class S>
bool Budget<S>::wants_vectors() const {
  return state_->sample_due();
}

template <class S>
void Budget<S>::device_step(const EulerStep<S>& step) {
  state_->device_step(step);
}

template <class S>
void Budget<S>::archive(Archive& archive) {
  state_->archive(archive);
}

template class Budget<float>;
template class Budget<double>;

}  // namespace invar
