// The keys that several programs have, and the search among those of one: see keys.h.
#include "problem/keys.h"

#include <algorithm>
#include <cassert>

#include "problem/foreign_options.h"
#include "problem/key_fields.h"
#include "problem/program.h"

namespace invar {
namespace {

constexpr std::int64_t kMostThreads = 4096;

constexpr std::string_view kSources =
    "fashion-mnist; teacher (a random network of the same block, sizes from --set); a folder with IDX files or "
    "CIFAR-10 "
    "batches, or one such file; an HDF5 file with /images and /labels, or /data/x and /data/y.";
constexpr std::string_view kSamples =
    "The first N samples in the order of the file; 0: all. If not given, 256, or all of a smaller file or a problem "
    "file.";
constexpr std::string_view kMethodsHelp =
    "The gradient flow by an adaptive integrator; gradient descent on all samples; stochastic gradient descent on "
    "batches.";

std::vector<Key> make_shared_keys() {
  using C = Configuration;
  using enum Bound;
  using enum FromProblem;
  return {
      key<&C::model>("model", "", "NAME", "Built-in models, by the names that --list shows."),
      key<&C::set>("set", "", "OPTION=VALUE",
                   "Options of the models and sizes of a block: heads=4 for every model that has the option, "
                   "attention.heads=4 for one."),
      key<&C::block>("block", "", "FILE", "A block of your own, as text in index notation, instead of a model."),
      key<&C::problem>("problem", "", "FILE.h5",
                       "A problem file: /data/x, /data/y, the start in /parameters, frozen tensors in /constants. "
                       "Sizes come from its shapes, T from its attribute unless --time is given."),
      key<&C::data>("data", "fashion-mnist", "SOURCE", kSources, {.from_problem = always}),
      key<&C::samples>("samples", "", "N", kSamples, {.bound = zero_or_more, .most = kMostSamples}),
      key<&C::pool>("pool", "4", "P", "Images: means over squares of P x P pixels.",
                    {.bound = one_or_more, .most = kMostSamples, .from_problem = always, .of_data = OfData::images}),
      key<&C::patch>("patch", "1x7", "P",
                     "Images, for blocks of tokens: patches of P x P or R x C pixels (after pooling) are the "
                     "tokens. A block without tokens takes the image as one vector.",
                     {.from_problem = always, .of_data = OfData::images}),
      key<&C::loss>("loss", "auto", "LOSS",
                    "Half the squared error, or softmax cross-entropy behind a linear read-out; auto: "
                    "cross-entropy where the targets are labels.",
                    {.choices = kLossChoices}),
      key<&C::method>("method", "flow gd sgd", "METHOD", kMethodsHelp, {.choices = kMethodChoices}),
      key<&C::rtol>("rtol", "1e-4 1e-6 1e-8 1e-10", "X",
                    "Relative tolerances of the flow; rtol and atol go in pairs, or one of them is single.",
                    {.bound = above_zero, .repeats = true, .used_by = UsedBy::flows}),
      key<&C::atol>("atol", "", "X", "Absolute tolerances of the flow. If not given, a hundredth of rtol.",
                    {.bound = above_zero, .repeats = true, .used_by = UsedBy::flows}),
      key<&C::projection>("projection", "false", "", "Flows are moved to the level set of all laws after each step.",
                          {.used_by = UsedBy::flows_by_any_method}),
      key<&C::norm>("norm", "rms", "NORM",
                    "How an error vector becomes a number: root mean square, maximum, or the maximum over tensors "
                    "of their root mean squares.",
                    {.choices = kNormChoices, .used_by = UsedBy::flows}),
      key<&C::control>("control", "pi", "CONTROL",
                       "How step sizes follow the errors: from the last one (i), two (pi) or three (pid), or as "
                       "Gustafsson predicts them. cvode and bulirsch-stoer have a control of their own.",
                       {.choices = "i pi pid predictive", .used_by = UsedBy::flows}),
      key<&C::time>("time", "5", "T", "Training time of every run: t is the sum of the step sizes.",
                    {.bound = above_zero, .from_problem = unless_given}),
      key<&C::steps>("steps", "10000", "N", "At most N steps in a run of gd or sgd; 0: no cap.",
                     {.bound = zero_or_more, .used_by = UsedBy::descents}),
      key<&C::step_size>(
          "step-size", "0.02 0.01 0.005 0.0025 0.00125", "TAU",
          "Step sizes of gd and sgd; 0.5/sharpness: relative to the largest eigenvalue of the Hessian at the "
          "start.",
          {.used_by = UsedBy::descents}),
      key<&C::schedule>("schedule", "constant linear:0.0001", "SCHEDULE",
                        "constant; power:ALPHA, TAU (k+1)^-ALPHA in step k; linear:END, from TAU to END over the run.",
                        {.used_by = UsedBy::descents}),
      key<&C::batch>("batch", "", "B",
                     "Samples in a batch of sgd. If not given, 32, or half of the samples where that is less.",
                     {.bound = one_or_more, .most = kMostSamples, .used_by = UsedBy::sgd}),
      key<&C::replacement>("replacement", "false", "", "Batches are drawn with replacement.", {.used_by = UsedBy::sgd}),
      key<&C::accumulate>("accumulate", "1", "N", "Batches whose mean gradient makes one step of sgd.",
                          {.bound = one_or_more, .most = kMostSamples, .used_by = UsedBy::sgd}),
      key<&C::start_seeds>("start-seeds", "1", "SEED", "Seeds of the parameters at the start.",
                           {.bound = zero_or_more, .from_problem = always}),
      key<&C::start_scale>("start-scale", "1", "S", "Factor on the parameters at the start.",
                           {.bound = above_zero, .from_problem = always}),
      key<&C::weights>("weights", "", "FILE",
                       "The start, parameters and constants by name: *.safetensors, an index of shards or its "
                       "folder, or HDF5, FILE.h5 with /parameters and /constants, or FILE.h5:runs/3/end. If "
                       "not given, they are drawn.",
                       {.from_problem = always}),
      key<&C::balanced>("balanced", "false", "", "Starts where every quadratic law is 0."),
      key<&C::precision>("precision", "double", "P", "Number format; mixed: parameters in double, gradients in float.",
                         {.choices = kPrecisionChoices}),
      key<&C::budget>("budget", "exact", "B",
                      "The drift's parts in a format wider than the run's; in double, cheaper and blind below its "
                      "own rounding; or not at all.",
                      {.choices = kBudgetChoices}),
      key<&C::components>("components", "1000", "N",
                          "Of a matrix law or a vector law of more than N components the norms are recorded, not "
                          "each component.",
                          {.bound = zero_or_more}),
      key<&C::save_parameters>("save-parameters", "false", "", "Keeps the parameters at every row."),
      key<&C::no_parameters>("no-parameters", "false", "",
                             "Leaves the parameters at the start and the end out of the results file."),
      key<&C::checkpoint>("checkpoint", "0", "N",
                          "Saves the state of each run at every N-th row, where --resume then goes on; 0: it "
                          "repeats the runs that had not ended. Part of the experiment: cvode, also within auto, "
                          "begins anew there.",
                          {.bound = zero_or_more}),
      key<&C::max_gradients>("max-gradients", "0", "N",
                             "Gradients after which a run is cut (and marked truncated); 0: no limit.",
                             {.bound = zero_or_more}),
      key<&C::max_seconds>("max-seconds", "0", "S", "Seconds after which a run is cut; 0: no limit.",
                           {.bound = zero_or_more}),
      key<&C::backend>("backend", "host", "BACKEND",
                       "What computes the gradients of runs and rows, losses and sharpness; cuda: the first "
                       "NVIDIA GPU; cuda-tf32: with products of TF32. Laws, budget, defects and SGD's "
                       "predictions stay on the host.",
                       {.choices = kBackendChoices}),
      key<&C::threads>("threads", "0", "N", "Threads; 0: one for each processor. Results do not depend on it.",
                       {.bound = zero_or_more, .most = kMostThreads, .execution = true}),
      key<&C::output>("output", "", "FILE.h5", "The results file.", {.execution = true}),
      key<&C::force>("force", "false", "", "Replaces an existing results file.", {.execution = true}),
      key<&C::quiet>("quiet", "false", "", "No progress line.", {.execution = true}),
      key<&C::strict>("strict", "false", "", "Exit code 3 where any run diverged or stalled, not only where all did.",
                      {.execution = true})};
}

}  // namespace

Key Key::with_default(std::string_view text) const {
  Key result = *this;
  result.fallback = text;
  return result;
}

Key Key::with_help(std::string_view text) const {
  Key result = *this;
  result.help = text;
  return result;
}

Key Key::with_infinity() const {
  Key result = *this;
  result.infinite = true;
  return result;
}

Key Key::with_choices(std::string_view names, std::size_t first) const {
  Key result = *this;
  result.choices = names;
  result.first_choice = first;
  return result;
}

const Key& shared_key(std::string_view name) {
  static const std::vector<Key> keys = make_shared_keys();
  const auto found = std::ranges::find(keys, name, &Key::name);
  assert(found != keys.end());
  return *found;
}

const Key* find_key(const Program& program, std::string_view name) {
  for (const KeyGroup& group : program.groups)
    for (const Key& key : group.keys)
      if (key.name == name) return &key;
  return nullptr;
}

KeyTable key_table(const Program& program) {
  KeyTable table;
  for (const KeyGroup& group : program.groups) {
    table.groups.push_back({group.title, {group.keys.begin(), group.keys.end()}});
    for (KeyText& key : table.groups.back().keys) {
      if (key.name == "model") key.fallback = program.main_model;
      if (key.name == "set") key.fallback = program.main_set;
    }
  }
  table.foreign = [&program](std::string_view name, std::string_view prefix) {
    return foreign_remedy(program, name, prefix);
  };
  return table;
}

}  // namespace invar
