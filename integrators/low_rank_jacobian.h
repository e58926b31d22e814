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
  /// For vectors of `size` numbers; nothing known. Allocates some 128 of them, fewer where they are very long.
  void resize(Eigen::Index size);
  void clear() { kept_ = pairs_ = 0; }

  /// out ≈ (I − γJ)⁻¹ r, γ ≥ 0: symmetric, its eigenvalues in (0, 1]. What J̃ knows to grow is left to the solver.
  void precondition(double gamma, const Eigen::VectorXd& r, Eigen::VectorXd& out);

  /// J s = z was seen; waits for refresh(). Passed over where too many wait already.
  void learn(const Eigen::VectorXd& s, const Eigen::VectorXd& z);
  /// Folds in the pairs if enough of them wait to be worth it. The preconditioner changes here alone.
  void refresh() {
    if (pairs_ == s_.cols()) fold();
  }

 private:
  void fold();
  void extend_basis();

  Eigen::MatrixXd basis_;                    // kept_ columns are V; then room for what pairs add
  Eigen::VectorXd values_;                   // Λ < 0, ascending
  Eigen::MatrixXd s_, z_;                    // the pairs that wait, ‖s‖ = 1
  Eigen::MatrixXd h_, s_inside_, z_inside_;  // in coordinates of basis_
  Eigen::MatrixXd rest_, rotated_;           // scratch
  Eigen::VectorXd small_, error_;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen_;
  Eigen::Index kept_ = 0, known_ = 0, pairs_ = 0;
};

}  // namespace invar
