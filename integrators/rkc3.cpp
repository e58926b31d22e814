// A Runge–Kutta–Chebyshev method of order 3 with stages of order 2, stable for real eigenvalues down to −0.49 s²: after
// ideas of Sommeijer, Shampine & Verwer (1998), Abdulle (2002) and Martín-Vaquero & Kleefeld (J. Comput. Phys. 326,
// 2016), who write stability polynomials of higher order as sums of Chebyshev polynomials too.
#include "integrators/rkc3.h"

#include "integrators/chain_scheme.h"

namespace invar {
namespace {

#include "integrators/tables/rkc3.inc"

using stabilised::CombinedChain;
using stabilised::Weights;

constexpr double kDamping = 0.05;  // of the chain: w0 = 1 + kDamping / s²
// As RKC's estimate: (1/15) τ³ θ'''.
constexpr double kEstimate = 1.0 / 15;

void make(int stages, CombinedChain& result) {
  const auto n = static_cast<std::size_t>(stages), nodes = n + 1;
  const double w0 = 1.0 + kDamping / (static_cast<double>(stages) * stages);
  result.shape = {w0, (w0 + 1.0) / Rkc3::interval(stages), Rkc3::kStart};
  std::array<stabilised::ChainTerm, CombinedChain::kTerms> terms;
  const auto chain = std::span(terms).first(nodes);
  stabilised::chebyshev_chain(result.shape, chain);
  std::array<Weights, CombinedChain::kTerms> y;
  stabilised::chain_weights(chain, {}, y);

  const std::array<std::array<double, 2>, 1> zeros{{{fitted(kReal, stages), fitted(kImaginary, stages)}}};
  CombinedChain::Terms series;
  stabilised::chebyshev_series({zeros, Rkc3::interval(stages), kOffset}, result.shape, std::span(series).first(nodes));
  stabilised::combine_stages(3, series, chain, y, result.combine);

  // A third difference of stages near a third and two thirds of the chain's time, which is 1.36 τ.
  const double end = chain[n].time;
  std::size_t i1 = 2;
  while (i1 + 2 < n && chain[i1].time < end / 3.0) ++i1;
  std::size_t i2 = i1 + 1;
  while (i2 + 1 < n && chain[i2].time < 2.0 * end / 3.0) ++i2;
  const double c1 = chain[i1].time, c2 = chain[i2].time;
  const Eigen::Vector3d e(1.0 / (c1 * (c1 - c2) * (c1 - end)), 1.0 / (c2 * (c2 - c1) * (c2 - end)),
                          1.0 / (end * (end - c1) * (end - c2)));
  const double scale = kEstimate / (e(0) * y[i1](2) + e(1) * y[i2](2) + e(2) * y[n](2));
  result.estimate = {{{static_cast<int>(i1), scale * e(0)},
                      {static_cast<int>(i2), scale * e(1)},
                      {static_cast<int>(n), scale * e(2)}}};
}

}  // namespace

double Rkc3::interval(int s) {
  return fitted(kInterval, s) * s * s;
}

const CombinedChain& Rkc3::coefficients(int s) {
  return stabilised::made_once<make, kLeastStages>(s);
}

namespace stabilised {

template <class S>
class Rkc3Scheme : public ChainScheme<Rkc3, S> {};

}  // namespace stabilised

template <class S>
MadeMethod<S> make_rkc3(const MethodOptions& options) {
  return std::make_unique<stabilised::Stabilised<stabilised::Rkc3Scheme, S>>(options);
}

template MadeMethod<float> make_rkc3<float>(const MethodOptions&);
template MadeMethod<double> make_rkc3<double>(const MethodOptions&);

}  // namespace invar
