// CVODE (Hindmarsh et al., ACM TOMS 31, 2005; SUNDIALS 6) as a Method: backward differentiation formulas of variable
// step and order 1 to 5, in Nordsieck form, for stiff flows. Each step solves y − γF(y) = a by a corrector of our own
// (sundials_corrector.h).
//
// CVODE takes its own steps, in double whatever the parameters' format. A limit in time does not cut them: what lies
// between two of them is interpolated by the method's own polynomial, so recording costs nothing and changes nothing.
// What the loop sees as a step then ends at the limit. No Runge–Kutta method: the whole change of a law over a step is
// its step part.
#include <cvode/cvode.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <stdexcept>

#include "integrators/registry.h"
#include "integrators/step_control.h"
#include "integrators/sundials_corrector.h"

namespace invar {
namespace {

using sundials::values;

constexpr int kMostIterations = 50;  // of conjugate gradients

using ContextObject = std::remove_pointer_t<SUNContext>;

void free_context(ContextObject* context) {
  SUNContext_Free(&context);
}
void free_memory(void* memory) {
  CVodeFree(&memory);
}

template <class S>
class Cvode final : public Method<S> {
 public:
  explicit Cvode(const MethodOptions& options)
      : rtol_(options.rtol),
        atol_(options.atol),
        first_step_(options.first_step),
        norm_{options.norm, options.tensor_begin},
        error_norm_(options.norm, options.rtol, options.atol, options.tensor_begin) {}

  void start(VectorField<S>& field, const State<S>& theta, double t) override {
    field_ = &field;
    const Eigen::Index size = theta.size();
    for (State<S>* buffer : {&before_, &argument_, &derivative_, &start_derivative_}) buffer->resize(size);
    if (!memory_ || values(state_.get()).size() != size) create(theta, t);
    begin(theta, t);
    before_begin_ = {};
    nonfinite_ = shown_ = 0;
    this->step_ = {};
    this->counters_ = {};
  }

  bool retake(State<S>& theta, double& t, double t_to) override {
    // Its polynomial reaches back to the end of the step before.
    if (CVodeGetDky(memory_.get(), t_to, 0, state_.get()) != CV_SUCCESS) return false;
    interpolated_ = true;
    theta = values(state_.get()).template cast<S>();
    const double t_before = this->step_.t;
    this->step_ = {this->step_.index, t_before, t_to, static_cast<S>(t_to - t_before), &before_, &theta, nullptr, {}};
    t = t_to;
    return true;
  }

  void constrain(Constraint<S>& constraint) override { constraint_ = &constraint; }

  // CVODE's Nordsieck array and its control of order and step cannot be read and written through its interface.
  void checkpoint(const State<S>& theta, double t) override { begin_again(theta, t); }

  void archive(Archive& archive) override {
    Method<S>::archive(archive);
    archive("nonfinite", nonfinite_);
    archive("shown", shown_);
    if (archive.loading()) before_begin_ = this->counters_;
  }

  Advance advance(State<S>& theta, double& t, double t_limit) override {
    before_ = theta;
    if (!started_) {
      if (!choose_first_step(theta, t))
        return Advance::failed(End::diverged, "the vector field is not finite at the start");
      started_ = true;
    }
    if (reached_ <= t) {
      const std::int64_t nonfinite = nonfinite_;
      // Without it CVODE goes on with steps that do not move t.
      CVodeSetMinStep(memory_.get(), shortest_step(t, t_limit));
      const int flag = CVode(memory_.get(), t_limit, state_.get(), &reached_, CV_ONE_STEP);
      count();
      if (flag < 0) return failed(flag, nonfinite_ - nonfinite);
      // A step may end beyond the last place at which F was asked for: where F has not been finite that is looked at.
      if (nonfinite_ > 0 && !evaluate(values(state_.get()), reached_))
        return Advance::failed(End::diverged, "the vector field is not finite where CVODE's next step of " +
                                                  number_text(reached_ - t) + " ends");
    }
    const double t_after = std::min(reached_, t_limit);
    if (t_after < reached_) {
      CVodeGetDky(memory_.get(), t_limit, 0, state_.get());
    } else if (interpolated_) {
      CVodeGetDky(memory_.get(), reached_, 0, state_.get());
    }
    interpolated_ = t_after < reached_;
    theta = values(state_.get()).template cast<S>();
    this->step_ = {shown_++, t, t_after, static_cast<S>(t_after - t), &before_, &theta, nullptr, {}};
    t = t_after;
    return {};
  }

 private:
  static Cvode& self(void* data) { return *static_cast<Cvode*>(data); }

  void create(const State<S>& theta, double t) {
    memory_.reset();
    corrector_.reset();
    SUNContext context = nullptr;
    if (SUNContext_Create(nullptr, &context) != 0) throw std::bad_alloc();
    state_.reset();
    context_.reset(context);
    state_ = sundials::make_vector(theta.size(), norm_, context);
    values(state_.get()) = theta.template cast<double>();
    memory_.reset(CVodeCreate(CV_BDF, context));
    if (!memory_) throw std::bad_alloc();
    CVodeSetErrHandlerFn(
        memory_.get(), [](int, const char*, const char*, char*, void*) {}, nullptr);
    corrector_ = sundials::make_corrector(state_.get(), kMostIterations, context);
    const bool ready = CVodeInit(memory_.get(), right_hand_side, t, state_.get()) == CV_SUCCESS &&
                       CVodeSetUserData(memory_.get(), this) == CV_SUCCESS &&
                       CVodeWFtolerances(memory_.get(), weights) == CV_SUCCESS &&
                       CVodeSetNonlinearSolver(memory_.get(), corrector_.get()) == CV_SUCCESS;
    const bool constrained = !constraint_ || (CVodeSetProjFn(memory_.get(), project) == CV_SUCCESS &&
                                              CVodeSetProjErrEst(memory_.get(), SUNFALSE) == CV_SUCCESS);
    if (!ready || !constrained) throw std::runtime_error("CVODE could not be set up");
  }

  void begin(const State<S>& theta, double t) {
    values(state_.get()) = theta.template cast<double>();
    if (CVodeReInit(memory_.get(), t, state_.get()) != CV_SUCCESS) throw std::runtime_error("CVODE could not begin");
    sundials::forget(corrector_.get());
    reached_ = t;
    started_ = interpolated_ = at_start_ = false;
  }

  void begin_again(const State<S>& theta, double t) {
    begin(theta, t);
    before_begin_ = this->counters_;
  }

  // CVODE's own choice would depend on the first limit in time. Order 1 comes first.
  bool choose_first_step(const State<S>& theta, double t) {
    field_->evaluate(theta, t, start_derivative_);
    if (!start_derivative_.allFinite()) return false;
    at_start_ = true;
    const double step = first_step_ > 0.0 ? first_step_
                                          : first_step(*field_, theta, t, start_derivative_, error_norm_, 2,
                                                       std::numeric_limits<double>::infinity(), argument_, derivative_);
    return CVodeSetInitStep(memory_.get(), step) == CV_SUCCESS;
  }

  /// F(y) into derivative_; false where it is not finite.
  bool evaluate(const sundials::Values& y, double t) {
    if constexpr (std::is_same_v<S, double>) {
      field_->evaluate(y, t, derivative_);
    } else {
      argument_ = y.template cast<S>();
      field_->evaluate(argument_, t, derivative_);
    }
    return derivative_.allFinite();
  }

  // CVODE tries a shorter step where F is not finite.
  static int right_hand_side(double t, N_Vector y, N_Vector f, void* data) {
    Cvode& method = self(data);
    if (method.at_start_) {  // CVODE's first call, where F is known
      values(f) = method.start_derivative_.template cast<double>();
      method.at_start_ = false;
      return 0;
    }
    if (!method.evaluate(values(y), t)) {
      ++method.nonfinite_;
      return 1;
    }
    values(f) = method.derivative_.template cast<double>();
    return 0;
  }

  // CVODE moves what it remembers of y, not of the steps before it.
  static int project(double, N_Vector y, N_Vector correction, double, N_Vector, void* data) {
    Cvode& method = self(data);
    State<S>&before = method.derivative_, &after = method.argument_;
    after = before = values(y).template cast<S>();
    method.constraint_->hold(after);
    values(correction) = (after - before).template cast<double>();
    return 0;
  }

  static int weights(N_Vector y, N_Vector w, void* data) {
    const Cvode& method = self(data);
    values(w) = (method.atol_ + method.rtol_ * values(y).array().abs()).inverse();
    return values(w).allFinite() ? 0 : -1;
  }

  // CVODE counts anew wherever it begins.
  void count() {
    long steps = 0, error_tests = 0, corrector = 0;
    CVodeGetNumSteps(memory_.get(), &steps);
    CVodeGetNumErrTestFails(memory_.get(), &error_tests);
    CVodeGetNumNonlinSolvConvFails(memory_.get(), &corrector);
    StepCounters& now = this->counters_;
    now.accepted = before_begin_.accepted + steps;
    now.rejected = before_begin_.rejected + error_tests + corrector;
    now.rejected_nonfinite = std::min<std::int64_t>(nonfinite_, now.rejected);
  }

  static Advance failed(int flag, std::int64_t nonfinite) {
    if (flag == CV_FIRST_RHSFUNC_ERR)
      return Advance::failed(End::diverged, "the vector field is not finite at the start");
    if (nonfinite > 0)
      return Advance::failed(End::stalled, "CVODE fails at the shortest step, " + std::to_string(nonfinite) +
                                               " evaluations not finite: the vector field has no finite values here");
    if (flag == CV_ERR_FAILURE || flag == CV_CONV_FAILURE)
      return Advance::failed(End::stalled,
                             std::string(flag == CV_ERR_FAILURE ? "CVODE's error test" : "CVODE's corrector") +
                                 " fails at the shortest step: the vector field jumps or grows without bound here, or "
                                 "the tolerance is below its rounding");
    const std::unique_ptr<char, decltype(&std::free)> name(CVodeGetReturnFlagName(flag), &std::free);
    return Advance::failed(End::stalled, "CVODE ended with " + std::string(name.get()));
  }

  double rtol_, atol_, first_step_;
  sundials::VectorNorm norm_;
  ErrorNorm error_norm_;
  VectorField<S>* field_ = nullptr;
  Constraint<S>* constraint_ = nullptr;
  // Freed from the last to the first.
  std::unique_ptr<ContextObject, sundials::Free<ContextObject, free_context>> context_;
  sundials::Vector state_;
  sundials::Corrector corrector_;
  std::unique_ptr<void, sundials::Free<void, free_memory>> memory_;
  std::int64_t nonfinite_ = 0;  // evaluations
  std::int64_t shown_ = 0;      // steps, CVODE's own and parts of them
  StepCounters before_begin_;
  double reached_ = 0.0;  // CVODE's own time
  bool started_ = false;
  bool at_start_ = false;      // CVODE has not asked for F there yet
  bool interpolated_ = false;  // state_ is not the state there
  State<S> before_, argument_, derivative_;
  State<S> start_derivative_;  // F at the start
};

}  // namespace

template <class S>
MadeMethod<S> make_cvode(const MethodOptions& options) {
  return std::make_unique<Cvode<S>>(options);
}

template MadeMethod<float> make_cvode<float>(const MethodOptions&);
template MadeMethod<double> make_cvode<double>(const MethodOptions&);

}  // namespace invar
