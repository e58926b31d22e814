#include "experiments/drift/program.h"

#include "experiments/drift/checks.h"
#include "experiments/drift/keys.h"
#include "integrators/method_names.h"
#include "problem/key_fields.h"

namespace invar {
namespace {

std::vector<KeyGroup> groups() {
  using C = Configuration;
  using enum Bound;
  return {
      {"What is trained", shared_keys("model set block problem")},
      {"Data and loss", shared_keys("data samples pool patch loss")},
      {"Methods",
       {
           shared_key("method"),
           key<&C::integrator>("integrator", "auto", "NAME", "Integrators of the flow; --list describes them.",
                               {.choices = adaptive_methods(), .used_by = UsedBy::flows}),
           shared_key("rtol"),
           shared_key("atol"),
           shared_key("projection"),
           shared_key("norm"),
           shared_key("control"),
           shared_key("time").with_infinity().with_help(
               "Training time of every run: t is the sum of the step sizes. inf: until a condition ends it."),
           shared_key("steps"),
           key<&DriftKeys::stop_loss>(
               "stop-loss", "", "C",
               "Ends a run where the loss over all samples is at or below C: a flow inside its step, "
               "gd at a step, sgd at a row.",
               {.bound = zero_or_more}),
           key<&DriftKeys::stop_gradient_norm>("stop-gradient-norm", "", "G",
                                               "Ends a run where the norm of the full gradient is at or below G.",
                                               {.bound = zero_or_more}),
           key<&DriftKeys::stop_sharpness>(
               "stop-sharpness", "", "TAU",
               "Ends a run where the sharpness, the largest eigenvalue of the Hessian over all "
               "samples, is at or above 2/TAU, the limit of stability of gd with that step size. "
               "own: the step size of the run, of gd and sgd; flows go on."),
           shared_key("step-size"),
           shared_key("schedule"),
           shared_key("batch"),
           shared_key("replacement"),
           shared_key("accumulate"),
           key<&C::sampling_seeds>("sampling-seeds", "1..3", "SEED", "Seeds of the batches: one run of sgd for each.",
                                   {.bound = zero_or_more, .used_by = UsedBy::sgd}),
       }},
      {"Start", shared_keys("start-seeds weights start-scale balanced")},
      {"Arithmetic and records",
       {
           shared_key("precision"),
           shared_key("budget"),
           key<&DriftKeys::records>(
               "records", "40", "N",
               "Rows recorded of each run, evenly spaced in time; in its logarithm, where it is inf.",
               {.bound = one_or_more, .most = kMostRows}),
           shared_key("components"),
           key<&DriftKeys::sharpness>(
               "sharpness", "false", "",
               "Measures the sharpness, the largest eigenvalue of the Hessian over all samples, at "
               "every row."),
           shared_key("save-parameters"),
           shared_key("no-parameters"),
           shared_key("checkpoint"),
       }},
      execution_keys(shared_key("max-gradients"), shared_key("backend"), "results/drift.h5"),
  };
}

}  // namespace

const Program& drift_program() {
  static const Program program{.name = "drift",
                               .question = "how far do the invariants of training drift, and why?",
                               .main_model = "swiglu attention attention-rope moe-softmax moe-normalised-sigmoid",
                               .main_set = "width=16 outputs=8 heads=2 head-size=4 experts=4",
                               .groups = groups(),
                               .own_keys = DriftKeys{},
                               .checks = {check_own_limit, check_endless}};
  return program;
}

}  // namespace invar
