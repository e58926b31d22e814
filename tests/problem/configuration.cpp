// The configuration: layers, round trip, and every problem reported at once with value, place and remedy.
#include "problem/configuration.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "error.h"
#include "experiments/drift/keys.h"
#include "experiments/drift/program.h"
#include "experiments/train/program.h"
#include "job/command_line.h"
#include "problem/keys.h"

using namespace invar;
using Catch::Matchers::Contains;

namespace {

Command command(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "drift");
  return read_command_line(static_cast<int>(arguments.size()), arguments.data(), drift_program());
}

Configuration configuration(std::vector<const char*> arguments) {
  return command(std::move(arguments)).configuration;
}

/// The lines of the error that these arguments give; none where they are accepted.
std::vector<std::string> problems(std::vector<const char*> arguments) {
  std::vector<std::string> lines;
  try {
    configuration(std::move(arguments));
  } catch (const InputError& error) {
    std::istringstream text(error.what());
    for (std::string line; std::getline(text, line);) lines.push_back(line);
  }
  return lines;
}

/// A text in a file of its own for the time of a test.
struct TemporaryFile {
  std::string path;
  TemporaryFile(const std::string& name, const std::string& text)
      : path((std::filesystem::temp_directory_path() / (std::to_string(getpid()) + "_" + name)).string()) {
    std::ofstream(path) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
};

Configuration read_back(const std::string& toml) {
  std::vector<std::string> wrong;
  const Settings settings = read_toml(toml, "stored", wrong, key_table(drift_program()));
  return read_configuration({settings}, wrong, drift_program());
}

}  // namespace

TEST_CASE("the main job is the configuration without options: five blocks, four tolerances, five step sizes") {
  const Configuration c = configuration({});
  CHECK(c.model.size() == 5);
  CHECK(c.rtol.size() == 4);
  CHECK(c.step_size.size() == 5);
  CHECK(c.sampling_seeds == std::vector<std::int64_t>{1, 2, 3});
  CHECK(c.data == "fashion-mnist");
  CHECK(c.schedule.size() == 2);
}

TEST_CASE("the stored text reads back as itself, whatever was set") {
  const TemporaryFile block("my block \"x\".txt", "input x[d]\n");
  const std::vector<std::vector<const char*>> command_lines = {
      {},
      {"--model", "attention", "swiglu", "--set", "heads=2", "attention.heads=3", "--set", "width=7", "--patch", "7x1"},
      {"--rtol", "0.1", "1e-15", "--atol", "3.3333333333333335e-7", "--time", "1e22", "--steps", "1e6"},
      {"--method", "flow", "--time", "inf", "--stop-loss", "1"},
      {"--step-size", "0.1,0.5/sharpness", "--schedule", "power:0.75", "linear:1e-5", "--batch", "1..4",
       "--replacement"},
      {"--block", block.path.c_str(), "--set", "h=3", "--data", "teacher", "--samples", "30", "--batch", "5"},
      {"--model", "toy", "--problem", INVAR_TESTS "/reference/toy_abx.h5", "--method", "flow"},
      {"--precision", "double,float,mixed", "--budget", "off", "--norm", "tensor", "--loss", "cross-entropy", "--quiet",
       "--projection"},
      {"--output", "a \\ \"b\"\t.h5", "--balanced", "--start-seeds", "7", "5..6", "--threads", "2", "--force"},
  };
  for (const auto& arguments : command_lines) {
    const std::string text = configuration(arguments).toml();
    INFO(text);
    CHECK(read_back(text).toml() == text);
  }
}

TEST_CASE("every key but those of the models and of execution is part of the experiment's text") {
  const Configuration c = configuration({});
  const std::string all = c.toml(), experiment = c.toml_of_experiment();
  for (const std::string key : {"threads", "output", "force", "quiet"}) {
    CHECK_THAT(all, Contains("\n" + key + " = "));
    CHECK_THAT(experiment, !Contains("\n" + key + " = "));
  }
  CHECK(configuration({"--threads", "1", "--output", "x.h5", "--force", "--quiet"}).toml_of_experiment() == experiment);
  CHECK(configuration({"--records", "7"}).toml_of_experiment() != experiment);
}

TEST_CASE("numbers keep every bit from the command line to the stored text and back") {
  const Configuration c = configuration(
      {"--time", "0.1", "--step-size", "0.30000000000000004", "--start-scale", "2.2250738585072014e-308"});
  const Configuration back = read_back(c.toml());
  CHECK(*back.time == 0.1);
  CHECK(back.step_size[0].value == 0.1 + 0.2);
  CHECK(back.start_scale == 2.2250738585072014e-308);
}

TEST_CASE("a file may say that a run has no end") {
  const TemporaryFile file("endless.toml", "time = inf\nmethod = \"flow\"\nstop-loss = 0.5\n");
  CHECK(std::isinf(*configuration({"--config", file.path.c_str()}).time));
  const Configuration c = configuration({"--config", file.path.c_str(), "--time", "4"});
  CHECK(*c.time == 4.0);
}

TEST_CASE("the command line beats the file, and the file beats the defaults") {
  const TemporaryFile file("layers.toml",
                           "time = 3\nrecords = 11\nset = [\"heads=2\", \"head-size=6\"]\nmodel = \"attention\"\n");
  const Configuration c = configuration({"--config", file.path.c_str(), "--time", "4", "--set", "heads=8"});
  CHECK(*c.time == 4.0);
  CHECK(keys_of<DriftKeys>(c).records == 11);
  CHECK(c.sampling_seeds == std::vector<std::int64_t>{1, 2, 3});
  REQUIRE(c.set.size() == 2);  // merged by entry
  CHECK(c.set[0].text() == "head-size=6");
  CHECK(c.set[1].text() == "heads=8");
}

TEST_CASE("a block on the command line takes the place of the file's model and its settings") {
  const TemporaryFile block("layered.txt", "input x[d]\n");
  const TemporaryFile file("model.toml", "model = \"attention\"\nset = \"heads=2\"\n");
  const Configuration c = configuration({"--config", file.path.c_str(), "--block", block.path.c_str()});
  CHECK(c.model.empty());
  CHECK(c.set.empty());
  CHECK(c.block == block.path);
}

TEST_CASE("a training is as long as epochs or steps say, whichever came last") {
  const auto trained = [](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "train");
    return read_command_line(static_cast<int>(arguments.size()), arguments.data(), train_program()).configuration;
  };
  const TemporaryFile epochs("epochs.toml", "epochs = 20\n"), steps("steps.toml", "steps = 30\n");
  const auto is = [&](const Configuration& c, std::int64_t of_epochs, std::int64_t of_steps) {
    CHECK(c.epochs == of_epochs);
    CHECK(c.steps == of_steps);
    // A stored job is resumed, and its text given as a file.
    const TemporaryFile stored("stored.toml", c.toml());
    CHECK(trained({"--config", stored.path.c_str()}).toml() == c.toml());
  };
  is(trained({}), 1, 0);
  is(trained({"--steps", "7"}), 0, 7);
  is(trained({"--config", epochs.path.c_str()}), 20, 0);
  is(trained({"--config", epochs.path.c_str(), "--steps", "7"}), 0, 7);
  is(trained({"--config", epochs.path.c_str(), "--steps", "0"}), 20, 0);
  is(trained({"--config", steps.path.c_str(), "--epochs", "3"}), 3, 0);
  CHECK_THROWS_WITH(trained({"--steps", "7", "--epochs", "2"}), Contains("give one of the two"));
  CHECK_THROWS_WITH(trained({"--epochs", "0"}), Contains("--epochs: '0' without steps"));
}

TEST_CASE("a problem file brings data, start and time of its own") {
  const Configuration c = configuration({"--model", "toy", "--problem", INVAR_TESTS "/reference/toy_abx.h5"});
  CHECK(c.data.empty());
  CHECK(c.start_seeds.empty());
  CHECK(!c.time.has_value());
  CHECK(configuration({"--model", "toy", "--problem", INVAR_TESTS "/reference/toy_abx.h5", "--time", "3"}).time == 3.0);
}

TEST_CASE("each ill-formed option gets one line with its value, its place and a remedy") {
  struct Wrong {
    std::vector<const char*> arguments;
    std::string place, value, remedy;
  };
  const std::vector<Wrong> all = {
      {{"--model", "atention"}, "--model", "atention", "attention"},
      {{"--methdo", "gd"}, "", "--methdo", "--method"},
      {{"--method", "sgdd"}, "--method", "sgdd", "sgd"},
      {{"--loss", "squard"}, "--loss", "squard", "squared"},
      {{"--integrator", "dopri"}, "--integrator", "dopri", "dopri5"},
      {{"--norm", "l2"}, "--norm", "l2", "rms, max, tensor"},
      {{"--precision", "half"}, "--precision", "half", "double, float, mixed"},
      {{"--budget", "exat"}, "--budget", "exat", "exact"},
      {{"--rtol", "-1e-6"}, "--rtol", "-1e-6", "such as 1e-4"},
      {{"--atol", "0"}, "--atol", "0", "a number above 0"},
      {{"--rtol", "1e-6x"}, "--rtol", "1e-6x", "write for example"},
      {{"--rtol", "nan"}, "--rtol", "nan", "write for example"},
      {{"--rtol", "1e-3", "1e-4", "--atol", "1", "2", "3"}, "--atol", "3 values", "as many of each"},
      {{"--rtol", "1e-3", "1e-3", "--atol", "1"}, "--rtol", "rtol = 0.001", "once"},
      {{"--time", "0"}, "--time", "0", "such as 5"},
      {{"--time", "nan"}, "--time", "nan", "write for example"},
      {{"--time", "3", "4"}, "--time", "4", "give one"},
      {{"--steps", "1.5"}, "--steps", "1.5", "1e6"},
      {{"--step-size", "0"}, "--step-size", "0", "positive"},
      {{"--step-size", "-0.5/sharpness"}, "--step-size", "-0.5/sharpness", "positive"},
      {{"--step-size", "0.5/sharp"}, "--step-size", "0.5/sharp", "0.5/sharpness"},
      {{"--step-size", "0.1", "0.10"}, "--step-size", "0.10", "once"},
      {{"--schedule", "cosine"}, "--schedule", "cosine", "linear:0.001"},
      {{"--schedule", "power:1.5", "--steps", "0"}, "--schedule", "power:1.5", "--steps"},
      {{"--batch", "0"}, "--batch", "0", "give 1 or more"},
      {{"--batch", "300", "--samples", "200"}, "--batch", "300", "smaller batch"},
      {{"--accumulate", "0"}, "--accumulate", "0", "such as 1"},
      {{"--records", "0"}, "--records", "0", "such as 40"},
      {{"--start-seeds", "3..1"}, "--start-seeds", "3..1", "1..3"},
      {{"--sampling-seeds", "-4"}, "--sampling-seeds", "-4", "such as"},
      {{"--start-scale", "0"}, "--start-scale", "0", "such as 1"},
      {{"--samples", "60001"}, "--samples", "60001", "0 for all"},
      {{"--samples", "0", "--data", "teacher"}, "--samples", "0", "above 0"},
      {{"--pool", "5"}, "--pool", "5", "14"},
      {{"--patch", "3"}, "--patch", "3", "divisor"},
      {{"--patch", "rows"}, "--patch", "rows", "1x7"},
      {{"--data", "no/such/file.h5"}, "--data", "no/such/file.h5", "fashion-mnist"},
      {{"--block", "no_block.txt"}, "--block", "no_block.txt", "path"},
      {{"--problem", INVAR_TESTS "/reference/SwiGLU.h5"}, "--problem", "SwiGLU.h5", "--model"},
      {{"--problem", INVAR_TESTS "/reference/SwiGLU.h5", "--model", "swiglu", "--data", "teacher"},
       "--data",
       "teacher",
       "leave"},
      {{"--model", "swiglu", "swiglu"}, "--model", "swiglu", "once"},
      {{"--model", "swiglu", "--set", "width=0"}, "--set", "width=0", "positive integer"},
      {{"--model", "swiglu", "--set", "widht=8"}, "--set", "widht=8", "width"},
      {{"--model", "swiglu", "--set", "attention.heads=8"}, "--set", "attention.heads=8", "swiglu"},
      {{"--model", "attention", "--set", "width=8"}, "--set", "width=8", "heads"},
      {{"--model", "attention-rope", "--set", "head-size=3"}, "--", "head-size=3", "even"},
      {{"--set", "heads"}, "--set", "heads", "OPTION=VALUE"},
      {{"--set", "heads=2", "heads=4"}, "--set", "heads=4", "once"},
      {{"--quiet", "maybe"}, "--quiet", "maybe", "such as"},
      {{"--output"}, "--output", "''", "FILE.h5"},
      {{"swiglu"}, "", "swiglu", "--KEY VALUE"},
      {{"--config", "no.toml"}, "--config", "no.toml", "--print-config"},
      {{"--config", ""}, "--config", "''", "--config FILE.toml"},
  };
  for (const Wrong& wrong : all) {
    const std::vector<std::string> lines = problems(wrong.arguments);
    INFO((lines.empty() ? "accepted" : lines.front()));
    INFO(wrong.arguments.front() << " " << (wrong.arguments.size() > 1 ? wrong.arguments[1] : ""));
    REQUIRE(lines.size() == 1);
    CHECK(lines.front().starts_with(wrong.place));
    CHECK_THAT(lines.front(), Contains(wrong.value) && Contains(wrong.remedy));
  }
}

TEST_CASE("all problems of a configuration are reported at once, those of the file with line and column") {
  const TemporaryFile file("wrong.toml", "time = -1\nrtol = [1e-6,\n        0]\nbogus = 2\n[table]\n");
  const std::vector<std::string> lines =
      problems({"--config", file.path.c_str(), "--records", "0", "--samples", "--oops"});
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  INFO(text);
  CHECK(lines.size() == 7);
  CHECK_THAT(text, Contains(file.path + ":1:8: time: '-1'"));
  CHECK_THAT(text, Contains(file.path + ":3:9: rtol: '0'"));
  CHECK_THAT(text, Contains(file.path + ":4:"));
  CHECK_THAT(text, Contains("'table'"));
  CHECK_THAT(text, Contains("--records: '0'"));
  CHECK_THAT(text, Contains("--samples: ''"));
  CHECK_THAT(text, Contains("'--oops'"));
}

TEST_CASE("text that is no TOML is reported with line and column") {
  const TemporaryFile file("broken.toml", "time = 3\nrtol = = 4\n");
  const std::vector<std::string> lines = problems({"--config", file.path.c_str()});
  REQUIRE(lines.size() == 1);
  CHECK(lines.front().starts_with(file.path + ":2:8:"));
}

TEST_CASE("every key stands in the help with its name, its default and its values, at most 80 columns wide") {
  const std::string help = help_text(drift_program());
  for (const KeyGroup& group : drift_program().groups) {
    for (const Key& key : group.keys)
      CHECK_THAT(help, Contains("--" + std::string(key.name) + " ") || Contains("--" + std::string(key.name) + "\n"));
  }
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
}

TEST_CASE("help, version and list are answered whatever else is wrong") {
  CHECK(command({"--help", "--bogus"}).action == Command::Action::help);
  CHECK(command({"-h"}).action == Command::Action::help);
  CHECK(command({"--time", "-1", "--version"}).action == Command::Action::version);
  CHECK(command({"--list", "--model", "x"}).action == Command::Action::list);
  CHECK_THROWS_AS(command({"--dry-run", "--model", "x"}), InputError);
}
