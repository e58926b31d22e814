// What a unit of work trains: a block with its read-out, the data, the loss, the start, all plans and laws.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backend/objective.h"
#include "data/samples.h"
#include "data/tables.h"
#include "experiments/configuration.h"
#include "experiments/ladder.h"
#include "law/form.h"
#include "tensor/block.h"

namespace invar {

/// The data of a configuration, loaded once: images as one vector a sample and as tokens.
class DataSource {
 public:
  explicit DataSource(const Configuration& configuration) : configuration_(configuration) {}

  /// Samples for a block whose input has this many axes. Throws InputError.
  const data::Samples& samples(std::size_t input_axes);
  /// Null without --problem.
  const data::Problem* problem();

 private:
  const Configuration& configuration_;
  std::map<bool, data::Samples> loaded_;  // by "as tokens"
  std::optional<data::Problem> problem_;
};

struct Problem {
  std::string text;  // the block's text with its read-out
  Block block;
  Loss loss = Loss::squared;
  SampleArrays samples;
  std::string data;  // what the samples are, for people
  CostPlans plans;
  std::vector<LawForm> forms;  // laws, controls and claims, in the order of the text
  std::vector<Law> general;    // those that are no form: value and defect only
  std::vector<double> start;
  double time = 0.0;  // T
};

Problem build_problem(const Configuration& configuration, const Unit& unit, DataSource& source);

/// Parameters drawn from N(0, scale²/fan-in), tensor by tensor, where fan-in is the number of terms that the first use
/// of a tensor sums (1 for a bias): the outputs of each layer start with the size of its inputs.
std::vector<double> random_start(const Block& block, double scale, std::int64_t seed, std::string_view purpose);

}  // namespace invar
