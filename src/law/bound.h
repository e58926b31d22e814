// The constants of the bound (Eq. 9 of "Conservation Laws for Modern Neural Architectures"): |h(θ_n) − h(θ_0)| ≤ (M/2)
// Σ τ_k² ‖g_k‖², M ≥ ‖∂²h‖, the gradient restricted to the parameters that h reads.
//
// For one component h = θᵀSθ: M = 2 · (largest row sum of |S|) ≥ 2‖S‖, with S summed exactly where slices overlap
// (EᵀE − MMᵀ − MᵀM). For a matrix law H = Σ_f α_f X_fᵀX_f and the Frobenius norm: ‖H(g)‖_F ≤ Σ_f |α_f| ‖X_f‖²_F over g,
// so M = 2 · (the largest Σ|α_f| over the families f that hold one parameter): 2 for QᵀQ − KᵀK. A group of another form
// takes M² = Σ weight · M_component². A linear law has M = 0.
#pragma once

#include <cstdint>
#include <vector>

#include "law/form.h"
#include "law/overlap.h"

namespace invar {

struct BoundConstants {
  std::vector<double> component;
  std::vector<double> group;
};

BoundConstants bound_constants(const LawForm& form);

/// ‖g‖² over the parameters that a component, or a group, reads, from the squared norms of g over the form's slices: a
/// sum over the slices, less the elements that lie in several of them.
class RestrictedNorms {
 public:
  explicit RestrictedNorms(const LawForm& form);

  /// `slice_norms` as Evaluator::squared_norms gives them for g: slices() numbers and one more, 0.
  template <class S>
  void components(const double* slice_norms, const S* g, double* out) const {
    component_.apply(slice_norms, g, out);
  }
  template <class S>
  void groups(const double* slice_norms, const S* g, double* out) const {
    group_.apply(slice_norms, g, out);
  }

  /// What a component's or a group's number is made of: Σ norms of the slices − Σ multiplicity · g_element².
  struct Row {
    std::vector<std::int32_t> slices;
    std::vector<Index> repeated;
    std::vector<double> multiplicity;
  };
  std::vector<Row> component_rows() const { return component_.as_rows(slices_); }
  std::vector<Row> group_rows() const { return group_.as_rows(slices_); }

 private:
  // Σ slice norms − Σ multiplicity · g_element², one row a component or group. Rows have one length, filled up with the
  // slice that is 0: [place in the row, row], so that rows are summed side by side.
  struct Unions {
    struct Repeated {
      std::int32_t row;
      Index element;
      double multiplicity;
    };
    std::vector<std::vector<std::int32_t>> slices;
    std::vector<Repeated> repeated;
    std::size_t rows = 0;

    Unions(const LawForm& form, const form_detail::Overlap& overlap, std::vector<std::vector<std::int32_t>> read);
    template <class S>
    void apply(const double* slice_norms, const S* g, double* out) const;
    std::vector<Row> as_rows(std::int32_t no_slice) const;
  };

  RestrictedNorms(const LawForm& form, const form_detail::Overlap& overlap);

  std::int32_t slices_;
  Unions component_, group_;
};

}  // namespace invar
