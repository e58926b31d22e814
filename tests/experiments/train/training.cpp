// `train` against steps taken here by hand, its losses and errors against their definitions, interruption, and what it
// makes of wrong input.
#include <array>
#include <cmath>
#include <fstream>
#include <sstream>

#include "data/safetensors.h"
#include "error.h"
#include "job/job.h"
#include "job/run_setup.h"
#include "problem/gradient_field.h"
#include "tests/experiments/program.h"
#include "tests/experiments/small_job.h"
#include "tests/experiments/train/training_job.h"

using namespace invar;
using namespace invar::testing;
using Catch::Contains;

namespace {

/// A text whose next letter follows from the last two, most of the time.
std::filesystem::path write_text(const TemporaryFolder& folder, const std::string& name, int letters, unsigned seed) {
  data::Engine engine = data::engine(seed, "letters");
  std::string text = "ab";
  for (int i = 2; i < letters; ++i) {
    const int next = text[text.size() - 1] + text[text.size() - 2] + (engine() % 4 == 0 ? 1 : 0);
    text += static_cast<char>('a' + next % 7);
  }
  std::ofstream(folder / name) << text;
  return folder / name;
}

const std::string kNet =
    "--model lm --set layers=1 width=6 hidden=4 heads=1 head-size=4 experts=2 --tokenizer characters --tokens 5 "
    "--components 1000 ";

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  return text.replace(text.find(part), part.size(), by);
}

}  // namespace

TEST_CASE("train takes the steps of stochastic gradient descent and records their losses") {
  const TemporaryFolder folder;
  const auto text = write_text(folder, "text.txt", 400, 1), other = write_text(folder, "other.txt", 120, 2);
  const std::string words = kNet +
                            "--steps 12 --every 3 --batch 4 --accumulate 2 --seeds 5 --step-size 0.3 --schedule "
                            "linear:0.1 --precision double --evaluations 2 --quiet --force --data";
  const Configuration configuration =
      training(words, {text, "--eval-data", other, "--output", (folder / "r.h5").string()});
  run_training(configuration);
  const hdf5::File file = hdf5::File::open(folder / "r.h5");
  CHECK(file.text_attribute("backend") == "host");

  DataSource source(configuration);
  const Problem problem = build_problem(configuration, ladder(configuration).front(), source);
  REQUIRE(problem.samples.count == 79);
  CHECK(problem.block.input_tokens == 7);
  Objective<double> objective(problem.plans, problem.samples, 8);
  BatchField<double> field(objective, 8, false, 5);
  State<double> theta =
      Eigen::Map<const State<double>>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()));
  State<double> derivative(theta.size());
  const std::vector<double> losses = column(file, "batch_loss"), norms = column(file, "batch_gradient_norm");
  CHECK(std::isnan(losses[0]));
  double sum = 0.0;
  for (int step = 0; step < 12; ++step) {
    field.begin_step();
    field.evaluate(theta, 0.0, derivative);
    sum += field.cost();
    theta += std::lerp(0.3, 0.1, step / 11.0) * derivative;
    if (step % 3 != 2) continue;
    const auto row = static_cast<std::size_t>(step / 3 + 1);
    CHECK(losses[row] == Approx(sum / 3.0).epsilon(1e-13));
    CHECK(norms[row] == Approx(derivative.norm()).epsilon(1e-12));
    sum = 0.0;
  }
  std::size_t at = 0;
  for (const Tensor& tensor : problem.block.parameters.tensors())
    for (const double value : column(file, "end/" + tensor.name))
      CHECK(value == Approx(theta[static_cast<Eigen::Index>(at++)]).epsilon(1e-12).margin(1e-14));
  REQUIRE(RunView(file, 0).integers("step") == std::vector<std::int64_t>{0, 3, 6, 9, 12});

  Objective<double> evaluation(problem.plans, problem.evaluation);
  State<double> unused(theta.size());
  const std::vector<double> evaluated = column(file, "eval_loss");
  CHECK(evaluated[0] == Approx(evaluation.evaluate(problem.start.data(), unused.data())).epsilon(1e-13));
  CHECK(evaluated[4] == Approx(evaluation.evaluate(theta.data(), unused.data())).epsilon(1e-12));
  for (const std::size_t row : {1, 2, 3}) CHECK(std::isnan(evaluated[row]));
}

TEST_CASE("the drift of every law closes in training, and its error is that of Eq. 10") {
  const TemporaryFolder folder;
  const auto text = write_text(folder, "text.txt", 600, 1);
  for (const std::string precision : {"float", "double", "mixed"}) {
    CAPTURE(precision);
    const std::string words = kNet + "--epochs 2 --batch 8 --seeds 1 --step-size 0.2 --quiet --force --budget exact " +
                              "--precision " + precision + " --data";
    run_training(training(words, {text, "--output", (folder / "r.h5").string()}));
    const hdf5::File file = hdf5::File::open(folder / "r.h5");
    const std::vector<std::string> laws = RunView(file, 0).group().dataset("law").read_text(),
                                   kinds = RunView(file, 0).group().dataset("law_kind").read_text(),
                                   owners = RunView(file, 0).group().dataset("component_law").read_text();
    const std::vector<double> value = column(file, "value"), closure = column(file, "closure"),
                              step = column(file, "step_part"), error = column(file, "law_error"),
                              error_step = column(file, "law_error_step"), error_rest = column(file, "law_error_rest"),
                              deviation = column(file, "law_deviation"),
                              deviation_step = column(file, "law_deviation_step"),
                              deviation_rest = column(file, "law_deviation_rest");
    const std::vector<double> gradient = column(file, "gradient_part"), update = column(file, "update_part"),
                              cast = column(file, "cast_part");
    const std::size_t columns = owners.size(), rows = value.size() / columns;
    double largest = 0.0, drift = 0.0;
    for (std::size_t c = 0; c < columns; ++c) {
      largest = std::max(largest, std::abs(closure[(rows - 1) * columns + c]));
      drift = std::max(drift, std::abs(step[(rows - 1) * columns + c]));
    }
    CHECK(drift > 1e-5);
    CHECK(largest < 1e-20);
    const std::vector<double> changes = column(file, "drift");
    for (std::size_t c = 0; c < columns; ++c)
      for (std::size_t r = 0; r < rows; ++r)
        CHECK(changes[r * columns + c] ==
              Approx(value[r * columns + c] - value[c]).epsilon(1e-9).margin(1e-14 * (1.0 + std::abs(value[c]))));
    for (std::size_t l = 0; l < laws.size(); ++l) {
      double moved = 0.0, start = 0.0;
      std::array<double, 3> mean{}, squares{};  // of drift, step, rest
      double components = 0.0;
      for (std::size_t c = 0; c < columns; ++c) {
        if (owners[c] != laws[l]) continue;
        const std::size_t end = (rows - 1) * columns + c;
        const double from = value[c], to = value[end];
        moved += (to - from) * (to - from);
        start += from * from;
        const std::array parts{changes[end], step[end], gradient[end] + update[end] + cast[end]};
        for (std::size_t i = 0; i < 3; ++i) {
          mean[i] += std::abs(parts[i] / from);
          squares[i] += parts[i] * parts[i];
        }
        components += 1.0;
      }
      CAPTURE(laws[l], kinds[l]);
      const std::size_t at = (rows - 1) * laws.size() + l;
      if (laws[l].ends_with("down_up")) {  // a law a neuron: the mean over them, and all of them as one vector
        const std::array errors{error[at], error_step[at], error_rest[at]},
            deviations{deviation[at], deviation_step[at], deviation_rest[at]};
        for (std::size_t i = 0; i < 3; ++i) {
          CHECK(errors[i] == Approx(mean[i] / components).epsilon(1e-9));
          CHECK(deviations[i] == Approx(std::sqrt(squares[i] / start)).epsilon(1e-9));
          CHECK(errors[i] > 0.0);
        }
      }
      // Vectors are one law: their 2-norm. (Matrices are several, and count off-diagonals twice.)
      if (laws[l].ends_with("gate_sum") || laws[l] == "output_columns") {
        CHECK(error[(rows - 1) * laws.size() + l] == Approx(std::sqrt(moved / start)).epsilon(1e-6).margin(1e-15));
        CHECK(kinds[l] == "law");
      }
    }
  }
}

TEST_CASE("of a law with many components the norm of its change is recorded, not the change of its norm") {
  const TemporaryFolder folder;
  const auto text = write_text(folder, "text.txt", 600, 1);
  run_training(
      training("--model lm --set layers=1 width=6 hidden=4 heads=2 head-size=46 experts=2 --tokenizer characters "
               "--tokens 5 --epochs 2 --batch 8 --seeds 1 --step-size 0.2 --quiet --precision double "
               "--save-parameters --data",
               {text.string(), "--output", (folder / "r.h5").string()}));
  const hdf5::File file = hdf5::File::open(folder / "r.h5");
  const std::vector<std::string> kinds = RunView(file, 0).group().dataset("component_kind").read_text(),
                                 indices = RunView(file, 0).group().dataset("component_index").read_text();
  const std::vector<double> value = column(file, "value"), drift = column(file, "drift"),
                            step = column(file, "step_part");
  const std::size_t columns = kinds.size(), last = value.size() / columns - 1;
  int norms = 0;
  for (std::size_t c = 0; c < columns; ++c) {
    if (kinds[c] != "law" || !indices[c].starts_with("norm")) continue;
    ++norms;
    const double change = std::abs(value[last * columns + c] - value[c]);
    // In double the drift is the steps', but for roundings.
    CHECK(drift[last * columns + c] == Approx(step[last * columns + c]).epsilon(1e-6));
    CHECK(change < 0.99 * drift[last * columns + c]);
  }
  CHECK(norms >= 2);
}

TEST_CASE("the batches of a seed do not depend on the number of threads") {
  const TemporaryFolder folder;
  const auto text = write_text(folder, "text.txt", 600, 1);
  const std::string words = kNet + "--steps 20 --batch 32 --seeds 1 2 --step-size 0.2 0.1 --quiet --data";
  run_training(training(words + " " + text.string() + " --threads 1", {"--output", (folder / "a.h5").string()}));
  run_training(training(words + " " + text.string() + " --threads 3", {"--output", (folder / "b.h5").string()}));
  CHECK(differences(folder / "a.h5", folder / "b.h5") == std::vector<std::string>{});
}

TEST_CASE("weights that were saved are a start with the same bits") {
  const TemporaryFolder folder;
  const auto text = write_text(folder, "text.txt", 600, 1);
  const std::string words = kNet + "--method gd --every 5 --schedule constant --step-size 0.2 --seeds 1 --quiet --data";
  const std::string all = words + " " + text.string();
  run_training(training(all + " --steps 10", {"--output", (folder / "whole.h5").string()}));
  run_training(training(all + " --steps 5",
                        {"--output", (folder / "first.h5").string(), "--save-weights", (folder / "weights").string()}));
  const std::vector<double> wanted = column(hdf5::File::open(folder / "whole.h5"), "end/output.U");
  for (const std::string& weights :
       {(folder / "weights/run0000.safetensors").string(), (folder / "first.h5").string() + ":runs/0000/end"}) {
    run_training(
        training(all + " --steps 5 --force", {"--output", (folder / "second.h5").string(), "--weights", weights}));
    CHECK(column(hdf5::File::open(folder / "second.h5"), "end/output.U") == wanted);
  }
  const auto refused = [&](const std::string& set, const std::string& by, const std::string& message) {
    CHECK_THROWS_WITH(run_training(training(replaced(all, set, by) + " --steps 5 --force",
                                            {"--output", (folder / "x.h5").string(), "--weights",
                                             (folder / "weights/run0000.safetensors").string()})),
                      Contains(message));
  };
  refused("width=6", "width=8", "the block's");
  refused("layers=1", "layers=2", "is missing");
  refused("experts=2", "experts=2 tied=true", "which the block lacks");
  std::vector<data::SavedTensor> tensors;
  for (const data::WeightTensor& tensor : data::load_safetensors(folder / "weights/run0000.safetensors")) {
    tensors.push_back({tensor, data::WeightFormat::float32});
    if (tensor.name == "output.U") tensors.back().tensor.values[3] = std::numeric_limits<double>::quiet_NaN();
  }
  data::save_safetensors(folder / "bad.safetensors", tensors, {});
  CHECK_THROWS_WITH(
      run_training(training(all + " --steps 5 --force", {"--output", (folder / "x.h5").string(), "--weights",
                                                         (folder / "bad.safetensors").string()})),
      Contains("output.U[0, 3] is NaN"));
}

TEST_CASE("what the data know of a net need not be said") {
  const TemporaryFolder folder;
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    WARN("skipped: Fashion-MNIST is not installed");
    return;
  }
  const Configuration configuration = training("--model vit --samples 8 --pool 2 --set patch=7", {});
  DataSource source(configuration);
  const Problem problem = build_problem(configuration, ladder(configuration).front(), source);
  const auto& tensors = problem.block.parameters.tensors();
  const auto position = std::ranges::find(tensors, "position", &Tensor::name);
  REQUIRE(position != tensors.end());
  CHECK(position->shape == Shape{4, 32});  // 14 x 14 pixels
}

TEST_CASE("as many evaluations as rows are one at each row") {
  const TemporaryFolder folder;
  const auto text = write_text(folder, "text.txt", 400, 1);
  for (const int steps : {1, 5}) {
    run_training(training(kNet + "--steps " + std::to_string(steps) +
                              " --every 1 --batch 4 --seeds 5 --step-size 0.3 --evaluations 1000 --quiet --force",
                          {"--data", text, "--eval-data", text, "--output", (folder / "r.h5").string()}));
    const std::vector<double> losses = column(hdf5::File::open(folder / "r.h5"), "eval_loss");
    CHECK(losses.size() == static_cast<std::size_t>(steps) + 1);
    for (const double loss : losses) CHECK(std::isfinite(loss));
  }
}

TEST_CASE("a training that is interrupted or killed goes on with the same bits") {
  if (program_is_missing("train")) return;
  const TemporaryFolder folder;
  const auto text = write_text(folder, "text.txt", 6000, 1);
  const std::string words =
      kNet + "--steps 9000 --batch 8 --seeds 1 2 --step-size 0.2 0.1 --every 10 --checkpoint 1 --eval-data " +
      text.string() + " --evaluations 3 --probes 2 --quiet --data " + text.string();
  const auto paths = [&](const std::string& name) {
    return Arguments{"--output", (folder / name).string() + ".h5", "--save-weights", (folder / name).string()};
  };
  REQUIRE(run_program(folder, line(words, paths("whole")), "train").code == 0);
  const auto output = folder / "parts.h5";
  Arguments arguments = line(words, paths("parts"));
  int stops = 0;
  for (int attempt = 0; attempt < 50; ++attempt) {
    Process program(folder, arguments, "train");
    if (attempt < 4) {
      program.reaches(
          [&] { return std::filesystem::exists(output) && std::filesystem::exists(output.string() + ".checkpoints"); });
      std::this_thread::sleep_for(std::chrono::milliseconds(60 + 70 * attempt));
      program.send(attempt % 2 == 0 ? SIGKILL : SIGINT);
    }
    const Ended ended = program.wait();
    if (ended.code == 0) break;
    ++stops;
    CAPTURE(ended.out, ended.err);
    REQUIRE((ended.code == -SIGKILL || ended.code == 130));
    arguments = {"--resume", output.string(), "--quiet"};
  }
  CHECK(stops > 0);
  CHECK(differences(folder / "whole.h5", output) == std::vector<std::string>{});
  for (const char* run : {"run0000", "run0001", "run0002", "run0003"}) {
    const std::string file = std::string(run) + ".safetensors";
    CHECK(text_in(folder / ("whole/" + file)) == text_in(folder / ("parts/" + file)));
    CHECK_FALSE(text_in(folder / ("parts/" + file)).empty());
  }
}

TEST_CASE("wrong input of a training is told with value, place and remedy") {
  const TemporaryFolder folder;
  const auto text = write_text(folder, "text.txt", 300, 1);
  const auto refused = [&](const std::string& words, const std::vector<std::string>& parts) {
    CAPTURE(words);
    std::string message;
    try {
      run_training(training(words + " --quiet --output", {(folder / "no.h5").string()}));
    } catch (const InputError& error) {
      message = error.what();
    }
    for (const std::string& part : parts) CHECK_THAT(message, Contains(part));
    CHECK_FALSE(std::filesystem::exists(folder / "no.h5"));
  };
  const std::string net = kNet + "--data " + text.string() + " ";
  refused("--data nowhere.txt", {"nowhere.txt", "cifar10", "wikitext103"});
  refused("--model lm --data ptb --data-folder " + folder.path().string(), {"ptb.train.txt", "Penn Treebank"});
  refused(net + "--method flow", {"flow", "gd"});
  refused(net + "--epochs 2 --steps 5", {"--steps", "one of the two"});
  refused(net + "--step-size 0.5/sharpness", {"sharpness", "give numbers"});
  refused(net + "--batch 5000", {"5000", "samples"});
  refused(replaced(net, "--tokens 5", "--tokens 5000"), {"5000", "shorter samples"});
  refused(replaced(net, "--tokens 5", "--tokens 0"), {"--tokens", "below 1"});
  refused(net + "--set vocabulary=3", {"from 0 to 2"});
  refused(net + "--weights none.safetensors", {"none.safetensors"});
  refused(replaced(net, "layers=1", "layers=0"), {"lm", "layers=0", "give 1 or more"});
  refused(replaced(net, "layers=1", "layers=0 tied=true"), {"lm", "layers=0", "give 1 or more"});
  refused(replaced(net, "head-size=4", "head-size=3"), {"lm", "head-size=3", "even number"});
  refused(replaced(net, "heads=1", "heads=3 kv-heads=2"), {"lm", "kv-heads=2", "heads=3", "give a divisor"});
  refused(replaced(net, "experts=2", "experts=2 top=3"), {"lm", "top=3", "experts=2", "at most as many"});
  refused(net + "--set vocabulary=1", {"lm", "vocabulary=1", "2 or more"});
  refused(replaced(net, "--tokens 5", "--tokens 1"), {"lm", "tokens=1", "2 or more"});
  std::ofstream(folder / "same.txt") << std::string(40, 'a');
  refused(replaced(net, text.string(), (folder / "same.txt").string()), {"same.txt", "'a'", "another text"});
  if (std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    const std::string images = "--model vit --samples 8 --set ";
    refused(images + "layers=0 hidden=8", {"vit", "layers=0", "give 1 or more"});
    refused(images + "width=32 heads=3", {"vit", "width=32", "heads=3"});
    refused(images + "patch=3", {"vit", "image=28", "patch=3"});
  }
  refused(net + "--seeds 1 1", {"twice"});
  refused(net + "--pool 2", {"--pool: '2' is for images", "text.txt"});
  refused(net + "--patch 4", {"--patch: '4' is for images", "text.txt"});
  refused(net + "--eval-samples 5", {"--eval-samples: '5'", "--eval-data"});
  refused("--model vit --tokens 5", {"--tokens: '5' is for texts"});
  refused(net + "--batch 5 --accumulate 5000", {"batch: 5 times accumulate 5000", "25000 samples"});
  refused(net + "--save-weights " + text.string(), {"save-weights: '" + text.string(), "give a folder"});
  refused(net + "--save-weights /proc/no", {"save-weights: '/proc/no'", "give a folder"});
  refused("--model vit --tokenizer characters --tokens 5 --data " + text.string(),
          {"text.txt", "vit takes images", "--model lm"});
  refused("--model lm --data fashion-mnist --samples 10", {"fashion-mnist", "lm takes tokens", "--model vit"});
  refused(replaced(net, "layers=1", "layers=1001"), {"lm", "layers=1001", "at most 1000"});
  refused(net + "--eval-samples 5000 --eval-data " + text.string(), {"eval-samples = 5000", "text.txt", "at most"});
  std::filesystem::create_directory(folder / "w.safetensors");
  refused(net + "--weights " + (folder / "w.safetensors").string(), {"w.safetensors", "is a folder"});
}

TEST_CASE("of a law of many single numbers all are recorded, with their signs") {
  const TemporaryFolder folder;
  {
    const hdf5::File table = hdf5::File::create(folder / "d.h5");
    data::Engine engine = data::engine(3, "numbers");
    table.write<double>("/data/x", {16, 2}, data::standard_normal(engine, 32));
    table.write<double>("/data/y", {16, 2}, data::standard_normal(engine, 32));
  }
  run_training(
      training("--model swiglu --set h=1001 --steps 2 --batch 8 --seeds 1 --step-size 0.01 --quiet --precision "
               "double --data",
               {(folder / "d.h5").string(), "--output", (folder / "r.h5").string()}));
  const hdf5::File file = hdf5::File::open(folder / "r.h5");
  const std::vector<std::string> indices = RunView(file, 0).group().dataset("component_index").read_text();
  const std::vector<double> value = column(file, "value"), drift = column(file, "drift");
  const std::size_t last = value.size() - indices.size();
  REQUIRE(indices.size() >= 1001);
  CHECK(std::ranges::none_of(indices, [](const std::string& index) { return index.starts_with("norm"); }));
  CHECK(std::ranges::any_of(value, [](double number) { return number < 0.0; }));
  for (std::size_t c = 0; c < indices.size(); ++c)
    CHECK(drift[last + c] == Approx(value[last + c] - value[c]).margin(1e-13));
}

TEST_CASE("a run that an error ended is marked as failed, with the reason") {
  const TemporaryFolder folder;
  const auto text = write_text(folder, "text.txt", 300, 1);
  std::filesystem::create_directories(folder / "w" / "run0000.safetensors.tmp");
  const Configuration job =
      training(kNet + "--steps 2 --batch 8 --seeds 1 --step-size 0.1 --quiet --data",
               {text.string(), "--save-weights", (folder / "w").string(), "--output", (folder / "r.h5").string()});
  CHECK_THROWS_AS(run_training(job), InputError);
  const hdf5::File file = hdf5::File::open(folder / "r.h5");
  CHECK(RunView(file, 0).status() == "failed");
  CHECK_THAT(RunView(file, 0).message(), Contains("safetensors"));
}
