// The configuration of an experiment: one TOML table. Command-line options only set its keys, by the same names, so a
// configuration is read from layers: the keys' defaults, then --config FILE, then the command line; a later layer
// replaces a key's values (`set` is merged by entry). Each program lists its keys (program.h).
//
// Without a model, a block and a problem file the configuration is the program's main job.
#pragma once

#include <any>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "backend/backend.h"
#include "data/text.h"
#include "integrators/error_norm.h"
#include "integrators/step_control.h"
#include "problem/values.h"
#include "settings/layer.h"

namespace invar {

struct Program;

// The choices of the enumerations below, in their order.
inline constexpr std::string_view kLossChoices = "auto squared cross-entropy", kMethodChoices = "flow gd sgd",
                                  kPrecisionChoices = "double float mixed", kBudgetChoices = "exact double off",
                                  kNormChoices = "rms max tensor", kBackendChoices = "host cuda cuda-tf32";

/// Samples that are taken, where there are so many, if none are asked for.
inline constexpr std::int64_t kUsualSamples = 256;

struct Configuration {
  enum class Loss : std::uint8_t { automatic, squared, cross_entropy };
  enum class Method : std::uint8_t { flow, gd, sgd };
  enum class Precision : std::uint8_t { in_double, in_float, mixed };
  enum class Budget : std::uint8_t { exact, in_double, off };

  const Program* program = nullptr;  // whose keys it has
  std::any own;                      // keys of this program alone: a struct of its own, see keys_of

  std::vector<std::string> model;  // names in the registry; empty with a block
  std::vector<Setting> set;
  std::string block;    // path of a block's text, or ""
  std::string problem;  // path of a problem file, or ""; it brings the data and the start

  std::string data;                     // "fashion-mnist", "teacher" or a path; "" with a problem
  std::optional<std::int64_t> samples;  // the first N; 0: all; none: 256, or all of a smaller or a problem file
  // train
  std::string data_folder;
  std::string eval_data;
  std::int64_t eval_samples = 0;
  data::Tokenizer tokenizer = data::Tokenizer::words;
  std::int64_t tokens = 0;  // of a sample of text

  std::int64_t pool = 1;
  Patch patch;                  // none: the image is one vector
  Loss loss = Loss::automatic;  // cross-entropy where the targets are labels, else squared

  std::vector<Method> method;
  std::vector<std::string> integrator;
  std::vector<double> rtol;
  std::vector<double> atol;  // paired with rtol: as many, or one of them single
  NormKind norm = NormKind::rms;
  ControlKind control = ControlKind::pi;
  bool projection = false;
  std::optional<double> time;  // none only with a problem: then its file says
  std::int64_t steps = 0;      // 0: no cap; train: as many as the epochs have
  std::int64_t epochs = 0;     // train
  std::vector<StepSize> step_size;
  std::vector<ScheduleRule> schedule;
  std::vector<std::int64_t> batch;
  bool replacement = false;
  std::int64_t accumulate = 1;
  std::vector<std::int64_t> sampling_seeds;

  std::vector<std::int64_t> start_seeds;  // empty with a problem: its file holds the start. train: of batches, too
  double start_scale = 1.0;
  bool balanced = false;

  std::vector<Precision> precision;
  Budget budget = Budget::exact;
  std::string weights;          // the start; "": drawn
  std::string save_weights;     // train: a folder; "": nothing is saved beside the results file
  std::int64_t components = 0;  // of a law, that are recorded one by one; of a larger one the norms
  bool save_parameters = false;
  bool no_parameters = false;   // not even those at the start and the end
  std::int64_t checkpoint = 0;  // rows from one checkpoint of a run to the next; 0: none

  std::int64_t max_gradients = 0;  // of a run; 0: no limit
  double max_seconds = 0.0;        // of a run; 0: no limit
  Backend backend = Backend::host;
  std::int64_t threads = 0;  // 0: one a processor
  std::string output;
  bool force = false;
  bool quiet = false;
  bool strict = false;  // of the exit code

  /// The complete configuration; --config reads it back identically.
  std::string toml() const;
  /// The same without the keys that only say how it is executed (threads, output, …): what two results must share to be
  /// results of the same experiment.
  std::string toml_of_experiment() const;

  static std::string_view name(Method method);
  static std::string_view name(Loss loss);
  static std::string_view name(NormKind norm);
  static std::string_view name(Precision precision);
  static std::string_view name(Budget budget);
  static std::string_view name(Backend backend);
};

/// The keys that lie in this struct: those that programs share in Configuration, a program's own in its own.
template <class Keys>
Keys& keys_of(Configuration& configuration) {
  if constexpr (std::is_same_v<Keys, Configuration>)
    return configuration;
  else
    return std::any_cast<Keys&>(configuration.own);
}
template <class Keys>
const Keys& keys_of(const Configuration& configuration) {
  return keys_of<Keys>(const_cast<Configuration&>(configuration));
}

/// The absolute tolerance where none is given: a hundredth of the relative one.
double usual_atol(double rtol);

/// The configuration of these layers over the program's defaults. Throws InputError with every problem, a line each,
/// the given ones first.
Configuration read_configuration(const std::vector<Settings>& layers, std::vector<std::string> problems,
                                 const Program& program);

}  // namespace invar
