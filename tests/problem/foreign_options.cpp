// Names that other tools have for the keys lead to the keys.
#include "problem/foreign_options.h"

#include <catch2/catch.hpp>

#include "error.h"
#include "experiments/accuracy/program.h"
#include "experiments/drift/program.h"
#include "experiments/train/program.h"
#include "job/command_line.h"

using namespace invar;
using Catch::Contains;

namespace {

std::string problems(std::vector<const char*> arguments, const Program& program) {
  arguments.insert(arguments.begin(), "program");
  try {
    read_command_line(static_cast<int>(arguments.size()), arguments.data(), program);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("options of other tools are answered with the option of this one, or that there is none") {
  const Program &drift = drift_program(), &train = train_program(), &accuracy = accuracy_program();
  CHECK_THAT(problems({"--lr", "0.1"}, train), Contains("'--lr' is no option; write --step-size"));
  CHECK_THAT(problems({"--learning_rate", "0.1"}, drift), Contains("write --step-size"));
  CHECK_THAT(problems({"--momentum", "0.9"}, train), Contains("it is not offered: gd and sgd take plain steps"));
  CHECK_THAT(problems({"--batch-size", "8"}, train), Contains("write --batch"));
  CHECK_THAT(problems({"--seed", "8"}, train), Contains("write --seeds"));
  CHECK_THAT(problems({"--seed", "8"}, drift), Contains("write --start-seeds"));
  CHECK_THAT(problems({"--epochs", "8"}, drift), Contains("write --time"));
  CHECK_THAT(problems({"--optimizer", "adam"}, accuracy), Contains("write --methods"));
  CHECK_THAT(problems({"--heads", "4"}, train), Contains("write --set heads=VALUE"));
  CHECK_THAT(problems({"--num-heads", "4"}, train), Contains("--help lists"));
  CHECK_THAT(problems({"--tiem", "4"}, drift), Contains("did you mean '--time'?"));
  std::vector<std::string> wrong;
  read_toml("lr = 0.1\nheads = 4", "job.toml", wrong, key_table(train));
  REQUIRE(wrong.size() == 2);
  CHECK_THAT(wrong[0], Contains("job.toml:2:1") || Contains("write step-size"));
  CHECK_THAT(wrong[0] + wrong[1], Contains("write step-size") && Contains("set = \"heads=VALUE\""));
}

TEST_CASE("every name of another tool leads to a key or to a reason in every program") {
  for (const Program* program : {&drift_program(), &accuracy_program(), &train_program()})
    for (const char* name : {"lr", "momentum", "weight-decay", "batch-size", "seed", "device", "dtype", "optimizer",
                             "epochs", "dropout", "max-steps", "num-workers", "dataset", "seq-len", "save", "arch"}) {
      CAPTURE(name);
      const std::string remedy = foreign_remedy(*program, name, "--");
      CHECK((remedy.starts_with("write --") || remedy.starts_with("it is not offered")));
    }
}
