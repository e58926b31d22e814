// A Runge–Kutta–Chebyshev method of order 3 with stages of order 2, stable for real eigenvalues down to −0.49 s²: see
// rkc3_coefficients.h, after ideas of Sommeijer, Shampine & Verwer (1998), Abdulle (2002) and Martín-Vaquero & Kleefeld
// (J. Comput. Phys. 326, 2016), who write stability polynomials of higher order as sums of Chebyshev polynomials too.
#include "integrators/rkc3_coefficients.h"

#include "integrators/chebyshev_chain.h"
#include "integrators/stabilised.h"

namespace invar {
namespace stabilised {

template <class S>
class Rkc3Scheme {
 public:
  static constexpr int kErrorOrder = 3;
  static constexpr int kLeastStages = Rkc3::kLeastStages;
  static constexpr int kMostStages = Rkc3::kMostStages;
  static constexpr double kRounding = 6.0;

  static double interval(int s) { return rkc3_interval(s); }
  static double stages(double z) { return std::sqrt(z / 0.4934); }

  void start(Eigen::Index size, int most) {
    for (State<S>* vector : {&d_, &older_, &stage_, &sum_, &estimate_}) vector->resize(size);
    chain_.reserve(static_cast<std::size_t>(most) + 1);
  }

  void attempt(VectorField<S>& field, double t, S tau, int s, const State<S>& before, const State<S>& first,
               StageStore<S>& stages, State<S>& after) {
    const Rkc3& c = rkc3(s);
    if (static_cast<int>(chain_.size()) != s + 1) {
      chain_.resize(static_cast<std::size_t>(s) + 1);
      chebyshev_chain(c.w0, c.w1, Rkc3::kStart, chain_);
    }
    d_ = (tau * static_cast<S>(chain_[1].own)) * first;
    stage_ = before + d_;
    older_.setZero();
    sum_ = static_cast<S>(c.combine[1]) * d_;
    for (int j = 2; j <= s; ++j) {
      State<S>& k = stages(j - 1);
      const auto at = static_cast<std::size_t>(j);
      field.evaluate(stage_, t + chain_[at - 1].time * static_cast<double>(tau), k);
      advance_chain(chain_[at], tau, before, first, k, d_, older_, stage_);
      d_.swap(older_);
      sum_ += static_cast<S>(c.combine[at]) * d_;
      if (j == c.inner[0]) estimate_ = static_cast<S>(c.estimate[0]) * d_;
      if (j == c.inner[1]) estimate_ += static_cast<S>(c.estimate[1]) * d_;
    }
    estimate_ += static_cast<S>(c.estimate[2]) * d_;
    after = before + sum_;
  }

  const State<S>& estimate(S, const State<S>&, const State<S>&, const State<S>&, const State<S>&) { return estimate_; }

  const Tableau& tableau() {
    const auto s = static_cast<int>(chain_.size()) - 1;
    if (tableau_.stages != s) tableau_ = chain_tableau<S>(chain_, rkc3(s).combine);
    return tableau_;
  }

 private:
  std::vector<ChainTerm> chain_;
  Tableau tableau_;
  State<S> d_, older_, stage_, sum_, estimate_;
};

}  // namespace stabilised

template <class S>
MadeMethod<S> make_rkc3(const MethodOptions& options) {
  return std::make_unique<stabilised::Stabilised<stabilised::Rkc3Scheme, S>>(options);
}

template MadeMethod<float> make_rkc3<float>(const MethodOptions&);
template MadeMethod<double> make_rkc3<double>(const MethodOptions&);

}  // namespace invar
