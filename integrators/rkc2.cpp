// RKC of order 2 (van der Houwen & Sommeijer 1980; Sommeijer, Shampine & Verwer, J. Comput. Appl. Math. 88, 1998): the
// last stage of the Chebyshev chain with damping 2/13. Stable for real eigenvalues down to −0.653 s².
#include "integrators/chebyshev_chain.h"
#include "integrators/stabilised.h"

namespace invar {
namespace stabilised {

template <class S>
class Rkc2 {
 public:
  static constexpr int kErrorOrder = 3;
  static constexpr int kLeastStages = 2;
  static constexpr int kMostStages = 1000;
  static constexpr double kRounding = 1.0;
  static constexpr int kMoreStages = 0;

  static double interval(int s) { return (static_cast<double>(s) * s - 1.0) / 1.54; }
  static double stages(double z) { return std::sqrt(1.0 + 1.54 * z); }

  void start(Eigen::Index size, int most) {
    for (State<S>* vector : {&d_, &older_, &stage_}) vector->resize(size);
    chain_.reserve(static_cast<std::size_t>(most) + 1);
  }

  void attempt(VectorField<S>& field, double t, S tau, int s, const State<S>& before, const State<S>& first,
               StageStore<S>& stages, State<S>& after) {
    set_stages(s);
    d_ = (tau * static_cast<S>(chain_[1].own)) * first;
    stage_ = before + d_;
    older_.setZero();
    for (int j = 2; j <= s; ++j) {
      State<S>& k = stages(j - 1);
      const auto at = static_cast<std::size_t>(j);
      field.evaluate(stage_, t + chain_[at - 1].time * static_cast<double>(tau), k);
      advance_chain(chain_[at], tau, before, first, k, d_, older_, j < s ? stage_ : after);
      d_.swap(older_);
    }
  }

  /// (1/15) τ³ θ''' up to higher orders (eq. 2.9).
  const State<S>& estimate(S tau, const State<S>& before, const State<S>& after, const State<S>& first,
                           const State<S>& last) {
    stage_ = S(0.8) * (before - after) + (S(0.4) * tau) * (first + last);
    return stage_;
  }

  const Tableau& tableau() {
    if (tableau_.stages != static_cast<int>(chain_.size()) - 1) {
      std::vector<double> combine(chain_.size());
      combine.back() = 1.0;
      tableau_ = chain_tableau<S>(chain_, combine);
    }
    return tableau_;
  }

 private:
  void set_stages(int s) {
    if (static_cast<int>(chain_.size()) == s + 1) return;
    constexpr double kDamping = 2.0 / 13.0;
    const double w0 = 1.0 + kDamping / (static_cast<double>(s) * s), root = std::sqrt(w0 * w0 - 1.0);
    const double angle = s * std::log(w0 + root), sine = std::sinh(angle);
    const double w1 = sine * root * root / (s * root * std::cosh(angle) - w0 * sine);  // T'_s / T''_s
    chain_.resize(static_cast<std::size_t>(s) + 1);
    chebyshev_chain({w0, w1}, chain_);
  }

  std::vector<ChainTerm> chain_;
  Tableau tableau_;
  State<S> d_, older_, stage_;
};

}  // namespace stabilised

template <class S>
MadeMethod<S> make_rkc2(const MethodOptions& options) {
  return std::make_unique<stabilised::Stabilised<stabilised::Rkc2, S>>(options);
}

template MadeMethod<float> make_rkc2<float>(const MethodOptions&);
template MadeMethod<double> make_rkc2<double>(const MethodOptions&);

}  // namespace invar
