// The budget's work in double: what a run in float reaches after conversion, and a run in double as it is.
//
// A step adds dots of slices, not components (evaluate.h): the components are made from the sums at a record. What is
// not linear in the dots, the largest gradient of Eq. 9's bound, is followed in each step; what is an estimate, at some
// of them.
#pragma once

#include <initializer_list>
#include <memory>
#include <vector>

#include "law/budget.h"
#include "law/joined_form.h"
#include "law/step_vectors.h"

namespace invar::form_detail {

inline constexpr double kUnitDouble = 0x1p-53;
inline constexpr double kUnitFloat = 0x1p-24;
inline constexpr double kUnitWide = 0x1p-106;

// A gradient's rounding in units of the largest gradient seen: samples' gradients that cancel in their mean are rounded
// at their own size. An estimate; a worst case over θ's own rounding stands beside it.
inline constexpr double kGradientRounding = 16.0;

// What reaches a component's parameters is rounding alone where it is no larger than so many roundings of the whole
// gradient, as for the defect.
inline constexpr double kOnlyRounding = 64.0;

/// What the budget keeps for one law. Its components and groups begin at `component` and `group` in a row.
struct LawBudget {
  LawBudget(const LawForm& form, std::vector<std::int32_t> slices, std::size_t first_component,
            std::size_t first_group);

  const LawForm* form;
  std::vector<std::int32_t> slice;  // numbers of its slices in the joined form
  std::vector<double> slice_norms;
  RestrictedNorms norms;
  BoundConstants constants;
  std::size_t component, group;
  std::size_t components, groups;
  double longest;                         // elements of the longest slice
  const LawBudget* norms_like = nullptr;  // an earlier law whose components and groups read the same parameters
};

struct BudgetState {
  BudgetState(const std::vector<const LawForm*>& forms, Index parameters, BudgetOptions options, bool float_run);

  // Of float vectors where all is plain; else of double ones, also of a float run.
  template <class S>
  void start(const S* theta);
  void step(const RungeKuttaStep<double>& step);
  const BudgetRow& record(const double* theta);
  const BudgetRow& record(const float* theta);
  const BudgetRow& record_value();
  void archive(Archive& archive);

  /// A float run's Euler step, in plain arithmetic, from the run's own vectors.
  void float_euler_step(const EulerStep& step);

  /// An Euler step that `device` reduces; its vectors are read where a sample is due.
  template <class S>
  void device_step(const invar::EulerStep<S>& step);
  void take_euler_rounding(const invar::EulerStep<double>& step);  // ρ
  cuda::EulerTotals totals();

  // Adds the parts of one kind of step.
  void euler_step(const RungeKuttaStep<double>& step);
  void tableau_step(const RungeKuttaStep<double>& step);
  void step_without_tableau(const RungeKuttaStep<double>& step);

  void set_coupling(const RungeKuttaStep<double>& step);
  /// Vectors as long as θ: memory is taken for what steps use, at the first of their kind.
  void room_for(std::initializer_list<std::vector<double>*> vectors);
  /// A float run's step in double.
  void room_for_float_step(int stages);
  void count_step(double tau, double coupling);
  void add_stages(const RungeKuttaStep<double>& step);
  void add_cast(const RungeKuttaStep<double>& step);
  void add_update(const double* after);
  template <class S>
  void restricted_norms(const S* k, std::size_t stage);  // of what load_square has loaded
  void add_bound(double tau, int stages);
  template <class S>
  void add_linear_floor(const S* after, const S* delta, double factor, double tau);
  bool sample_due() const;
  template <class S>
  void see_whole(const S* k);
  /// Whether no more than the rounding of the whole gradient ever reached what a component reads.
  bool only_rounding(std::size_t component) const {
    const double most = kOnlyRounding * 2.0 * unit_of_gradient * whole_gradient;
    return norm_max[component] <= most * most;
  }
  template <class S, class Rho>
  void sample(const SizedStep<S, Rho>& step, double tau, double roundings = 1.0);
  /// With ρ of rho_hi.
  void sample(const RungeKuttaStep<double>& step, const double* delta, double factor, double roundings = 1.0) {
    sample(DoubleSized{{step.before}, {step.after}, {delta}, factor, {rho_hi.data()}}, step.tau, roundings);
  }
  void record_groups(const LawBudget& law);

  bool exact() const { return options.arithmetic == Arithmetic::exact; }
  /// A float run's drifts are so large that plain values show them to the last digit, at a sixth of the time.
  Arithmetic value_arithmetic() const { return float_run && !exact() ? Arithmetic::plain : Arithmetic::exact; }
  template <class Work>
  void over_read(Work work) const {
    for (const Range range : read) work(range);
  }

  BudgetOptions options;
  bool float_run;
  double unit_of_parameters, unit_of_gradient;  // roundings of the run
  JoinedForm joined_form;
  Evaluator evaluator;                             // of the joined form
  std::unique_ptr<cuda::DeviceReductions> device;  // of steps that lie on one; then the totals are there
  std::size_t parameters;
  std::vector<LawBudget> laws;
  std::vector<std::int64_t> component_begin{0}, group_begin{0};
  std::vector<std::size_t> linear;  // components with a linear part only
  std::vector<Range> read;          // the parameters that some law reads, with what lies in small gaps between

  std::vector<double> before, after;  // converted, float runs only
  std::vector<std::vector<double>> stages;
  std::vector<const double*> stage_pointers;

  std::vector<double> delta_hi, delta_lo;  // Δ, of other steps than Euler's
  std::vector<double> rho_hi, rho_lo;
  std::vector<double> x_hi, x_lo;      // where a derivative is taken
  std::vector<DoubleDouble> coupling;  // m_ij, [stage, stage]
  std::vector<double> coupling_magnitude;
  double coupling_sum = 1.0;  // Σ |m_ij|

  Evaluator::Sums step_sums, gradient_sums, cast_sums, update_sums;
  std::vector<double> slice_norms;  // of the joined form
  std::vector<double> stage_norms,
      stage_group_norms;                    // ‖k_i‖² over what a component, a group reads: [stage, component]
  std::vector<double> bound_sum, norm_max;  // Σ τ² ‖g‖² and max ‖g‖²
  std::vector<double> group_bound_sum, group_norm_max;
  std::vector<double> linear_floor, largest_gradient;
  // The largest Σ|S_ij θ_i x_j| sampled, for x = Δ + ρ, and for x = Δ/τ: a gradient's rounding stays, where its samples
  // come to cancel and steps grow.
  std::vector<double> derivative_scale, gradient_scale;
  double whole_gradient = 0.0;         // the largest ‖k‖ over all parameters, of the steps sampled
  std::vector<double> update_squares;  // Σ (update part)² over the samples
  std::int64_t samples = 0;
  std::int64_t last_sample = 0;
  bool recorded_since_sample = false;
  bool bounded = true;  // false once a step without tableau came
  std::int64_t steps = 0;
  double sum_step_squared = 0.0, weighted_step_squared = 0.0;

  struct Wides {
    std::vector<double> hi, lo;
    WideOut out() { return {hi.data(), lo.data()}; }
    DoubleDouble operator[](std::size_t i) const { return {hi[i], lo[i]}; }
  };
  Wides start_value, value, step_part, gradient_part, cast_part, update_part;
  std::vector<double> start_magnitude, part_magnitude, step_magnitude, rounded_magnitude;
  BudgetRow row;
};

}  // namespace invar::form_detail
