#include "experiments/train/program.h"

#include "experiments/train/checks.h"
#include "experiments/train/keys.h"
#include "problem/key_fields.h"

namespace invar {
namespace {

std::vector<KeyGroup> groups() {
  using C = Configuration;
  using enum Bound;
  return {
      {"What is trained", shared_keys("model set block")},
      {"Data and loss",
       {
           shared_key("data").with_help(
               "fashion-mnist; a set by its name: cifar10, imagenet, imagenet-sample, ptb, wikitext2, "
               "wikitext103, shakespeare; a text (*.txt, *.tokens); a folder with IDX files or CIFAR-10 "
               "batches, or one such file; an HDF5 file with /images and /labels, or /data/x and /data/y."),
           key<&C::data_folder>("data-folder", "data", "FOLDER", "Where the sets that go by a name are."),
           shared_key("samples").with_default("0").with_help("The first N samples in the order of the file; 0: all."),
           key<&C::eval_data>("eval-data", "", "SOURCE",
                              "Data of the evaluation loss; unless given, the set's own, where it has such data."),
           key<&C::eval_samples>("eval-samples", "0", "N", "The first N samples of these; 0: all.",
                                 {.bound = zero_or_more, .most = kMostSamples, .of_data = OfData::evaluation}),
           key<&C::tokenizer>("tokenizer", "words", "T",
                              "What a text's tokens are: words, with <eos> at the end of each line; characters; bytes.",
                              {.choices = "words characters bytes", .of_data = OfData::text}),
           key<&C::tokens>("tokens", "64", "N", "Tokens of a sample of text.",
                           {.bound = one_or_more, .most = kMostSamples, .of_data = OfData::text}),
           shared_key("pool").with_default("1"),
           shared_key("patch").with_default("0"),
           shared_key("loss"),
       }},
      {"Methods",
       {
           shared_key("method")
               .with_default("sgd")
               .with_help("Gradient descent on all samples, or stochastic on batches.")
               .with_choices("gd sgd", 1),
           key<&C::epochs>("epochs", "1", "N", "Times that a run goes through the data; 0: given by --steps.",
                           {.bound = zero_or_more, .most = kMostSamples}),
           shared_key("steps").with_default("0").with_help("Steps of a run; 0: as many as the epochs have."),
           shared_key("step-size").with_default("0.1 0.05 0.025").with_help("Step sizes: a run for each."),
           shared_key("schedule").with_default("linear:0.0001"),
           shared_key("batch"),
           shared_key("replacement")
               .with_help("Batches are drawn with replacement, not from a permutation of the data."),
           shared_key("accumulate"),
       }},
      {"Start",
       {
           key<&C::start_seeds>("seeds", "1..3", "SEED", "Seeds of start and batches: runs for each.",
                                {.bound = zero_or_more}),
           shared_key("weights"),
           shared_key("start-scale"),
           shared_key("balanced"),
       }},
      {"Arithmetic and records",
       {
           shared_key("precision").with_default("float"),
           shared_key("budget").with_default("double"),
           shared_key("components").with_default("16"),
           key<&TrainKeys::every>("every", "0", "K",
                                  "Steps from one row to the next; 0: so many that there are some 100 rows.",
                                  {.bound = zero_or_more}),
           key<&TrainKeys::evaluations>("evaluations", "10", "N",
                                        "Evaluations of the loss over the evaluation data in a run.",
                                        {.bound = zero_or_more, .most = kMostRows}),
           key<&TrainKeys::probes>(
               "probes", "0", "N",
               "Gradients of batches that SGD does not take, at random steps between two rows, from which "
               "its drift is predicted; from 2 on with an error. 0: no prediction.",
               {.bound = zero_or_more, .most = kMostRows}),
           shared_key("save-parameters"),
           shared_key("no-parameters"),
           key<&C::save_weights>(
               "save-weights", "", "FOLDER",
               "Saves parameters and constants of each run at its end, as FOLDER/run0007.safetensors."),
           shared_key("checkpoint"),
       }},
      execution_keys(shared_key("max-gradients"),
                     shared_key("backend").with_help(
                         "What computes gradients and losses, takes the steps and reduces their budget; cuda: "
                         "the first NVIDIA GPU; cuda-tf32: with products of TF32. Rows, and in mixed precision "
                         "or with --budget exact steps and budget too, stay on the host."),
                     "results/train.h5"),
  };
}

}  // namespace

const Program& train_program() {
  static const Program program{.name = "train",
                               .question = "what becomes of the laws of a whole net in training?",
                               .main_model = "vit",
                               .main_set = "",
                               .groups = groups(),
                               .own_keys = TrainKeys{},
                               .checks = {check_length, check_kind_of_data},
                               .tables = "training",
                               .plans = true,
                               .takes_teachers = false,
                               .takes_known_sets = true,
                               .steps_on_device = true,
                               .copies = 14.0,
                               .lean_copies = 7.0};
  return program;
}

}  // namespace invar
