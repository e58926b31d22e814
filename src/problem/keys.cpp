// The table of keys: see keys.h. Defaults are those of the main job, so that any part of it can be changed by one
// option.
#include "problem/keys.h"

#include <utility>

#include "integrators/registry.h"
#include "models/nearest.h"
#include "problem/foreign_options.h"
#include "problem/key_fields.h"

namespace invar {
namespace {

std::string_view choose(Experiment experiment, std::string_view drift, std::string_view accuracy,
                        std::string_view train) {
  return experiment == Experiment::drift ? drift : experiment == Experiment::accuracy ? accuracy : train;
}

}  // namespace

std::string_view main_model(Experiment experiment) {
  return choose(experiment, "swiglu attention attention-rope moe-softmax moe-normalised-sigmoid", "swiglu", "vit");
}

std::string_view main_set(Experiment experiment) {
  return choose(experiment, "width=16 outputs=8 heads=2 head-size=4 experts=4", "width=16 outputs=8", "");
}

namespace {

/// The names of the registry's methods, the adaptive ones or all.
std::string method_names(bool with_prescribed) {
  std::string list;
  for (const MethodEntry& method : kMethods) {
    if (method.adaptive || with_prescribed) list += (list.empty() ? "" : " ") + std::string(method.name);
  }
  return list;
}

std::string_view adaptive_methods() {
  static const std::string names = method_names(false);
  return names;
}

/// auto is one of the others, or two: no second method beside them.
std::string_view reference_methods() {
  static const std::string names = [] {
    std::string all = method_names(false);
    return all.erase(all.find("auto "), 5);
  }();
  return names;
}

std::string_view all_methods() {
  static const std::string names = method_names(true);
  return names;
}

constexpr std::int64_t kMostSamples = 1'000'000'000'000;
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

template <auto field>
Key key(std::string_view name, std::string_view fallback, std::string_view argument, std::string_view help,
        KeyTraits traits = {}) {
  constexpr bool list = Element<std::remove_reference_t<decltype(std::declval<Configuration&>().*field)>>::list;
  return {name, fallback, argument, help, traits, list, &read_field<field>, &show_field<field>};
}

std::vector<KeyGroup> make_groups(Experiment experiment) {
  using C = Configuration;
  using enum Bound;
  using enum FromProblem;
  const auto by = [experiment](std::string_view drift, std::string_view accuracy, std::string_view train) {
    return choose(experiment, drift, accuracy, train);
  };
  std::vector<KeyGroup> groups = {
      {"What is trained",
       {
           key<&C::model>("model", "", "NAME", "Built-in models, by the names that --list shows."),
           key<&C::set>("set", "", "OPTION=VALUE",
                        "Options of the models and sizes of a block: heads=4 for every model that has the option, "
                        "attention.heads=4 for one."),
           key<&C::block>("block", "", "FILE", "A block of your own, as text in index notation, instead of a model."),
           key<&C::problem>("problem", "", "FILE.h5",
                            "A problem file: /data/x, /data/y, the start in /parameters, frozen tensors in /constants. "
                            "Sizes come from its shapes, T from its attribute unless --time is given.",
                            {.programs = kDrift | kAccuracy}),
       }},
      {"Data and loss",
       {
           key<&C::data>(
               "data", "fashion-mnist", "SOURCE",
               by(kSources, kSources,
                  "fashion-mnist; a set by its name: cifar10, imagenet, imagenet-sample, ptb, wikitext2, "
                  "wikitext103, shakespeare; a text (*.txt, *.tokens); a folder with IDX files or CIFAR-10 "
                  "batches, or one such file; an HDF5 file with /images and /labels, or /data/x and /data/y."),
               {.from_problem = always}),
           key<&C::data_folder>("data-folder", "data", "FOLDER", "Where the sets that go by a name are.",
                                {.programs = kTrain}),
           key<&C::samples>("samples", by("", "", "0"), "N",
                            by(kSamples, kSamples, "The first N samples in the order of the file; 0: all."),
                            {.bound = zero_or_more, .most = kMostSamples}),
           key<&C::eval_data>("eval-data", "", "SOURCE",
                              "Data of the evaluation loss; unless given, the set's own, where it has such data.",
                              {.programs = kTrain}),
           key<&C::eval_samples>(
               "eval-samples", "0", "N", "The first N samples of these; 0: all.",
               {.bound = zero_or_more, .most = kMostSamples, .of_data = OfData::evaluation, .programs = kTrain}),
           key<&C::tokenizer>("tokenizer", "words", "T",
                              "What a text's tokens are: words, with <eos> at the end of each line; characters; bytes.",
                              {.choices = "words characters bytes", .of_data = OfData::text, .programs = kTrain}),
           key<&C::tokens>("tokens", "64", "N", "Tokens of a sample of text.",
                           {.bound = one_or_more, .most = kMostSamples, .of_data = OfData::text, .programs = kTrain}),
           key<&C::pool>(
               "pool", by("4", "4", "1"), "P", "Images: means over squares of P x P pixels.",
               {.bound = one_or_more, .most = kMostSamples, .from_problem = always, .of_data = OfData::images}),
           key<&C::patch>("patch", by("1x7", "1x7", "0"), "P",
                          "Images, for blocks of tokens: patches of P x P or R x C pixels (after pooling) are the "
                          "tokens. A block without tokens takes the image as one vector.",
                          {.from_problem = always, .of_data = OfData::images}),
           key<&C::loss>("loss", "auto", "LOSS",
                         "Half the squared error, or softmax cross-entropy behind a linear read-out; auto: "
                         "cross-entropy where the targets are labels.",
                         {.choices = "auto squared cross-entropy"}),
       }},
      {"Methods",
       {
           key<&C::method>("method", by("flow gd sgd", "", "sgd"), "METHOD",
                           by(kMethodsHelp, "", "Gradient descent on all samples, or stochastic on batches."),
                           {.choices = by("flow gd sgd", "", "gd sgd"),
                            .first_choice = by("", "", "1").size(),
                            .programs = kDrift | kTrain}),
           key<&C::integrator>("integrator", "auto", "NAME", "Integrators of the flow; --list describes them.",
                               {.choices = adaptive_methods(), .used_by = UsedBy::flows, .programs = kDrift}),
           key<&C::methods>("methods", all_methods(), "NAME", "Methods; --list describes them.",
                            {.choices = all_methods(), .programs = kAccuracy}),
           key<&C::rtol>(
               "rtol", by("1e-4 1e-6 1e-8 1e-10", "1e-3 1e-5 1e-7 1e-9 1e-11", ""), "X",
               "Relative tolerances of the flow; rtol and atol go in pairs, or one of them is single.",
               {.bound = above_zero, .repeats = true, .used_by = UsedBy::flows, .programs = kDrift | kAccuracy}),
           key<&C::atol>(
               "atol", "", "X", "Absolute tolerances of the flow. If not given, a hundredth of rtol.",
               {.bound = above_zero, .repeats = true, .used_by = UsedBy::flows, .programs = kDrift | kAccuracy}),
           key<&C::projection>("projection", "false", "",
                               "Flows are moved to the level set of all laws after each step.",
                               {.used_by = UsedBy::flows_by_any_method, .programs = kDrift | kAccuracy}),
           key<&C::norm>("norm", "rms", "NORM",
                         "How an error vector becomes a number: root mean square, maximum, or the maximum over tensors "
                         "of their root mean squares.",
                         {.choices = "rms max tensor", .used_by = UsedBy::flows, .programs = kDrift | kAccuracy}),
           key<&C::control>(
               "control", "pi", "CONTROL",
               "How step sizes follow the errors: from the last one (i), two (pi) or three (pid), or as "
               "Gustafsson predicts them. cvode and bulirsch-stoer have a control of their own.",
               {.choices = "i pi pid predictive", .used_by = UsedBy::flows, .programs = kDrift | kAccuracy}),
           key<&C::reference_methods>("reference-methods", "dop853 fehlberg78", "NAME",
                                      "The two methods of the reference: theta(T) is the first one's, its uncertainty "
                                      "their distance.",
                                      {.choices = reference_methods(), .programs = kAccuracy}),
           key<&C::reference_rtol>("reference-rtol", "1e-13", "X",
                                   "Relative tolerance of the reference; the absolute one is a hundredth.",
                                   {.bound = above_zero, .programs = kAccuracy}),
           key<&C::time>("time", by("5", "10", ""), "T", "Training time of every run: t is the sum of the step sizes.",
                         {.bound = above_zero, .from_problem = unless_given, .programs = kDrift | kAccuracy}),
           key<&C::epochs>("epochs", "1", "N", "Times that a run goes through the data; 0: given by --steps.",
                           {.bound = zero_or_more, .most = kMostSamples, .programs = kTrain}),
           key<&C::steps>("steps", by("10000", "", "0"), "N",
                          by("At most N steps in a run of gd or sgd; 0: no cap.", "",
                             "Steps of a run; 0: as many as the epochs have."),
                          {.bound = zero_or_more, .used_by = UsedBy::descents, .programs = kDrift | kTrain}),
           key<&C::stop_loss>("stop-loss", "", "C",
                              "Ends a run where the loss over all samples is at or below C: a flow inside its step, "
                              "gd at a step, sgd at a row.",
                              {.bound = zero_or_more, .programs = kDrift}),
           key<&C::stop_gradient_norm>("stop-gradient-norm", "", "G",
                                       "Ends a run where the norm of the full gradient is at or below G.",
                                       {.bound = zero_or_more, .programs = kDrift}),
           key<&C::stop_sharpness>("stop-sharpness", "", "TAU",
                                   "Ends a run where the sharpness, the largest eigenvalue of the Hessian over all "
                                   "samples, is at or above 2/TAU, the limit of stability of gd with that step size. "
                                   "own: the step size of the run, of gd and sgd; flows go on.",
                                   {.programs = kDrift}),
           key<&C::step_size>(
               "step-size",
               by("0.02 0.01 0.005 0.0025 0.00125",
                  "0.5/sharpness 0.25/sharpness 0.125/sharpness 0.0625/sharpness 0.03125/sharpness 0.015625/sharpness",
                  "0.1 0.05 0.025"),
               "TAU",
               by("Step sizes of gd and sgd; 0.5/sharpness: relative to the largest eigenvalue of the Hessian at the "
                  "start.",
                  "Step sizes of methods with prescribed ones, each moved to the nearest T/N, N whole; 0.5/sharpness: "
                  "relative to the largest eigenvalue of the Hessian at the start.",
                  "Step sizes: a run for each."),
               {.used_by = UsedBy::descents}),
           key<&C::schedule>(
               "schedule", by("constant linear:0.0001", "", "linear:0.0001"), "SCHEDULE",
               "constant; power:ALPHA, TAU (k+1)^-ALPHA in step k; linear:END, from TAU to END over the run.",
               {.used_by = UsedBy::descents, .programs = kDrift | kTrain}),
           key<&C::batch>(
               "batch", "", "B",
               "Samples in a batch of sgd. If not given, 32, or half of the samples where that is less.",
               {.bound = one_or_more, .most = kMostSamples, .used_by = UsedBy::sgd, .programs = kDrift | kTrain}),
           key<&C::replacement>("replacement", "false", "",
                                by("Batches are drawn with replacement.", "",
                                   "Batches are drawn with replacement, not from a permutation of the data."),
                                {.used_by = UsedBy::sgd, .programs = kDrift | kTrain}),
           key<&C::accumulate>(
               "accumulate", "1", "N", "Batches whose mean gradient makes one step of sgd.",
               {.bound = one_or_more, .most = kMostSamples, .used_by = UsedBy::sgd, .programs = kDrift | kTrain}),
           key<&C::sampling_seeds>("sampling-seeds", "1..3", "SEED", "Seeds of the batches: one run of sgd for each.",
                                   {.bound = zero_or_more, .used_by = UsedBy::sgd, .programs = kDrift}),
       }},
      {"Start",
       {
           key<&C::start_seeds>("start-seeds", "1", "SEED", "Seeds of the parameters at the start.",
                                {.bound = zero_or_more, .from_problem = always, .programs = kDrift | kAccuracy}),
           key<&C::start_seeds>("seeds", "1..3", "SEED", "Seeds of start and batches: runs for each.",
                                {.bound = zero_or_more, .programs = kTrain}),
           key<&C::weights>("weights", "", "FILE",
                            "The start, parameters and constants by name: *.safetensors, an index of shards or its "
                            "folder, or HDF5, FILE.h5 with /parameters and /constants, or FILE.h5:runs/0003/end. If "
                            "not given, they are drawn.",
                            {.programs = kTrain}),
           key<&C::start_scale>("start-scale", "1", "S", "Factor on the parameters at the start.",
                                {.bound = above_zero, .from_problem = always}),
           key<&C::balanced>("balanced", "false", "", "Starts where every quadratic law is 0."),
       }},
      {"Arithmetic and records",
       {
           key<&C::precision>("precision", by("double", "double", "float"), "P",
                              "Number format; mixed: parameters in double, gradients in float.",
                              {.choices = "double float mixed"}),
           key<&C::budget>("budget", by("exact", "exact", "double"), "B",
                           "The drift's parts in a format wider than the run's; in double, cheaper and blind below its "
                           "own rounding; or not at all.",
                           {.choices = "exact double off"}),
           key<&C::records>("records", "40", "N", "Rows recorded of each run, evenly spaced in time.",
                            {.bound = one_or_more, .most = kMostRows, .programs = kDrift}),
           key<&C::components>("components", by("1000", "", "16"), "N",
                               "Of a matrix law or a vector law of more than N components the norms are recorded, not "
                               "each component.",
                               {.bound = zero_or_more, .programs = kDrift | kTrain}),
           key<&C::every>("every", "0", "K", "Steps from one row to the next; 0: so many that there are some 100 rows.",
                          {.bound = zero_or_more, .programs = kTrain}),
           key<&C::evaluations>("evaluations", "10", "N", "Evaluations of the loss over the evaluation data in a run.",
                                {.bound = zero_or_more, .most = kMostRows, .programs = kTrain}),
           key<&C::probes>("probes", "0", "N",
                           "Gradients of batches that SGD does not take, at random steps between two rows, from which "
                           "its drift is predicted; from 2 on with an error. 0: no prediction.",
                           {.bound = zero_or_more, .most = kMostRows, .programs = kTrain}),
           key<&C::sharpness>("sharpness", "false", "",
                              "Measures the sharpness, the largest eigenvalue of the Hessian over all samples, at "
                              "every row.",
                              {.programs = kDrift}),
           key<&C::save_parameters>("save-parameters", "false", "", "Keeps the parameters at every row.",
                                    {.programs = kDrift | kTrain}),
           key<&C::no_parameters>("no-parameters", "false", "",
                                  "Leaves the parameters at the start and the end out of the results file.",
                                  {.programs = kDrift | kTrain}),
           key<&C::save_weights>(
               "save-weights", "", "FOLDER",
               "Saves parameters and constants of each run at its end, as FOLDER/run0007.safetensors.",
               {.programs = kTrain}),
           key<&C::checkpoint>("checkpoint", "0", "N",
                               "Saves the state of each run at every N-th row, where --resume then goes on; 0: it "
                               "repeats the runs that had not ended. Part of the experiment: cvode, also within auto, "
                               "begins anew there.",
                               {.bound = zero_or_more, .programs = kDrift | kTrain}),
       }},
      {"Execution",
       {
           key<&C::max_gradients>("max-gradients", by("0", "30000", "0"), "N",
                                  "Gradients after which a run is cut (and marked truncated); 0: no limit.",
                                  {.bound = zero_or_more}),
           key<&C::max_seconds>("max-seconds", "0", "S", "Seconds after which a run is cut; 0: no limit.",
                                {.bound = zero_or_more}),
           key<&C::backend>("backend", "host", "BACKEND",
                            by("What computes the gradients of runs and rows, losses and sharpness; cuda: the first "
                               "NVIDIA GPU; cuda-tf32: with products of TF32. Laws, budget, defects and SGD's "
                               "predictions stay on the host.",
                               "What computes the gradients of all runs and the sharpness; cuda: the first NVIDIA GPU; "
                               "cuda-tf32: with products of TF32. Methods, laws and budget stay on the host.",
                               "What computes gradients and losses, takes the steps and reduces their budget; cuda: "
                               "the first NVIDIA GPU; cuda-tf32: with products of TF32. Rows, and in mixed precision "
                               "or with --budget exact steps and budget too, stay on the host."),
                            {.choices = "host cuda cuda-tf32"}),
           key<&C::threads>("threads", "0", "N", "Threads; 0: one for each processor. Results do not depend on it.",
                            {.bound = zero_or_more, .most = kMostThreads, .execution = true}),
           key<&C::repetitions>("repetitions", "3", "N", "Times that a run is timed; the best counts.",
                                {.bound = one_or_more, .execution = true, .programs = kAccuracy}),
           key<&C::output>("output", by("results/drift.h5", "results/accuracy.h5", "results/train.h5"), "FILE.h5",
                           "The results file.", {.execution = true}),
           key<&C::force>("force", "false", "", "Replaces an existing results file.", {.execution = true}),
           key<&C::quiet>("quiet", "false", "", "No progress line.", {.execution = true}),
           key<&C::strict>("strict", "false", "",
                           "Exit code 3 where any run diverged or stalled, not only where all did.",
                           {.execution = true}),
       }},
  };
  for (KeyGroup& group : groups)
    std::erase_if(group.keys, [experiment](const Key& key) { return (key.traits.programs & bit(experiment)) == 0; });
  return groups;
}

}  // namespace

const std::vector<KeyGroup>& key_groups(Experiment experiment) {
  static const std::vector<KeyGroup> of_drift = make_groups(Experiment::drift),
                                     of_accuracy = make_groups(Experiment::accuracy),
                                     of_train = make_groups(Experiment::train);
  return experiment == Experiment::drift ? of_drift : experiment == Experiment::accuracy ? of_accuracy : of_train;
}

const Key* find_key(std::string_view name, Experiment experiment) {
  for (const KeyGroup& group : key_groups(experiment)) {
    for (const Key& key : group.keys) {
      if (key.name == name) return &key;
    }
  }
  return nullptr;
}

std::string key_remedy(std::string_view typed, std::string_view prefix, Experiment experiment,
                       std::vector<std::string> names) {
  std::string_view bare = typed;
  bare.remove_prefix(std::min(bare.find_first_not_of('-'), bare.size()));
  if (std::string remedy = foreign_remedy(bare, prefix, experiment); !remedy.empty()) return remedy;
  for (const KeyGroup& group : key_groups(experiment)) {
    for (const Key& key : group.keys) names.emplace_back(key.name);
  }
  for (std::string& name : names) name.insert(0, prefix);
  const std::string remedy = did_you_mean(typed, names);
  return remedy.starts_with("did you mean") ? remedy : "--help lists the keys";
}

}  // namespace invar
