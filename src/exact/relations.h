// What exponentials, logarithms, error functions and points of the circle are in a field where they are symbols.
//
// Symbols must satisfy the relations that the functions satisfy, or independent vector fields seem more than they are:
// e^z e^u and e^(z+u) are one number. By the structure theorem of Risch, Rothstein and Ax, exponentials e^(z_i) and
// logarithms log u_j are algebraically independent over the field of their arguments unless Σ n_i z_i + Σ m_j log u_j
// is constant for rational n, m; that is, unless the derivatives dz_i, du_j/u_j are linearly dependent over the
// constants. Seen along the sample x, constants are all functions of θ: a first basis of derivatives by x for each
// sample, and of what is left, g(θ), a second one of derivatives by θ, common to all samples. Full rank at random
// points proves that there are no relations; where there are, coefficients are rational numbers, and symbols are made
// of those before them:
//   e^z = e^g Π (e^(z_i))^(n_i) Π u_j^(m_j),   log u = log g + Σ n_i z_i + Σ m_j log u_j.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "exact/world.h"

namespace invar::exact {

/// θ, samples, and for each of them what its steps are.
template <class F>
struct ExactPoint {
  std::vector<F> parameters;
  std::vector<std::vector<F>> inputs, known;
};

template <class F>
class Relations {
 public:
  /// Throws InputError where a relation has no exact form here. `look`: false takes all symbols for independent.
  Relations(const Tape& tape, std::vector<Cell> cells, std::uint64_t seed, bool look = true);

  /// A random θ with random samples in the cells; none where the roots in it were not found.
  std::optional<ExactPoint<F>> draw(std::uint64_t seed) const;

  /// Relations found among the exponentials, logarithms and angles of a sample, and among those of θ alone.
  std::size_t along_samples() const { return along_samples_; }
  std::size_t along_parameters() const { return along_parameters_; }

 private:
  struct Enlarged {};  // thrown where a denominator, or the number of worlds, was too small

  std::size_t transcendental_steps() const;
  void find(std::size_t count, Random& random);
  void find_step(std::size_t sample, std::int32_t n);
  Recipe find_recipe(std::size_t sample, std::int32_t n);
  void find_item(std::size_t sample, std::int32_t n);
  void add_item(std::size_t item, const std::vector<F>& slopes);

  Setting setting_;
  bool look_;
  std::vector<World<F>> worlds_;                                       // while relations are looked for
  std::map<std::pair<bool, std::uint64_t>, std::size_t> known_items_;  // (logarithm, value in the first world)
  std::size_t along_samples_ = 0, along_parameters_ = 0;
};

}  // namespace invar::exact
