#include "exact/examine.h"

#include <algorithm>
#include <memory>

#include "exact/span.h"
#include "exact/subject.h"

namespace invar::exact {
namespace {

template <class F>
class Examiner {
 public:
  Examiner(const ReadBlock& block, const ExamineOptions& options) : block_(block), subject_(block, options) {}

  Examination run() {
    Examination result{};
    result.parameters = block_.tape.parameters;
    result.local = subject_.cells().local;
    result.missing = subject_.cells().missing;
    const Relations<F>& relations = subject_.relations();
    result.relations = static_cast<std::int64_t>(relations.along_samples() + relations.along_parameters());
    count(result);
    check_lines(result);
    return result;
  }

 private:
  using Handle = typename Subject<F>::Handle;

  void count(Examination& result) {
    const Fields<F> fields = subject_.fields();
    const auto full = [&](const Span<F>& span) { return span.rank() == static_cast<std::size_t>(result.parameters); };
    Span<F> span;
    std::vector<Handle> last;
    const auto add = [&](Handle field) {
      if (!span.add(fields.at_point(*field))) return false;
      last.push_back(std::move(field));
      return true;
    };
    for (std::size_t w = 0; w <= block_.outputs.size(); ++w)
      for (std::size_t sample = 0; sample < subject_.samples() && !full(span); ++sample)
        add(subject_.of_sample(sample));
    result.ranks.push_back(static_cast<std::int64_t>(span.rank()));
    for (int depth = 2; !full(span); ++depth) {
      if (depth > Fields<F>::kDeepest) {
        result.bounded = false;
        break;
      }
      const std::vector<Handle> below = std::exchange(last, {});
      constexpr int kMisses = 24;  // in succession: then the rank stands
      for (int misses = 0; misses < kMisses && !full(span);) {
        auto bracket = std::make_shared<Field<F>>();
        bracket->left = subject_.of_sample(subject_.any_sample());
        bracket->right =
            depth == 2 ? subject_.of_sample(subject_.any_sample()) : below[subject_.random().bits() % below.size()];
        misses = add(std::move(bracket)) ? 0 : misses + 1;
      }
      result.ranks.push_back(static_cast<std::int64_t>(span.rank()));
      if (result.ranks.back() == result.ranks[result.ranks.size() - 2]) break;
    }
    result.at_most = result.parameters - result.ranks.back();
  }

  // Each component of each line against fields of all samples, at fresh points.
  void check_lines(Examination& result) {
    constexpr int kPoints = 3;
    const std::size_t count = block_.lines.size();
    std::vector<char> moves(count, 0), refuted(count, 0), refuted_of_loss(count, 0);
    for (int i = 0; i < kPoints; ++i) {
      const Fields<F> fields = subject_.fields();
      std::vector<std::vector<F>> general, of_loss;
      for (std::size_t sample = 0; sample < subject_.samples(); ++sample)
        for (std::size_t w = 0; w < 2; ++w) {
          general.push_back(fields.at_point(*subject_.of_sample(sample, false)));
          if (subject_.of_loss()) of_loss.push_back(fields.at_point(*subject_.of_sample(sample, true)));
        }
      for (std::size_t line = 0; line < count; ++line)
        for (const std::int32_t component : block_.lines[line]) {
          const std::vector<F> slope = fields.gradient_of(component);
          moves[line] |= std::ranges::any_of(slope, [](const F& entry) { return !entry.zero(); });
          refuted[line] |= meets(slope, general);
          refuted_of_loss[line] |= meets(slope, of_loss);
        }
    }
    const Fields<F> fields = subject_.fields();
    Span<F> span;
    for (std::size_t line = 0; line < count; ++line) {
      const bool fails = subject_.of_loss() ? refuted_of_loss[line] : refuted[line];
      result.lines.push_back(!moves[line]    ? Standing::empty
                             : fails         ? Standing::refuted
                             : refuted[line] ? Standing::law_of_loss
                                             : Standing::law);
      const std::size_t before = span.rank();
      if (moves[line] && !fails)
        for (const std::int32_t component : block_.lines[line]) span.add(fields.gradient_of(component));
      result.independent.push_back(static_cast<std::int64_t>(span.rank() - before));
    }
    result.found = static_cast<std::int64_t>(span.rank());
  }

  static bool meets(const std::vector<F>& slope, const std::vector<std::vector<F>>& fields) {
    return std::ranges::any_of(fields, [&](const std::vector<F>& field) {
      F product(0);
      for (std::size_t i = 0; i < slope.size(); ++i) product += slope[i] * field[i];
      return !product.zero();
    });
  }

  const ReadBlock& block_;
  Subject<F> subject_;
};

}  // namespace

std::string_view to_string(Standing standing) {
  switch (standing) {
    case Standing::law:
      return "law";
    case Standing::law_of_loss:
      return "law for this loss only";
    case Standing::refuted:
      return "refuted";
    case Standing::empty:
      return "empty";
  }
  return "";
}

Examination examine(const Block& block, const ExamineOptions& options) {
  const ReadBlock text(block);
  return options.second_prime ? Examiner<Residue<kSecondPrime>>(text, options).run()
                              : Examiner<Residue<kFirstPrime>>(text, options).run();
}

}  // namespace invar::exact
