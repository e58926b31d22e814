// A block as it is asked about modulo a prime: its tape, samples in the cells of its comparisons, the relations of its
// symbols, and random points of all this.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "error.h"
#include "exact/cells.h"
#include "exact/examine.h"
#include "exact/fields.h"
#include "exact/tape.h"

namespace invar::exact {

struct ReadBlock {
  explicit ReadBlock(const Block& block) {
    TapeBuilder builder(block.graph, block.parameters.size());
    outputs = builder.of(block.output);
    for (const Law& law : block.laws) lines.push_back(builder.of(law.node));
    const Shape& shape = block.graph[block.output].shape;
    if (!shape.empty()) classes = static_cast<std::size_t>(shape.back());
    tape = builder.release();
  }

  Tape tape;
  std::vector<std::int32_t> outputs;
  std::vector<std::vector<std::int32_t>> lines;  // steps of the components of each law, claim and control
  std::size_t classes = 1;                       // of the output's last axis
};

template <class F>
class Subject {
 public:
  using Handle = std::shared_ptr<const Field<F>>;

  Subject(const ReadBlock& block, const ExamineOptions& options)
      : block_(block),
        of_loss_(options.loss != Loss::squared),
        random_(options.seed),
        cells_(find_cells(block.tape, enough_samples(), options.parameter_size, options.seed)),
        relations_(block.tape, cells_.samples, options.seed + 1, options.relations) {}

  const Cells& cells() const { return cells_; }
  const Relations<F>& relations() const { return relations_; }
  std::size_t samples() const { return cells_.samples.size(); }
  bool of_loss() const { return of_loss_; }
  Random& random() { return random_; }

  /// At a random point.
  Fields<F> fields() {
    constexpr int kTries = 64;
    for (int i = 0; i < kTries; ++i)
      if (auto point = relations_.draw(random_.bits()))
        return Fields<F>(block_.tape, block_.outputs, std::move(*point));
    throw InputError(
        "its square roots have no common point in the field of the exact check: try fewer tokens or layers");
  }

  /// With random weights; `of_loss`: those of cross-entropy, whose sum over the classes is 0.
  Handle of_sample(std::size_t sample, bool of_loss) {
    auto field = std::make_shared<Field<F>>();
    field->sample = sample;
    field->weights = random_.template residues<F>(block_.outputs.size());
    for (std::size_t first = 0; of_loss && first < field->weights.size(); first += block_.classes) {
      F sum(0);
      for (std::size_t i = 0; i < block_.classes; ++i) sum += field->weights[first + i];
      field->weights[first] -= sum;
    }
    return field;
  }
  Handle of_sample(std::size_t sample) { return of_sample(sample, of_loss_); }
  std::size_t any_sample() { return static_cast<std::size_t>(random_.bits() % samples()); }

 private:
  // So many that their gradients span what gradients can, and some to see that they do.
  std::size_t enough_samples() const {
    return static_cast<std::size_t>(block_.tape.parameters) / std::max<std::size_t>(1, block_.outputs.size()) + 6;
  }

  const ReadBlock& block_;
  bool of_loss_;
  Random random_;
  Cells cells_;
  Relations<F> relations_;
};

}  // namespace invar::exact
