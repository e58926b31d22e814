// Random residues from a seed: the same numbers everywhere.
#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <cstdint>
#include <vector>

#include "exact/residue.h"

namespace invar::exact {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t bits() { return engine_(); }
  template <class F>
  F residue() {
    return F::of_bits(engine_());
  }
  template <class F>
  std::vector<F> residues(std::size_t count) {
    std::vector<F> result(count);
    for (F& number : result) number = residue<F>();
    return result;
  }

 private:
  boost::random::mt19937_64 engine_;
};

}  // namespace invar::exact
