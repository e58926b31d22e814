// What a unit of work trains: a block with its read-out, the data, the loss, the start, all plans and laws.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/objective.h"
#include "law/form.h"
#include "problem/configuration.h"
#include "problem/data_source.h"
#include "problem/ladder.h"
#include "problem/loaded_samples.h"
#include "problem/random_start.h"
#include "tensor/block.h"

namespace invar {

/// A frozen tensor of the block. Its numbers are shared with the descriptions of all runs.
struct Constant {
  std::string name;
  Shape shape;
  std::shared_ptr<const std::vector<double>> values;
};

struct Problem {
  std::string text;  // the block's text with its read-out
  Block block;
  Loss loss = Loss::squared;
  LoadedSamples samples;
  LoadedSamples evaluation;  // of train; no samples where there are no such data
  std::string data;          // what the samples are, for people
  CostPlans plans;
  std::vector<LawForm> forms;  // laws, controls and claims, in the order of the text
  std::vector<Law> general;    // those that are no form: value and defect only
  std::vector<double> start;
  std::vector<Constant> constants;
  /// Letters of the axes of parameters and constants, as the text has them: "h", or "(h a)" for two in one.
  std::map<std::string, std::vector<std::string>> axes;
  std::vector<std::string> axes_of(const std::string& tensor) const;  // none where it is not in the text
  std::optional<double> time;                                         // T, where the options or a problem file say
};

/// T, for runs that last a time. Throws InputError where nothing says it.
double required_time(const Problem& problem);

Problem build_problem(const Configuration& configuration, const Unit& unit, DataSource& source);
/// The block, its loss and the samples alone: what takes neither time nor memory of the block's size.
Problem outline_problem(const Configuration& configuration, const Unit& unit, DataSource& source);

/// What a run takes of the host's memory beside the values of a chunk: θ many times over. A training holds the start,
/// parameters and gradients, rows, the laws' lists, and what its budget keeps; a flow stages and single samples'
/// gradients too.
double host_bytes(const Configuration& configuration, const Unit& unit, const Block& block);

}  // namespace invar
