// The method that chooses: an explicit pair of high order, and where stability instead of accuracy limits its steps, a
// method for stiff flows, for as long as that one needs fewer gradients for the same time.
//
// The pair is tsit5, or dop853 from a tolerance of 1e-7 on. The stiff method is CVODE, asked for a hundredth of the
// tolerance, because the errors of its steps add up: its error at the end is 50 to 500 times its tolerance, but 1 to 20
// times a loose one, for which a tenth or a third will do. For that it takes on networks no more gradients than rkc3 at
// the tolerance itself, and half to nine tenths of them at 1e-4 and tighter.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "integrators/curvature.h"
#include "integrators/registry.h"

namespace invar {
namespace {

constexpr double kTight = 1e-7;  // the loosest for dop853
// Down to this one step of the pair near its limit of stability will do, else five in a row: should that have been a
// chance, CVODE costs no more from there. Twenty steps were half of all gradients of a stiff flow at 1e-3.
constexpr double kImpatient = 1e-4;

double tolerance(const MethodOptions& options) {
  return std::max(options.rtol, options.atol);
}

// CVODE's tolerance over the one that is asked for: 0.3 at 1e-2, 0.1 at 1e-3, 0.01 at 1e-5 and below.
double bdf_factor(double rtol) {
  return std::clamp(3.0 * std::sqrt(rtol), 0.01, 0.3);
}

// Beyond 1e-3, and an absolute 1e-5, a pair's unstable steps pass for good ones and leave for sharper places: on stiff
// flows 1e-2 and 1e-1 take up to twice as many gradients as 1e-3, for another trajectory; an absolute 1e-3 on weights
// of size 1 made the loss of a gradient flow grow a hundredfold. Where more is allowed CVODE has the first word, whose
// errors stay near the tolerance up to 1e-2, and an absolute 1e-3: a pair of order 5 takes up to twice its gradients
// there on flows that are not stiff.
constexpr double kLoosest = 1e-3, kLoosestAbsolute = 1e-5;

MethodOptions at_most(double rtol, double atol, MethodOptions options) {
  options.rtol = std::min(options.rtol, rtol);
  options.atol = std::min(options.atol, atol);
  return options;
}

// A field of such rounding shows no tolerance below this: in float half of it takes twice as many gradients, and a
// tenth ten times as many, for the same error. (In double it is CVODE that wants more than two roundings.)
double resolved(double rounding) {
  return std::max(2.0 * rounding, 10.0 * std::numeric_limits<double>::epsilon());
}

MethodOptions at_least(double rtol, MethodOptions options) {
  options.rtol = std::max(options.rtol, rtol);
  options.atol = std::max(options.atol, 0.01 * rtol);
  return options;
}

MethodOptions bdf_options(MethodOptions options, double rounding) {
  const double factor = bdf_factor(options.rtol);
  options.rtol *= factor;
  options.atol *= factor;
  return at_least(resolved(rounding), options);
}

template <class S>
class Auto final : public Method<S> {
  // Stiff steps between two looks at whether the pair would be cheaper. A look takes some ten gradients.
  static constexpr std::int64_t kLook = 60;
  static constexpr double kDearer = 1.2;
  static constexpr double kGrowing = 1.5;
  static constexpr double kCurvatureTolerance = 0.1;
  // Of a pair's step: gradients, and τ ρ at its limit of stability (stiffness.h).
  struct Price {
    double gradients, interval;
  };
  static constexpr Price kTsit5{6.0, 3.5}, kDop853{12.0, 6.4};

 public:
  explicit Auto(const MethodOptions& options)
      : asked_(options), options_(at_most(kLoosest, kLoosestAbsolute, options)) {}

  void start(VectorField<S>& field, const State<S>& theta, double t) override {
    field_ = &field;
    // A field in float has noise above what dop853 tells its errors by.
    const bool tight = tolerance(options_) <= kTight && field.rounding() < kTight;
    options_ = at_least(resolved(field.rounding()), options_);
    options_.stability_every = 1;
    options_.stability_patience = tolerance(options_) < kImpatient ? 5 : 1;
    pair_ = tight ? make_dop853<S>(options_) : make_tsit5<S>(options_);
    stiff_options_ = bdf_options(at_most(1e-2, 1e-3, asked_), field.rounding());
    stiff_ = make_cvode<S>(stiff_options_);
    if (constraint_) stiff_->constrain(*constraint_);
    pair_->start(field, theta, t);  // both take their memory now, not in the middle of the run
    stiff_->start(field, theta, t);
    current_ = asked_.rtol > kLoosest ? stiff_.get() : pair_.get();
    price_ = tight ? kDop853 : kTsit5;
    probe_.start(theta.size());
    derivative_.resize(theta.size());
    mark(t);
    look_ = kLook;
    leave_ = false;
    taken_ = shown_ = 0;
    before_ = {};
    this->step_ = {};
    this->counters_ = {};
  }

  void moved() override { current_->moved(); }
  void constrain(Constraint<S>& constraint) override { constraint_ = &constraint; }
  void checkpoint(const State<S>& theta, double t) override { current_->checkpoint(theta, t); }

  void archive(Archive& archive) override {
    Method<S>::archive(archive);
    bool stiff = current_ == stiff_.get();
    archive("stiff", stiff);
    current_ = stiff ? stiff_.get() : pair_.get();
    archive("method", *current_);  // the other is started before it is used
    archive("curvature", probe_);
    archive("accepted_before", before_.accepted);
    archive("rejected_before", before_.rejected);
    archive("rejected_nonfinite_before", before_.rejected_nonfinite);
    archive("leave", leave_);
    archive("look", look_);
    archive("taken", taken_);
    archive("shown", shown_);
    std::int64_t paid = field_->gradients() - gradients_;  // a field that goes on counts from anywhere
    archive("paid", paid);
    gradients_ = field_->gradients() - paid;
    archive("marked_t", t_);
    archive("step_size", step_size_);
  }

  bool retake(State<S>& theta, double& t, double t_to) override {
    if (!current_->retake(theta, t, t_to)) return false;
    const std::int64_t index = this->step_.index;
    this->step_ = current_->last_step();
    this->step_.index = index;
    return true;
  }

  std::vector<double> acting_tolerances() const override {
    std::vector<double> acting{options_.rtol, options_.atol};
    if (current_ == stiff_.get() || before_.accepted > 0)
      acting.insert(acting.end(), {stiff_options_.rtol, stiff_options_.atol});
    return acting;
  }

  Advance advance(State<S>& theta, double& t, double t_limit) override {
    if (leave_ && (current_ == pair_.get() || pair_is_cheaper(theta, t))) change(theta, t);
    leave_ = false;
    const Advance result = current_->advance(theta, t, t_limit);
    count();
    if (!result.accepted) return result;
    this->step_ = current_->last_step();
    this->step_.index = shown_++;
    ++taken_;
    // What is decided here happens before the next step: this one's view stays valid until then.
    if (current_ != pair_.get()) {
      look(t);
    } else if (this->step_.stiffness) {
      leave_ = this->step_.stiffness->limits;
    }
    this->step_.stiffness = nullptr;  // the remedy is under way
    return result;
  }

 private:
  // The second half of the steps between two looks counts: a method that has just begun pays for its start, and as long
  // as its steps grow its price falls.
  void look(double t) {
    const std::int64_t steps = taken_ % look_;
    if (steps == look_ / 2) {
      mark(t);
      step_size_ = static_cast<double>(this->step_.tau);
    }
    leave_ = steps == 0 && static_cast<double>(this->step_.tau) < kGrowing * step_size_;
  }

  void change(const State<S>& theta, double t) {
    if (current_ == pair_.get()) return begin(stiff_.get(), theta, t);
    look_ *= 2;  // lest a flow between the two pays for many starts
    begin(pair_.get(), theta, t);
  }

  void begin(Method<S>* method, const State<S>& theta, double t) {
    before_ = this->counters_;
    current_ = method;
    current_->start(*field_, theta, t);
    taken_ = 0;
    mark(t);
  }

  // The prices are gradients for a unit of time: that of the pair at its limit of stability, which its accuracy can
  // only raise, and that of the stiff method.
  bool pair_is_cheaper(const State<S>& theta, double t) {
    const double paid = static_cast<double>(field_->gradients() - gradients_) / (t - t_);
    field_->evaluate(theta, t, derivative_);
    const bool measured = derivative_.allFinite() &&
                          probe_.measure(*field_, theta, t, derivative_, kCurvatureTolerance, this->counters_.accepted);
    if (!measured) return false;
    const double radius = std::max(std::abs(probe_.last().largest), std::abs(probe_.last().smallest));
    return paid > kDearer * price_.gradients * radius / price_.interval;
  }

  void mark(double t) {
    gradients_ = field_->gradients();
    t_ = t;
  }

  void count() {
    const StepCounters& now = current_->counters();
    this->counters_ = {before_.accepted + now.accepted, before_.rejected + now.rejected,
                       before_.rejected_nonfinite + now.rejected_nonfinite};
  }

  MethodOptions asked_, options_, stiff_options_;
  MadeMethod<S> pair_, stiff_;  // made at the start, when the field is known
  Price price_{};               // of the pair's steps
  Method<S>* current_ = nullptr;
  VectorField<S>* field_ = nullptr;
  Constraint<S>* constraint_ = nullptr;
  CurvatureProbe<S> probe_;
  State<S> derivative_;
  StepCounters before_;     // of the methods left
  std::int64_t taken_ = 0;  // steps, by the current one
  std::int64_t shown_ = 0;  // by all
  bool leave_ = false;
  std::int64_t look_ = kLook;
  // When the counting of the price began.
  std::int64_t gradients_ = 0;
  double t_ = 0.0;
  double step_size_ = 0.0;
};

}  // namespace

template <class S>
MadeMethod<S> make_auto(const MethodOptions& options) {
  return std::make_unique<Auto<S>>(options);
}

template MadeMethod<float> make_auto<float>(const MethodOptions&);
template MadeMethod<double> make_auto<double>(const MethodOptions&);

}  // namespace invar
