// GD and SGD: one explicit Euler, θ' = θ + τ_k F(θ), F = −∇C of the field's current batch, τ_k from a schedule. The
// update is Odeint's own operation as its `euler` calls it, so that the bits are the same whether or not the compiler
// fuses the product and the sum. Where the field keeps θ on a device the steps are taken there.
#include <array>
#include <boost/numeric/odeint/algebra/default_operations.hpp>
#include <optional>
#include <stdexcept>

#include "integrators/registry.h"

namespace invar {
namespace {

template <class S>
class GradientDescent final : public Method<S> {
 public:
  explicit GradientDescent(const Schedule& schedule) : schedule_(schedule) {}

  void start(VectorField<S>& field, const State<S>& theta, double t) override {
    field_ = &field;
    t_start_ = t;
    times_.emplace(schedule_);
    before_.resize(theta.size());
    derivative_.resize(theta.size());
    this->step_ = {};
    this->counters_ = {};
    resident_ = field.resident();
    shown_ = true;
    if (resident_) resident_->place(theta);
  }

  Advance advance(State<S>& theta, double& t, double) override {
    const S tau = static_cast<S>(times_->step_size());
    if (resident_) {
      norm_ = field_->step_resident(tau);
      theta_ = &theta;
      shown_ = false;
    } else {
      field_->evaluate(theta, t, derivative_);
      before_ = theta;
      using Update = boost::numeric::odeint::default_operations::scale_sum2<S, S>;
      Update(S(1), tau)(theta, before_, derivative_);
    }
    times_->next();
    const double t_after = t_start_ + times_->time();
    this->step_ = {this->counters_.accepted, t, t_after, tau, &before_, &theta, &euler_tableau(), stages_};
    if (resident_) this->step_.away = this;
    ++this->counters_.accepted;
    t = t_after;
    return {};
  }

  void show() override {
    if (shown_) return;
    resident_->fetch(before_, *theta_, derivative_);
    shown_ = true;
  }

  double norm(const State<S>& theta) const override { return shown_ ? Method<S>::norm(theta) : norm_; }

  void archive(Archive& archive) override {
    Method<S>::archive(archive);
    archive("t_start", t_start_);
    archive("times", *times_);
  }

 private:
  const Schedule& schedule_;
  std::optional<StepTimes> times_;
  VectorField<S>* field_ = nullptr;
  double t_start_ = 0.0;
  State<S> before_;
  State<S> derivative_;
  std::array<const State<S>*, 1> stages_{&derivative_};
  ResidentField<S>* resident_ = nullptr;  // keeps θ on a device
  State<S>* theta_ = nullptr;             // of the last step there
  bool shown_ = true;                     // θ, before and derivative are those of the last step
  double norm_ = 0.0;                     // ‖θ‖ after it
};

}  // namespace

template <class S>
MadeMethod<S> make_gradient_descent(const MethodOptions& options) {
  if (options.schedule == nullptr || options.schedule->format() != kStepFormat<S>) {
    throw std::logic_error("gradient descent needs a schedule in the format of its parameters");
  }
  return std::make_unique<GradientDescent<S>>(*options.schedule);
}

template MadeMethod<float> make_gradient_descent<float>(const MethodOptions&);
template MadeMethod<double> make_gradient_descent<double>(const MethodOptions&);

}  // namespace invar
