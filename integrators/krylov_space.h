// An orthonormal basis V of a space that grows by products with a Jacobian J, for several right-hand sides at once:
// block Arnoldi with deflation, one product at a time. J V_p = V H for the p directions that were multiplied; vectors
// put in from outside and remainders of products wait in V for their turn. Galerkin's condition on span V_p solves
// (I − σJ) x = r for every shift σ and every r in span V alike (Saad, Iterative Methods for Sparse Linear Systems, 6.4
// and 6.12), and what is left of r then lies along the directions that wait: no product tells more.
//
// J need not be symmetric. H is zero below a narrow band, so a solution costs O(p² · waiting).
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include "integrators/vector_field.h"

namespace invar {

template <class S>
class KrylovSpace {
 public:
  /// Room for `most` directions of `size` numbers; forgets everything.
  void resize(Eigen::Index size, Eigen::Index most) {
    basis_.resize(size, most);
    h_.resize(most, most);
    filled_.resize(static_cast<std::size_t>(most));
    direction_.resize(size);
    product_.resize(size);
    first_.resize(most);
    second_.resize(most);
    rows_.resize(most, most);
    complex_rows_.resize(most, most);
    right_.resize(most);
    complex_right_.resize(most);
    clear();
  }
  void clear() {
    known_ = multiplied_ = 0;
    largest_ = 0.0;
  }

  Eigen::Index most() const { return basis_.cols(); }
  Eigen::Index known() const { return known_; }            // directions in V
  Eigen::Index multiplied() const { return multiplied_; }  // p
  /// Another product can be taken up.
  bool can_grow() const { return multiplied_ < known_ && (known_ < most() || most() == basis_.rows()); }
  /// The largest ‖J v‖ over V_p: ‖J‖ at least.
  double largest() const { return largest_; }
  auto basis() const { return basis_.leftCols(known_); }

  /// Coordinates of `vector` in V, which takes up the part of it that is new where there is room. `vector` is left with
  /// what V lacks.
  template <class Coordinates>
  void take(State<S>& vector, Coordinates&& coordinates) {
    const double norm = static_cast<double>(vector.norm());
    project(vector, coordinates);
    const double rest = static_cast<double>(vector.norm());
    constexpr double kNothing = 8.0 * std::numeric_limits<S>::epsilon();
    if (known_ == most() || !(rest > kNothing * norm)) return;
    basis_.col(known_) = vector / static_cast<S>(rest);
    coordinates(known_) = rest;
    ++known_;
    vector.setZero();
  }

  /// The same, V as it is. `coordinates` has most() rows.
  template <class Coordinates>
  void project(State<S>& vector, Coordinates&& coordinates) {
    coordinates.setZero();
    if (known_ == 0) return;
    auto first = first_.head(known_), second = second_.head(known_);
    first.noalias() = basis().transpose() * vector;
    vector.noalias() -= basis() * first;
    second.noalias() = basis().transpose() * vector;  // twice is enough
    vector.noalias() -= basis() * second;
    coordinates.head(known_) = (first + second).template cast<double>();
  }

  /// Multiplies the direction that waits longest: product(v, w) sets w = J v. False, and nothing is changed, where w is
  /// not finite.
  template <class Product>
  bool multiply(Product&& product) {
    direction_ = basis_.col(multiplied_);
    product(direction_, product_);
    if (!product_.allFinite()) return false;
    largest_ = std::max(largest_, static_cast<double>(product_.norm()));
    take(product_, h_.col(multiplied_));
    filled_[static_cast<std::size_t>(multiplied_)] = known_;
    ++multiplied_;
    return true;
  }

  /// x, which holds r's coordinates, becomes the first p coordinates of the solution of (I − shift J) x = r; the others
  /// stay. Real or complex.
  template <class Coordinates>
  void solve(double shift, Coordinates&& x) {
    eliminate(shift, rows_, right_, x);
  }
  template <class Coordinates>
  void solve(std::complex<double> shift, Coordinates&& x) {
    eliminate(shift, complex_rows_, complex_right_, x);
  }

  /// Coordinate i ≥ p of J V_p x.
  template <class Coordinates>
  double waiting_row(Eigen::Index i, const Coordinates& x) const {
    double sum = 0.0;
    for (Eigen::Index j = multiplied_; j-- > 0 && filled_[static_cast<std::size_t>(j)] > i;) sum += h_(i, j) * x(j);
    return sum;
  }

  /// xᵀ J x < bound for all unit vectors x of span V_p: Cholesky's factorisation of bound − (H + Hᵀ)/2 exists.
  bool below(double bound) {
    const Eigen::Index p = multiplied_;
    for (Eigen::Index j = 0; j < p; ++j) {
      // Rows of the upper factor are left where the matrix was.
      for (Eigen::Index i = 0; i <= j; ++i) rows_(i, j) = -0.5 * (value(i, j) + value(j, i));
      rows_(j, j) += bound;
    }
    for (Eigen::Index j = 0; j < p; ++j) {
      if (!(rows_(j, j) > 0.0)) return false;
      for (Eigen::Index i = j + 1; i < p; ++i) {
        const double factor = rows_(j, i) / rows_(j, j);
        if (factor != 0.0) rows_.row(i).segment(i, p - i) -= factor * rows_.row(j).segment(i, p - i);
      }
    }
    return true;
  }

 private:
  double value(Eigen::Index i, Eigen::Index j) const {
    return i < filled_[static_cast<std::size_t>(j)] ? h_(i, j) : 0.0;
  }

  /// Gauss with row pivots, below the diagonal only as far as H reaches.
  template <class Number, class Rows, class Right, class Coordinates>
  void eliminate(Number shift, Rows& rows, Right& right, Coordinates&& x) {
    const Eigen::Index p = multiplied_;
    right.head(p) = x.head(p);
    for (Eigen::Index j = 0; j < p; ++j) {
      const Eigen::Index reach = std::min(p, filled_[static_cast<std::size_t>(j)]);
      rows.col(j).head(p).setZero();
      rows.col(j).head(reach) = -shift * h_.col(j).head(reach);
      rows(j, j) += 1.0;
    }
    for (Eigen::Index j = 0; j < p; ++j) {
      const Eigen::Index reach = std::min(p, filled_[static_cast<std::size_t>(j)]);
      Eigen::Index pivot = j;
      for (Eigen::Index i = j + 1; i < reach; ++i)
        if (std::abs(rows(i, j)) > std::abs(rows(pivot, j))) pivot = i;
      if (pivot != j) {
        rows.row(j).segment(j, p - j).swap(rows.row(pivot).segment(j, p - j));
        std::swap(right(j), right(pivot));
      }
      for (Eigen::Index i = j + 1; i < reach; ++i) {
        const Number factor = rows(i, j) / rows(j, j);
        if (factor == Number(0)) continue;
        rows.row(i).segment(j + 1, p - j - 1) -= factor * rows.row(j).segment(j + 1, p - j - 1);
        right(i) -= factor * right(j);
      }
    }
    for (Eigen::Index j = p; j-- > 0;) {
      right(j) /= rows(j, j);
      right.head(j) -= right(j) * rows.col(j).head(j);
    }
    x.head(p) = right.head(p);
  }

  template <class Number>
  using Rows = Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic> basis_;
  Eigen::MatrixXd h_;                 // column j: J v_j in V
  std::vector<Eigen::Index> filled_;  // one a column: rows of it that hold numbers
  State<S> direction_, product_, first_, second_;
  Rows<double> rows_;
  Rows<std::complex<double>> complex_rows_;
  Eigen::VectorXd right_;
  Eigen::VectorXcd complex_right_;
  Eigen::Index known_ = 0, multiplied_ = 0;
  double largest_ = 0.0;
};

}  // namespace invar
