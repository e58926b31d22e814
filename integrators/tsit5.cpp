// Tsitouras 2011, "Runge–Kutta pairs of order 5(4) satisfying only the first column simplifying assumption", Computers
// & Mathematics with Applications 62, 770–775: order 5 continued, 4 embedded, 7 stages, first same as last. Its 16
// digits leave 1e-14 in the conditions of order 5; these are the numbers nearest to them (the largest change is
// 3.3e-16) that satisfy all conditions of both orders, with c_2, c_3, c_4, b_2 and e_7 = 1/66 as given.
#include "integrators/explicit_pair.h"

namespace invar {
const PairCoefficients& tsit5_coefficients() {
  static const std::vector<double> b{0.0964607668180652295071, 0.01,
                                     0.479889650414499574833,  1.37900857410374188372,
                                     -3.29006951543608078699,  2.32471052409977409893};
  static const PairCoefficients pair{
      {{0.161},
       {-0.00848065549235698854528, 0.335480655492356988545},
       {2.89715305710549352307, -6.35944848997507502231, 4.36229543286958149923},
       {5.325864828439256828, -11.7488835640628283262, 7.49553934288983643539, -0.0924950663617552505517},
       {5.86145544294642025449, -12.9209693178471097396, 8.15936789857615886637, -0.0715849732814010001381,
        -0.0282690503940683810968},
       b},
      {b[0], b[1], b[2], b[3], b[4], b[5], 0.0},
      {0.0, 0.161, 0.327, 0.9, 0.980025540904509686659, 1.0, 1.0},
      {-0.00178001105222577142442, -0.00081643445965674713124, 0.00788087801026199637556, -0.144711007173262909073,
       0.582357165452555256132, -0.458082105929186976394, 1.0 / 66.0},
      {},
      5,
      {}};
  return pair;
}

template <class S>
MadeMethod<S> make_tsit5(const MethodOptions& options) {
  return std::make_unique<ExplicitPair<S>>(options, tsit5_coefficients());
}

template MadeMethod<float> make_tsit5<float>(const MethodOptions&);
template MadeMethod<double> make_tsit5<double>(const MethodOptions&);

}  // namespace invar
