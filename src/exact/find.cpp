#include "exact/find.h"

#include <algorithm>
#include <set>

#include "exact/span.h"
#include "exact/subject.h"

namespace invar::exact {
namespace {

std::vector<Monomial> monomials(const Layout& layout, std::int64_t most_for_all) {
  std::vector<Monomial> result;
  const auto size = static_cast<std::int32_t>(layout.size());
  for (std::int32_t i = 0; i < size; ++i) result.push_back({i, -1});
  if (size <= most_for_all) {
    for (std::int32_t i = 0; i < size; ++i)
      for (std::int32_t j = i; j < size; ++j) result.push_back({i, j});
    return result;
  }
  for (const Tensor& tensor : layout.tensors())
    for (Index i = 0; i < tensor.size; ++i) {
      const auto own = static_cast<std::int32_t>(tensor.offset + i);
      result.push_back({own, own});
      Index stride = 1;
      for (std::size_t axis = tensor.shape.size(); axis-- > 0; stride *= tensor.shape[axis])
        for (Index other = i / stride % tensor.shape[axis] + 1; other < tensor.shape[axis]; ++other)
          result.push_back({own, static_cast<std::int32_t>(own + stride * (other - i / stride % tensor.shape[axis]))});
    }
  return result;
}

template <class F>
class Finder {
 public:
  Finder(const ReadBlock& block, const ExamineOptions& options, std::vector<Monomial> monomials)
      : block_(block), subject_(block, options), monomials_(std::move(monomials)) {}

  FoundLaws run() {
    Kernel<F> kernel(monomials_.size());
    constexpr int kStands = 8;  // fresh points that say nothing new
    for (int stood = 0; stood < kStands;) stood = add_point(kernel) ? 0 : stood + 1;
    FoundLaws result;
    result.unknowns = static_cast<std::int64_t>(monomials_.size());
    const std::vector<F> parameters =
        subject_.random().template residues<F>(static_cast<std::size_t>(block_.tape.parameters));
    Span<F> span;
    std::vector<std::vector<F>> solutions = sparse(kernel.basis());
    std::ranges::stable_partition(solutions, [&](const std::vector<F>& solution) { return is_linear(solution); });
    for (const std::vector<F>& solution : solutions) {
      result.laws.push_back(law(solution));
      std::vector<F> gradient(parameters.size(), F(0));
      for (std::size_t i = 0; i < monomials_.size(); ++i) {
        if (solution[i].zero()) continue;
        const auto [first, second] = monomials_[i];
        gradient[at(first)] += second < 0 ? solution[i] : solution[i] * parameters[at(second)];
        if (second >= 0) gradient[at(second)] += solution[i] * parameters[at(first)];
      }
      result.laws.back().independent = span.add(std::move(gradient));
    }
    result.independent = static_cast<std::int64_t>(span.rank());
    return result;
  }

 private:
  static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

  // The equations of one θ: of a basis of its fields, for others say the same.
  bool add_point(Kernel<F>& kernel) {
    const Fields<F> fields = subject_.fields();
    const std::vector<F>& parameters = fields.parameters();
    Span<F> span;
    bool news = false;
    for (std::size_t w = 0; w <= block_.outputs.size(); ++w)
      for (std::size_t sample = 0; sample < subject_.samples(); ++sample) {
        const std::vector<F> field = fields.at_point(*subject_.of_sample(sample));
        if (!span.add(field)) continue;
        std::vector<F> row;
        row.reserve(monomials_.size());
        for (const auto [first, second] : monomials_)
          row.push_back(second < 0
                            ? field[at(first)]
                            : parameters[at(first)] * field[at(second)] + parameters[at(second)] * field[at(first)]);
        news = kernel.add(std::move(row)) || news;
      }
    return news;
  }

  bool is_linear(const std::vector<F>& solution) const {
    for (std::size_t i = 0; i < solution.size(); ++i)
      if (!solution[i].zero() && monomials_[i].second >= 0) return false;
    return true;
  }

  // The same space by solutions of few terms: each less a multiple of another one, as long as that takes terms away.
  static std::vector<std::vector<F>> sparse(std::vector<std::vector<F>> solutions) {
    const auto terms = [](const std::vector<F>& solution) {
      return std::ranges::count_if(solution, [](const F& entry) { return !entry.zero(); });
    };
    const auto shorten = [&](std::vector<F>& own, const std::vector<F>& other) {
      const auto before = terms(own);
      std::set<std::uint64_t> tried;
      for (std::size_t i = 0; i < own.size(); ++i) {
        if (own[i].zero() || other[i].zero()) continue;
        const F factor = own[i] * other[i].inverse();
        if (!tried.insert(factor.value()).second) continue;
        std::vector<F> less = own;
        for (std::size_t k = 0; k < less.size(); ++k) less[k] -= factor * other[k];
        if (terms(less) >= before) continue;
        own = std::move(less);
        return true;
      }
      return false;
    };
    for (bool shorter = true; shorter;) {
      shorter = false;
      for (std::size_t a = 0; a < solutions.size(); ++a)
        for (std::size_t b = 0; b < solutions.size(); ++b)
          if (a != b) shorter = shorten(solutions[a], solutions[b]) || shorter;
    }
    return solutions;
  }

  FoundLaw law(const std::vector<F>& solution) const {
    constexpr std::int64_t kMost = 100'000;
    FoundLaw result;
    for (std::size_t i = 0; i < monomials_.size(); ++i) {
      if (solution[i].zero()) continue;
      const auto fraction = small_fraction(solution[i], kMost);
      result.parts.push_back({monomials_[i], fraction ? fraction->numerator : 0, fraction ? fraction->denominator : 0});
    }
    return result;
  }

  const ReadBlock& block_;
  Subject<F> subject_;
  std::vector<Monomial> monomials_;
};

}  // namespace

FoundLaws find_laws(const Block& block, const ExamineOptions& options, std::int64_t most_for_all) {
  const ReadBlock text(block);
  std::vector<Monomial> products = monomials(block.parameters, most_for_all);
  return options.second_prime ? Finder<Residue<kSecondPrime>>(text, options, std::move(products)).run()
                              : Finder<Residue<kFirstPrime>>(text, options, std::move(products)).run();
}

}  // namespace invar::exact
