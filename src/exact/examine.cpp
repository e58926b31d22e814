#include "exact/examine.h"

#include <algorithm>
#include <memory>

#include "error.h"
#include "exact/cells.h"
#include "exact/fields.h"
#include "exact/span.h"
#include "exact/tape.h"

namespace invar::exact {
namespace {

struct Read {
  Tape tape;
  std::vector<std::int32_t> outputs;
  std::vector<std::vector<std::int32_t>> lines;
  std::size_t classes = 1;
};

Read read(const Block& block) {
  Read result;
  TapeBuilder builder(block.graph, block.parameters.size());
  result.outputs = builder.of(block.output);
  for (const Law& law : block.laws) result.lines.push_back(builder.of(law.node));
  const Shape& shape = block.graph[block.output].shape;
  if (!shape.empty()) result.classes = static_cast<std::size_t>(shape.back());
  result.tape = builder.release();
  return result;
}

template <class F>
class Examiner {
 public:
  Examiner(const Read& read, const ExamineOptions& options)
      : read_(read),
        options_(options),
        random_(options.seed),
        cells_(find_cells(read.tape, samples(), options.parameter_size, options.seed)),
        relations_(read.tape, cells_.samples, options.seed + 1, options.relations) {}

  Examination run() {
    Examination result{};
    result.parameters = read_.tape.parameters;
    result.local = cells_.local;
    result.missing = cells_.missing;
    result.relations = static_cast<std::int64_t>(relations_.along_samples() + relations_.along_parameters());
    count(result);
    check_lines(result);
    return result;
  }

 private:
  using Handle = std::shared_ptr<const Field<F>>;

  // So many that their gradients span what gradients can, and some to see that they do.
  std::size_t samples() const {
    return static_cast<std::size_t>(read_.tape.parameters) / std::max<std::size_t>(1, read_.outputs.size()) + 6;
  }

  Fields<F> fields() {
    constexpr int kTries = 64;
    for (int i = 0; i < kTries; ++i)
      if (auto point = relations_.draw(random_.bits())) return Fields<F>(read_.tape, read_.outputs, std::move(*point));
    throw InputError(
        "its square roots have no common point in the field of the exact check: try fewer tokens or layers");
  }

  Handle of_sample(std::size_t sample, bool of_loss) {
    auto field = std::make_shared<Field<F>>();
    field->sample = sample;
    field->weights = random_.residues<F>(read_.outputs.size());
    for (std::size_t first = 0; of_loss && first < field->weights.size(); first += read_.classes) {  // their sum is 0
      F sum(0);
      for (std::size_t i = 0; i < read_.classes; ++i) sum += field->weights[first + i];
      field->weights[first] -= sum;
    }
    return field;
  }
  std::size_t any_sample() { return static_cast<std::size_t>(random_.bits() % cells_.samples.size()); }
  bool of_loss() const { return options_.loss != Loss::squared; }

  void count(Examination& result) {
    const Fields<F> fields = this->fields();
    const auto full = [&](const Span<F>& span) { return span.rank() == static_cast<std::size_t>(result.parameters); };
    Span<F> span;
    std::vector<Handle> last;
    const auto add = [&](Handle field) {
      if (!span.add(fields.at_point(*field))) return false;
      last.push_back(std::move(field));
      return true;
    };
    for (std::size_t w = 0; w <= read_.outputs.size(); ++w)
      for (std::size_t sample = 0; sample < cells_.samples.size() && !full(span); ++sample)
        add(of_sample(sample, of_loss()));
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
        bracket->left = of_sample(any_sample(), of_loss());
        bracket->right = depth == 2 ? of_sample(any_sample(), of_loss()) : below[random_.bits() % below.size()];
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
    const std::size_t count = read_.lines.size();
    std::vector<char> moves(count, 0), refuted(count, 0), refuted_of_loss(count, 0);
    for (int i = 0; i < kPoints; ++i) {
      const Fields<F> fields = this->fields();
      std::vector<std::vector<F>> general, of_loss;
      for (std::size_t sample = 0; sample < cells_.samples.size(); ++sample)
        for (std::size_t w = 0; w < 2; ++w) {
          general.push_back(fields.at_point(*of_sample(sample, false)));
          if (this->of_loss()) of_loss.push_back(fields.at_point(*of_sample(sample, true)));
        }
      for (std::size_t line = 0; line < count; ++line)
        for (const std::int32_t component : read_.lines[line]) {
          const std::vector<F> slope = fields.gradient_of(component);
          moves[line] |= std::ranges::any_of(slope, [](const F& entry) { return !entry.zero(); });
          refuted[line] |= meets(slope, general);
          refuted_of_loss[line] |= meets(slope, of_loss);
        }
    }
    const Fields<F> fields = this->fields();
    Span<F> span;
    for (std::size_t line = 0; line < count; ++line) {
      const bool fails = of_loss() ? refuted_of_loss[line] : refuted[line];
      result.lines.push_back(!moves[line]    ? Standing::empty
                             : fails         ? Standing::refuted
                             : refuted[line] ? Standing::law_of_loss
                                             : Standing::law);
      const std::size_t before = span.rank();
      if (moves[line] && !fails)
        for (const std::int32_t component : read_.lines[line]) span.add(fields.gradient_of(component));
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

  const Read& read_;
  const ExamineOptions& options_;
  Random random_;
  Cells cells_;
  Relations<F> relations_;
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
  const Read text = read(block);
  return options.second_prime ? Examiner<Residue<kSecondPrime>>(text, options).run()
                              : Examiner<Residue<kFirstPrime>>(text, options).run();
}

}  // namespace invar::exact
