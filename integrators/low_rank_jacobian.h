// J = −∇²C as far as a run has shown it. Pairs (s, J s), which a solver of implicit equations meets on its way, are
// folded into J ≈ V Λ Vᵀ, V's columns orthonormal, to precondition later systems I − γJ whatever their γ: networks have
// few stiff directions, and these turn slowly.
//
// Each pair is a symmetric update of rank one, J̃ += e eᵀ / eᵀs with e = z − J̃s (SR1: Nocedal & Wright, Numerical
// Optimization, 6.2), made for all waiting pairs at once in the coordinates of their common space, of which the
// stiffest eigenvectors are kept. L-BFGS needed 200 pairs of vectors for what 50 eigenvectors give.
#pragma once

#include <Eigen/Eigenvalues>

namespace invar {

class LowRankJacobian {
 public:
  /// For vectors of `size` numbers; nothing known. Allocates 128 of them, fewer from 8,192 numbers on and 32
  /// from 32,768 on.
  void resize(Eigen::Index size);
  void clear() { kept_ = seen_ = 0; }

  /// out ≈ (I − γJ)⁻¹ r, γ ≥ 0: symmetric, its eigenvalues in (0, 1]. What J̃ knows to grow is left to the solver.
  void precondition(double gamma, const Eigen::VectorXd& r, Eigen::VectorXd& out);

  /// J s = z was seen; waits for refresh(), which takes the latest.
  void learn(const Eigen::VectorXd& s, const Eigen::VectorXd& z);
  /// Folds in the pairs if enough were seen to be worth it: that costs as much as 16 products with J where these are
  /// cheap. The preconditioner changes here alone.
  void refresh() {
    if (seen_ >= 2 * s_.cols()) fold();
  }

 private:
  // Eigenvectors kept: half as many cost a tenth more gradients on a net of 1,312 parameters, twice as many save a
  // twentieth and cost a tenth of the time.
  static constexpr int kMostKept = 32, kMostBasis = kMostKept + kMostKept / 2;
  using Small = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor, kMostBasis, kMostBasis>;

  void fold();
  void extend_basis();

  Eigen::MatrixXd basis_;           // kept_ columns are V; then room for what pairs add
  Eigen::VectorXd values_;          // Λ < 0, ascending
  Eigen::MatrixXd s_, z_;           // the latest pairs, ‖s‖ = 1
  Small h_, s_inside_, z_inside_;   // in coordinates of basis_
  Eigen::MatrixXd rest_, rotated_;  // scratch
  Eigen::VectorXd small_, error_;
  Eigen::SelfAdjointEigenSolver<Small> eigen_;  // the bound spares it an allocation each time
  Eigen::Index kept_ = 0, known_ = 0;
  Eigen::Index seen_ = 0;  // pairs, since the last were folded in
};

}  // namespace invar
