// The number of terms is a constant of the loop, so that the coefficients stay in registers. Packets are as wide as
// Eigen's, with which vector fields read θ: the processor forwards no narrower stores to a wider load.
#include "integrators/linear_combination.h"

#include <array>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace invar {
namespace {

constexpr std::size_t kMostTerms = 16;

constexpr std::size_t kPacketBytes = EIGEN_MAX_ALIGN_BYTES;  // states are aligned to it

template <class S>
struct Packed {
  typedef S Packet __attribute__((vector_size(kPacketBytes), may_alias));
};

template <class S, std::size_t n, bool based>
void pass(const S* base, S scale, const Term<S>* terms, S* out, std::size_t size) {
  using Packet = typename Packed<S>::Packet;
  std::array<S, n> factor;
  std::array<const S*, n> vector;
  for (std::size_t j = 0; j < n; ++j) {
    factor[j] = terms[j].factor;
    vector[j] = terms[j].vector->data();
  }
  const auto sum_at = [&]<class T>(std::size_t i, T) {
    const auto at = [i](const S* v) { return *reinterpret_cast<const T*>(v + i); };
    T sum = factor[0] * at(vector[0]);
#pragma GCC unroll 16
    for (std::size_t j = 1; j < n; ++j) sum += factor[j] * at(vector[j]);
    if constexpr (based) {
      *reinterpret_cast<T*>(out + i) = at(base) + scale * sum;
    } else {
      *reinterpret_cast<T*>(out + i) = scale * sum;
    }
  };
  constexpr std::size_t width = kPacketBytes / sizeof(S);
  const std::size_t packed = size - size % width;
  for (std::size_t i = 0; i < packed; i += width) sum_at(i, Packet{});
  for (std::size_t i = packed; i < size; ++i) sum_at(i, S());
}

template <class S>
using Pass = void (*)(const S*, S, const Term<S>*, S*, std::size_t);

template <class S, bool based, std::size_t... i>
constexpr std::array<Pass<S>, sizeof...(i)> make_passes(std::index_sequence<i...>) {
  return {pass<S, i + 1, based>...};
}

template <class S, bool based>
constexpr auto kPasses = make_passes<S, based>(std::make_index_sequence<kMostTerms>());

}  // namespace

template <class S>
void combine(const State<S>* base, S scale, std::span<const Term<S>> terms, State<S>& out) {
  if (terms.empty() || terms.size() > kMostTerms) throw std::logic_error("combine: 1 to 16 terms");
  const auto size = static_cast<std::size_t>(out.size());
  if (base) {
    kPasses<S, true>[terms.size() - 1](base->data(), scale, terms.data(), out.data(), size);
  } else {
    kPasses<S, false>[terms.size() - 1](nullptr, scale, terms.data(), out.data(), size);
  }
}

template void combine(const State<float>*, float, std::span<const Term<float>>, State<float>&);
template void combine(const State<double>*, double, std::span<const Term<double>>, State<double>&);

}  // namespace invar
