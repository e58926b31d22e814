#include "experiments/accuracy/program.h"

#include "experiments/accuracy/checks.h"
#include "experiments/accuracy/keys.h"
#include "integrators/method_names.h"
#include "problem/key_fields.h"

namespace invar {
namespace {

std::vector<KeyGroup> groups() {
  using enum Bound;
  return {
      {"What is trained", shared_keys("model set block problem")},
      {"Data and loss", shared_keys("data samples pool patch loss")},
      {"Methods",
       {
           key<&AccuracyKeys::methods>("methods", all_methods(), "NAME", "Methods; --list describes them.",
                                       {.choices = all_methods()}),
           shared_key("rtol").with_default("1e-3 1e-5 1e-7 1e-9 1e-11"),
           shared_key("atol"),
           shared_key("projection"),
           shared_key("norm"),
           shared_key("control"),
           key<&AccuracyKeys::reference_methods>(
               "reference-methods", "dop853 fehlberg78", "NAME",
               "The two methods of the reference: theta(T) is the first one's, its uncertainty "
               "their distance.",
               {.choices = reference_methods()}),
           key<&AccuracyKeys::reference_rtol>("reference-rtol", "1e-13", "X",
                                              "Relative tolerance of the reference; the absolute one is a hundredth.",
                                              {.bound = above_zero}),
           shared_key("time").with_default("10"),
           shared_key("step-size")
               .with_default(
                   "0.5/sharpness 0.25/sharpness 0.125/sharpness 0.0625/sharpness 0.03125/sharpness 0.015625/sharpness")
               .with_help(
                   "Step sizes of methods with prescribed ones, each moved to the nearest T/N, N whole; 0.5/sharpness: "
                   "relative to the largest eigenvalue of the Hessian at the start."),
       }},
      {"Start", shared_keys("start-seeds weights start-scale balanced")},
      {"Arithmetic and records", shared_keys("precision budget")},
      execution_keys(
          shared_key("max-gradients").with_default("30000"),
          shared_key("backend").with_help(
              "What computes the gradients of all runs and the sharpness; cuda: the first NVIDIA GPU; "
              "cuda-tf32: with products of TF32. Methods, laws and budget stay on the host."),
          "results/accuracy.h5",
          {key<&AccuracyKeys::repetitions>("repetitions", "3", "N", "Times that a run is timed; the best counts.",
                                           {.bound = one_or_more, .execution = true})}),
  };
}

}  // namespace

const Program& accuracy_program() {
  static const Program program{.name = "accuracy",
                               .question = "what does it cost to follow a gradient flow, and how closely?",
                               .main_model = "swiglu",
                               .main_set = "width=16 outputs=8",
                               .groups = groups(),
                               .own_keys = AccuracyKeys{},
                               .uses = has_methods,
                               .missing = missing_methods,
                               .checks = {check_comparison},
                               .tables = "methods",
                               .resumes = false,
                               .lists_prescribed = true};
  return program;
}

}  // namespace invar
