// A law's numbers: h(θ) = h₀ + h₁(θ) + h₂(θ), the polar form b of h₂ (b(θ,θ) = h₂(θ)) and the derivative
// ∇h(x)·y = 2 b(x,y) + h₁(y), for all components at once.
//
// Two arithmetics: plain is double throughout; exact carries twice that precision, takes operands hi + lo and gives
// results hi + lo (law/double_double.h). Plain reads no low word and writes 0 to those of the result. Nothing is
// allocated after construction. An Evaluator has scratch memory of its own: one a thread. The form must outlive it.
#pragma once

#include <array>
#include <vector>

#include "law/arrangement.h"
#include "law/double_double.h"
#include "law/form.h"
#include "law/reductions.h"

namespace invar {

enum class Arithmetic { plain, exact };

/// Where results go, one number a component: hi + lo.
struct WideOut {
  double* hi;
  double* lo;
};

class Evaluator {
 public:
  explicit Evaluator(const LawForm& form);

  const LawForm& form() const { return form_; }
  const form_detail::Arrangement& arrangement() const { return arrangement_; }

  /// b(x,y).
  void bilinear(Arithmetic arithmetic, Wide x, Wide y, WideOut out);
  /// h₂(x).
  void quadratic(Arithmetic arithmetic, Wide x, WideOut out);
  /// h₁(y).
  void linear(Arithmetic arithmetic, Wide y, WideOut out);
  /// ∇h(x)·y = 2 b(x,y) + h₁(y).
  void derivative(Arithmetic arithmetic, Wide x, Wide y, WideOut out);
  /// h(x).
  void value(Wide x, WideOut out, Arithmetic arithmetic = Arithmetic::exact);
  /// The same in plain arithmetic.
  void value(const float* x, WideOut out);

  /// How large the numbers are that `derivative` adds, 2 Σ|S_ij| x_i y_j + Σ|c_j| y_j, for x = |θ| + |Δ| with y = |Δ|,
  /// and with y = |Δ| + |ρ|; and the derivative at θ' along ρ, in plain arithmetic. Wants room_for_three() once.
  template <class S, class Rho>
  void sizes(const form_detail::SizedStep<S, Rho>& step, double* of_step, double* of_rounded, WideOut rounding);
  /// Σ|S_ij x_i x_j| + Σ|c_j x_j| + |h₀|: the sum of the absolute values of h's terms.
  template <class S>
  void value_magnitude(const S* x, double* out);

  // Results are linear in the dots of slices. A sum over many evaluations is cheapest as a sum of dots, from which the
  // components are made once: load dots, add them to sums, and ask for components when they are wanted.

  struct Sums {
    std::vector<double> dots_hi, dots_lo, sums_hi, sums_lo;
    void clear();
  };
  Sums sums() const;

  /// The dots of x and y, and the plain sums of y.
  void load(Arithmetic arithmetic, Wide x, Wide y);
  /// The dots of x with itself; no plain sums.
  void load_square(Arithmetic arithmetic, Wide x);
  /// ‖x‖² over each slice of the form, after load_square: slices() numbers and one more, 0.
  void squared_norms(double* out) const;
  /// What load_square(k), load(θ, k) and load(θ' − ρ/2, ρ) load and add_to adds in plain arithmetic, in one pass over a
  /// float run's vectors: τ² times the first to `step`, τ times the second to `gradient`, the third to `update`. The
  /// first stays loaded. Wants room_for_three() once.
  void add_euler(const form_detail::EulerStep& euler, Sums& step, Sums& gradient, Sums& update);
  void room_for_three() { second_ = third_ = sums(); }
  /// sums += dot_factor · dots loaded, sum_factor · plain sums loaded (not read where the factor is 0).
  void add_to(Sums& sums, Arithmetic arithmetic, DoubleDouble dot_factor, DoubleDouble sum_factor) const;
  /// dot_factor · b + (h₁ if with_linear) of the sums.
  void components(const Sums& sums, double dot_factor, bool with_linear, WideOut out) const;
  /// The same of several sums at once, all with a dot_factor or none; `magnitudes`, where not null, gets the absolute
  /// values of all their terms.
  struct Part {
    const Sums* sums;
    double dot_factor;
    WideOut out;
  };
  template <std::size_t N>
  void combine(const std::array<Part, N>& parts, bool with_linear, double* magnitudes) const;
  /// What was loaded, as sums of one evaluation.
  const Sums& loaded() const { return loaded_; }

 private:
  void load_sums(Arithmetic arithmetic, Wide y);
  void value_of_loaded(WideOut out, Arithmetic arithmetic);
  void component_magnitudes(const Sums& sums, double dot_factor, bool with_linear, double* out) const;

  const LawForm& form_;
  form_detail::Arrangement arrangement_;
  form_detail::Scratch scratch_;
  Sums loaded_;
  Sums second_, third_;  // where one pass makes three
};

}  // namespace invar
