#include "problem/foreign_options.h"

#include <algorithm>
#include <array>

#include "models/model.h"
#include "models/registry.h"
#include "problem/keys.h"

namespace invar {
namespace {

struct Foreign {
  std::string_view name;
  std::string_view keys;    // the first of these that the program has
  std::string_view reason;  // where there is no such key: what the program does
};

constexpr std::string_view kPlainSteps = "gd and sgd take plain steps, theta - tau g";

constexpr std::array kForeign = {
    Foreign{"lr", "step-size", ""},
    Foreign{"learning-rate", "step-size", ""},
    Foreign{"eta", "step-size", ""},
    Foreign{"scheduler", "schedule", ""},
    Foreign{"lr-scheduler", "schedule", ""},
    Foreign{"optimizer", "method methods", ""},
    Foreign{"optimiser", "method methods", ""},
    Foreign{"solver", "integrator methods", ""},
    Foreign{"momentum", "", kPlainSteps},
    Foreign{"nesterov", "", kPlainSteps},
    Foreign{"weight-decay", "", kPlainSteps},
    Foreign{"wd", "", kPlainSteps},
    Foreign{"adam", "", kPlainSteps},
    Foreign{"adamw", "", kPlainSteps},
    Foreign{"betas", "", kPlainSteps},
    Foreign{"beta1", "", kPlainSteps},
    Foreign{"beta2", "", kPlainSteps},
    Foreign{"clip", "", kPlainSteps},
    Foreign{"clip-grad-norm", "", kPlainSteps},
    Foreign{"max-grad-norm", "", kPlainSteps},
    Foreign{"warmup", "", kPlainSteps},
    Foreign{"warmup-steps", "", kPlainSteps},
    Foreign{"dropout", "", "a block is a function of its input and parameters alone"},
    Foreign{"batch-size", "batch", "no method of this program takes batches"},
    Foreign{"batchsize", "batch", "no method of this program takes batches"},
    Foreign{"bs", "batch", "no method of this program takes batches"},
    Foreign{"gradient-accumulation-steps", "accumulate", "no method of this program takes batches"},
    Foreign{"epochs", "epochs time", ""},
    Foreign{"num-epochs", "epochs time", ""},
    Foreign{"max-steps", "steps max-gradients", ""},
    Foreign{"iterations", "steps max-gradients", ""},
    Foreign{"num-steps", "steps max-gradients", ""},
    Foreign{"seed", "start-seeds seeds", ""},
    Foreign{"seeds", "start-seeds", ""},
    Foreign{"init-scale", "start-scale", ""},
    Foreign{"device", "backend", ""},
    Foreign{"gpu", "backend", ""},
    Foreign{"dtype", "precision", ""},
    Foreign{"fp32", "precision", ""},
    Foreign{"num-workers", "threads", ""},
    Foreign{"workers", "threads", ""},
    Foreign{"jobs", "threads", ""},
    Foreign{"dataset", "data", ""},
    Foreign{"data-dir", "data-folder data", ""},
    Foreign{"train-data", "data", ""},
    Foreign{"val-data", "eval-data", "there is no loss of evaluation"},
    Foreign{"criterion", "loss", ""},
    Foreign{"arch", "model", ""},
    Foreign{"checkpoint-path", "weights", ""},
    Foreign{"pretrained", "weights problem", ""},
    Foreign{"load", "weights problem", ""},
    Foreign{"save", "save-weights save-parameters output", ""},
    Foreign{"save-dir", "save-weights output", ""},
    Foreign{"out", "output", ""},
    Foreign{"overwrite", "force", ""},
    Foreign{"log-every", "every records", ""},
    Foreign{"seq-len", "tokens set", ""},
    Foreign{"block-size", "tokens set", ""},
    Foreign{"context-length", "tokens set", ""},
    Foreign{"tol", "rtol", ""},
};

}  // namespace

std::string foreign_remedy(const Program& program, std::string_view typed, std::string_view prefix) {
  std::string name(typed);
  std::ranges::replace(name, '_', '-');
  const auto found = std::ranges::find(kForeign, name, &Foreign::name);
  if (found != kForeign.end()) {
    for (const std::string& key : split_words(found->keys))
      if (find_key(program, key)) return "write " + std::string(prefix) + key;
    if (!found->reason.empty()) return "it is not offered: " + std::string(found->reason);
  }
  const bool of_models = std::ranges::any_of(models(), [&](const Model& model) {
    return std::ranges::find(model.options, name, &ModelOption::name) != model.options.end();
  });
  if (!of_models) return "";
  return "it is an option of models, write " + (prefix.empty() ? "set = \"" : std::string(prefix) + "set ") + name +
         "=VALUE" + (prefix.empty() ? "\"" : "");
}

}  // namespace invar
