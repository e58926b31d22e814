// Runs of a budget over the test block: a vector field that keeps some laws and moves the others, steps of Euler and of
// dopri5, in every precision.
#pragma once

#include <array>
#include <cmath>
#include <functional>
#include <type_traits>

#include "cases.h"
#include "law/budget.h"
#include "tests/memory_archive.h"

namespace invar::law_test {

// Dormand–Prince 5(4), as explicit stages; the seventh is the next step's first.
inline constexpr int kStages = 7;
inline constexpr std::array<double, 49> kDormandPrinceA = {0,
                                                           0,
                                                           0,
                                                           0,
                                                           0,
                                                           0,
                                                           0,  //
                                                           1. / 5,
                                                           0,
                                                           0,
                                                           0,
                                                           0,
                                                           0,
                                                           0,  //
                                                           3. / 40,
                                                           9. / 40,
                                                           0,
                                                           0,
                                                           0,
                                                           0,
                                                           0,  //
                                                           44. / 45,
                                                           -56. / 15,
                                                           32. / 9,
                                                           0,
                                                           0,
                                                           0,
                                                           0,  //
                                                           19372. / 6561,
                                                           -25360. / 2187,
                                                           64448. / 6561,
                                                           -212. / 729,
                                                           0,
                                                           0,
                                                           0,  //
                                                           9017. / 3168,
                                                           -355. / 33,
                                                           46732. / 5247,
                                                           49. / 176,
                                                           -5103. / 18656,
                                                           0,
                                                           0,  //
                                                           35. / 384,
                                                           0,
                                                           500. / 1113,
                                                           125. / 192,
                                                           -2187. / 6784,
                                                           11. / 84,
                                                           0};
inline constexpr std::array<double, 7> kDormandPrinceB = {35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784,
                                                          11. / 84,  0};

// A vector field on the test block's parameters along which the laws of Q, K and of V, O hold: minus the gradient of
// ‖Q_h K_hᵀ − X_h‖² / 2 and of the same for V, O, X the data. All other parameters move with the data, so other laws
// drift.
template <class S>
class Field {
 public:
  Field(const Block& block, std::uint64_t seed) : block_(block), random_(seed) { renew(); }

  /// New data, as a new batch.
  void renew() { data_ = random_vector<S>(random_, block_.parameters.size()); }

  void operator()(const S* theta, S* slope) const {
    for (std::size_t i = 0; i < data_.size(); ++i) slope[i] = data_[i] * S(0.1) - S(0.05) * theta[i];
    couple("Q", "K", false, theta, slope);
    couple("V", "O", true, theta, slope);
  }

 private:
  void couple(const char* left, const char* right, bool transposed, const S* theta, S* slope) const {
    const auto l = static_cast<std::size_t>(block_.parameters.find(left)->offset);
    const auto r = static_cast<std::size_t>(block_.parameters.find(right)->offset);
    constexpr std::size_t heads = 2, d = 5, a = 4;
    for (std::size_t h = 0; h < heads; ++h) {
      const auto at_left = [&](std::size_t i, std::size_t c) { return l + h * d * a + i * a + c; };
      const auto at_right = [&](std::size_t i, std::size_t c) {
        return r + h * d * a + (transposed ? c * d + i : i * a + c);
      };
      S residual[d][d];
      for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j < d; ++j) {
          residual[i][j] = -data_[h * d * d + i * d + j];
          for (std::size_t c = 0; c < a; ++c) residual[i][j] += theta[at_left(i, c)] * theta[at_right(j, c)];
        }
      for (std::size_t c = 0; c < a; ++c)
        for (std::size_t i = 0; i < d; ++i) {
          S to_left = 0, to_right = 0;
          for (std::size_t j = 0; j < d; ++j) {
            to_left -= residual[i][j] * theta[at_right(j, c)];
            to_right -= residual[j][i] * theta[at_left(j, c)];
          }
          slope[at_left(i, c)] = to_left;
          slope[at_right(i, c)] = to_right;
        }
    }
  }

  const Block& block_;
  Random random_;
  std::vector<S> data_;
};

struct RunSettings {
  double tau = 1e-3;
  int steps = 10000;
  bool tableau = false;
  BudgetOptions options;
  std::function<double(int)> schedule = [](int) { return 1.0; };
  int handed_on_at = -1;  // before this step another budget takes over
};

struct Run {
  Block block = law_block();
  std::vector<LawForm> forms = forms_of(block);
  BudgetRow row;
  std::vector<std::int64_t> begin, group_begin;

  double worst(const std::function<double(std::size_t)>& number, const std::string& law) const {
    double largest = 0.0;
    for (std::size_t f = 0; f < forms.size(); ++f)
      if (law.empty() || forms[f].name == law)
        for (auto c = begin[f]; c < begin[f + 1]; ++c) {
          const double size = std::abs(number(static_cast<std::size_t>(c)));
          if (std::isnan(size)) return size;  // and fails every comparison
          largest = std::max(largest, size);
        }
    return largest;
  }
  /// The largest |closure + left out| in units of the tolerance.
  double red(const std::vector<double>* left_out = nullptr, const std::string& law = "") const {
    return worst(
        [&](std::size_t c) { return (row.closure[c] + (left_out ? (*left_out)[c] : 0.0)) / row.closure_tolerance[c]; },
        law);
  }
  double largest(const std::vector<double>& numbers, const std::string& law) const {
    return worst([&](std::size_t c) { return numbers[c]; }, law);
  }
};

// G: the scalar that gradients are computed in.
template <class S, class G = S>
Run run(RunSettings settings, std::uint64_t seed = 31) {
  Run result;
  const Index size = result.block.parameters.size();
  settings.options.cast_to_float = !std::is_same_v<S, G>;
  settings.options.max_stages = settings.tableau ? kStages : 1;
  std::vector<const LawForm*> pointers;
  for (const LawForm& form : result.forms) pointers.push_back(&form);
  Budget<S> budget(pointers, size, settings.options);
  Random random(seed);
  std::vector<S> theta = random_vector<S>(random, size), next = theta;
  Field<G> field(result.block, seed + 1);
  std::vector<std::vector<S>> k(kStages, std::vector<S>(theta.size()));
  std::vector<const S*> stages;
  for (const auto& stage : k) stages.push_back(stage.data());
  const auto slope = [&](const std::vector<S>& at, std::vector<S>& to) {
    const std::vector<G> cast(at.begin(), at.end());
    std::vector<G> computed(at.size());
    field(cast.data(), computed.data());
    to.assign(computed.begin(), computed.end());
  };
  budget.start(theta.data());
  for (int n = 0; n < settings.steps; ++n) {
    if (n == settings.handed_on_at) {
      testing::MemoryArchive saved;
      budget.archive(saved);
      testing::MemoryArchive stored(saved.entries());
      budget = Budget<S>(pointers, size, settings.options);
      budget.archive(stored);
    }
    const double tau = settings.tau * settings.schedule(n);
    RungeKuttaStep<S> step{tau, nullptr, kDormandPrinceB.data(), 1, stages.data(), theta.data(), next.data()};
    const double euler = 1.0;
    if (settings.tableau) {
      step.a = kDormandPrinceA.data();
      step.stages = kStages;
      std::vector<S> y = theta;
      for (std::size_t i = 0; i < kStages; ++i) {
        for (std::size_t e = 0; e < y.size(); ++e) {
          S sum = 0;
          for (std::size_t j = 0; j < i; ++j) sum += static_cast<S>(kDormandPrinceA[i * kStages + j]) * k[j][e];
          y[e] = theta[e] + static_cast<S>(tau) * sum;
        }
        slope(y, k[i]);
      }
      next = y;  // a's last row is b
    } else {
      step.b = &euler;
      field.renew();
      slope(theta, k[0]);
      for (std::size_t e = 0; e < theta.size(); ++e) next[e] = theta[e] + static_cast<S>(tau) * k[0][e];
    }
    budget.step(step);
    std::swap(theta, next);
    if (n % 1000 == 999) result.row = budget.record(theta.data());
  }
  result.row = budget.record(theta.data());
  result.begin.assign(budget.component_begin().begin(), budget.component_begin().end());
  result.group_begin.assign(budget.group_begin().begin(), budget.group_begin().end());
  return result;
}

inline RunSettings plain(RunSettings settings = {}) {
  settings.options.arithmetic = Arithmetic::plain;
  return settings;
}

}  // namespace invar::law_test
