// Weights that a training is given and that it leaves: frozen tensors among them, what does not fit, what is replaced.
#include <catch2/catch.hpp>
#include <fstream>
#include <limits>

#include "data/safetensors.h"
#include "data/sampling.h"
#include "error.h"
#include "experiments/drift/program.h"
#include "problem/ladder.h"
#include "problem/problem.h"
#include "tests/experiments/train/training_job.h"

using namespace invar;
using namespace invar::testing;
using Catch::Contains;

namespace {

constexpr std::size_t kSamples = 8, kD = 3, kH = 4, kM = 2;

/// A frozen layer with a trained one added to it, samples, and tensors for it.
struct Frozen {
  TemporaryFolder folder;
  std::vector<double> x = numbers(kSamples * kD, "x"), y = numbers(kSamples * kM, "y"), a = numbers(kM * kH, "a"),
                      b = numbers(kH * kD, "b"), w0 = numbers(kH * kD, "w0");

  Frozen() {
    std::ofstream(folder / "frozen.txt") << "sizes h=4\nconstants W0[h d]\nparameters A[m h] B[h d]\ninput x[d]\n"
                                            "u[h] = W0[h d] x[d] + B[h d] x[d]\ny[m] = A[m h] u[h]\n"
                                            "law sum[h] = A[m h] A[m h] - B[h d] B[h d] - W0[h d] B[h d]\n";
    const hdf5::File file = hdf5::File::create(folder / "d.h5");
    file.write<double>("/data/x", {kSamples, kD}, x);
    file.write<double>("/data/y", {kSamples, kM}, y);
  }

  static std::vector<double> numbers(std::size_t count, const std::string& purpose) {
    data::Engine engine = data::engine(7, purpose);
    return data::standard_normal(engine, static_cast<std::int64_t>(count));
  }

  /// Half the mean squared error, by hand.
  double loss(const std::vector<double>& frozen) const {
    double sum = 0.0;
    for (std::size_t s = 0; s < kSamples; ++s)
      for (std::size_t m = 0; m < kM; ++m) {
        double out = 0.0;
        for (std::size_t h = 0; h < kH; ++h)
          for (std::size_t d = 0; d < kD; ++d)
            out += a[m * kH + h] * (frozen[h * kD + d] + b[h * kD + d]) * x[s * kD + d];
        sum += 0.5 * (out - y[s * kM + m]) * (out - y[s * kM + m]);
      }
    return sum / kSamples;
  }

  std::string path(const std::string& name) const { return (folder / name).string(); }

  /// A file with some of the tensors, as HDF5.
  std::string hdf5_file(const std::string& name, const std::string& parameters, const std::string& constants,
                        const std::vector<double>& frozen) const {
    const hdf5::File file = hdf5::File::create(folder / name);
    file.write<double>(parameters + "/A", {kM, kH}, a);
    file.write<double>(parameters + "/B", {kH, kD}, b);
    if (!constants.empty()) file.write<double>(constants + "/W0", {kH, kD}, frozen);
    return path(name);
  }

  std::string words(const std::string& more) const {
    return "--block " + path("frozen.txt") + " --data " + path("d.h5") +
           " --method gd --schedule constant --quiet --every 1 --force " +
           (more.find("--step-size") == std::string::npos ? "--step-size 0.02 " : "") +
           (more.find("--precision") == std::string::npos ? "--precision double " : "") + more;
  }
  hdf5::File run(const std::string& more, const std::string& output, const Arguments& paths = {}) const {
    Arguments all{"--output", path(output)};
    all.insert(all.end(), paths.begin(), paths.end());
    run_training(training(words(more), all));
    return hdf5::File::open(folder / output);
  }
  std::string refusal(const std::string& more, const Arguments& paths = {}) const {
    return message_of<InputError>([&] { run(more, "no.h5", paths); });
  }
  /// "" where the weights are taken.
  std::string complaint(const std::string& more, const std::string& weights) const {
    try {
      run("--steps 1 --seeds 1" + more, "one.h5", {"--weights", weights});
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
};

data::SavedTensor tensor(const std::string& name, const Shape& shape, const std::vector<double>& values) {
  return {{name, shape, values}, data::WeightFormat::float64};
}

}  // namespace

TEST_CASE("frozen tensors come with the weights, from HDF5 and safetensors, and the results hold them") {
  const Frozen job;
  for (const double factor : {0.0, 1.0, 100.0}) {
    std::vector<double> frozen = job.w0;
    for (double& value : frozen) value *= factor;
    data::save_safetensors(job.folder / "w.safetensors",
                           {tensor("A", {kM, kH}, job.a), tensor("B", {kH, kD}, job.b), tensor("W0", {kH, kD}, frozen)},
                           {});
    for (const std::string& weights :
         {job.hdf5_file("w.h5", "/parameters", "/constants", frozen),
          job.hdf5_file("one.h5", "/parameters", "/parameters", frozen),
          job.hdf5_file("run.h5", "/runs/0002/end", "/runs/0002/constants", frozen) + ":runs/0002/end",
          job.path("w.safetensors")}) {
      CAPTURE(weights, factor);
      const hdf5::File file = job.run("--steps 1 --seeds 1", "r.h5", {"--weights", weights});
      CHECK(column(file, "batch_loss")[1] == Approx(job.loss(frozen)).epsilon(1e-12));
      CHECK(column(file, "constants/W0") == frozen);
      CHECK(column(file, "start/B") == job.b);
    }
  }
}

TEST_CASE("a training goes on from what it left, with the frozen tensors that it drew") {
  const Frozen job;
  for (const std::string precision : {"double", "float"}) {
    CAPTURE(precision);
    const std::string more = "--precision " + precision + " --seeds ";
    const auto steps = [&](int count) { return more + "3 --steps " + std::to_string(count); };
    const hdf5::File whole = job.run(steps(6), "whole.h5");
    job.run(steps(3), "half.h5", {"--save-weights", job.path("w")});
    for (const std::string& weights : {job.path("w/run0000.safetensors"), job.path("half.h5") + ":runs/0000/end"}) {
      CAPTURE(weights);
      const hdf5::File second = job.run(more + "9 --steps 3", "second.h5", {"--weights", weights});
      for (const char* name : {"end/A", "end/B", "constants/W0"}) CHECK(column(second, name) == column(whole, name));
      CHECK(column(second, "value").back() == column(whole, "value").back());
    }
    const hdf5::File other = job.run(more + "9 --steps 3", "other.h5");
    CHECK(column(other, "constants/W0") != column(whole, "constants/W0"));
  }
}

TEST_CASE("all tensors that do not fit are told at once, with what the file has instead") {
  const Frozen job;
  const std::string weights = job.path("w.safetensors");
  const auto told = [&](const std::vector<data::SavedTensor>& tensors) {
    data::save_safetensors(weights, tensors, {});
    return job.refusal("--steps 1", {"--weights", weights});
  };
  std::string message = told({tensor("A", {kH, kM}, job.a), tensor("b", {kH, kD}, job.b), tensor("other", {1}, {0.0})});
  CHECK_THAT(message, Contains("w.safetensors: does not fit the block:\n") &&
                          Contains("\n  A has the shape [4, 2], the block's is [2, 4]: transpose it") &&
                          Contains("\n  B is missing, the block's [4, 3]; did you mean 'b'?") &&
                          Contains("\n  W0 is missing, a constant of the block, [4, 3]\n") &&
                          Contains("\n  other [1] is a tensor which the block lacks") && Contains("give another file"));
  message = told({tensor("A", {kM, kH}, job.a), tensor("B", {kH * kD}, job.b),
                  tensor("W0", {kH, kD}, std::vector<double>(kH * kD, std::numeric_limits<double>::infinity()))});
  CHECK_THAT(message, Contains("B has the shape [12], the block's is [4, 3]: reshape it") &&
                          Contains("W0[0, 0] is infinity: no gradient is finite from there"));
  std::vector<data::SavedTensor> many{tensor("A", {kM, kH}, job.a), tensor("B", {kH, kD}, job.b)};
  for (int i = 0; i < 30; ++i) many.push_back(tensor("x" + std::to_string(i), {1}, {0.0}));
  message = told(many);
  CHECK(std::ranges::count(message, '\n') == 8);
  CHECK_THAT(message, Contains("and 25 more: of the block's 3 tensors 1 are missing and 0 do not fit, 30 of the file"));
  const std::string hdf5 = job.hdf5_file("w.h5", "/parameters", "", {});
  CHECK_THAT(job.refusal("--steps 1", {"--weights", hdf5}), Contains("/parameters/W0 is missing, a constant"));
  job.hdf5_file("twice.h5", "/parameters", "/constants", job.w0);
  {
    const hid_t file = H5Fopen(job.path("twice.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    H5Lcreate_hard(file, "/constants/W0", file, "/parameters/W0", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
  }
  CHECK_THAT(job.refusal("--steps 1", {"--weights", job.path("twice.h5")}),
             Contains("W0 stands as /parameters/W0 and as /constants/W0"));
}

TEST_CASE("names that all begin with what a wrapper of the model put there are read without it, and that is said") {
  const Frozen job;
  const std::string weights = job.path("w.safetensors");
  const auto save = [&](const std::string& prefix, const std::string& last) {
    data::save_safetensors(weights,
                           {tensor(prefix + "A", {kM, kH}, job.a), tensor(prefix + "B", {kH, kD}, job.b),
                            tensor(last + "W0", {kH, kD}, job.w0)},
                           {});
  };
  for (const std::string prefix : {"_orig_mod.", "module.", "module._orig_mod.model."}) {
    save(prefix, prefix);
    std::ostringstream out, messages;
    run_job(train_study(),
            training(job.words("--steps 1 --seeds 1"), {"--output", job.path("r.h5"), "--weights", weights}), {"train"},
            out, messages, -1);
    CHECK_THAT(messages.str(), Contains("w.safetensors: its names are read without '" + prefix + "'"));
    const hdf5::File file = hdf5::File::open(job.folder / "r.h5");
    CHECK(column(file, "batch_loss")[1] == Approx(job.loss(job.w0)).epsilon(1e-12));
  }
  save("module.", "");  // some of them: which is whose would be a guess
  CHECK_THAT(job.refusal("--steps 1", {"--weights", weights}),
             Contains("A is missing") && Contains("module.A [2, 4] is a tensor which the block lacks"));
}

TEST_CASE("masks and a tied output are left out, any other tensor that the block lacks is refused") {
  const Frozen job;
  const std::string weights = job.path("w.safetensors");
  const auto told = [&](const data::SavedTensor& other) {
    data::save_safetensors(
        weights, {tensor("A", {kM, kH}, job.a), tensor("B", {kH, kD}, job.b), tensor("W0", {kH, kD}, job.w0), other},
        {});
    return job.complaint("", weights);
  };
  CHECK(told(tensor("h.0.attn.bias", {1, 1, 2, 2}, {1, 0, 1, 1})).empty());
  CHECK_THAT(told(tensor("h.0.attn.bias", {4}, {1, 0, 1, 1})), Contains("h.0.attn.bias [4] is a tensor"));
  CHECK(told(tensor("lm_head.weight", {kH, kD}, job.b)).empty());
  CHECK_THAT(told(tensor("lm_head.weight", {kH, kD}, Frozen::numbers(kH * kD, "other"))),
             Contains("lm_head.weight [4, 3] is a tensor which the block lacks"));
  CHECK_THAT(told(tensor("head.weight", {kH, kD}, job.b)), Contains("head.weight [4, 3] is a tensor"));
}

TEST_CASE("weights say how long the letters of a text are, where neither its sizes nor --set do") {
  const Frozen job;
  const std::string weights = job.path("w.safetensors");
  const std::vector<double> a = Frozen::numbers(kM * 7, "a"), b = Frozen::numbers(7 * kD, "b");
  data::save_safetensors(weights, {tensor("A", {kM, 7}, a), tensor("B", {7, kD}, b), tensor("W0", {7, kD}, b)}, {});
  const auto with = [&](const std::string& sizes, const std::string& more) {
    std::string text = text_in(job.folder / "frozen.txt");
    text.replace(0, text.find('\n'), sizes);
    std::ofstream(job.folder / "frozen.txt") << text;
    return job.complaint(more, weights);
  };
  CHECK(with("defaults h=4", "").empty());
  CHECK(with("", "").empty());
  CHECK_THAT(with("sizes h=4", ""), Contains("A has the shape [2, 7], the block's is [2, 4]"));
  CHECK_THAT(with("defaults h=4", " --set h=5"), Contains("A has the shape [2, 7], the block's is [2, 5]"));
}

TEST_CASE("parameters in integers are refused, frozen integers are taken") {
  const Frozen job;
  {
    const hdf5::File file = hdf5::File::create(job.folder / "w.h5");
    const std::vector<std::int64_t> whole(kH * kD, 2);
    file.write<double>("/parameters/A", {kM, kH}, job.a);
    file.write<std::int64_t>("/parameters/B", {kH, kD}, whole);
    file.write<std::int64_t>("/constants/W0", {kH, kD}, whole);
  }
  const std::string message = job.refusal("--steps 1", {"--weights", job.path("w.h5")});
  CHECK_THAT(message, Contains("/parameters/B holds integers, and parameters are floating-point numbers"));
  CHECK_THAT(message, !Contains("W0"));
}

TEST_CASE("saved weights are replaced by --force alone, and those that a job reads never") {
  const Frozen job;
  const Arguments save{"--save-weights", job.path("w")};
  const std::string words = job.words("--steps 2 --seeds 1 2");
  const auto run = [&](const std::string& text, const Arguments& paths) {
    Arguments all{"--output", job.path("r.h5")};
    all.insert(all.end(), paths.begin(), paths.end());
    run_training(training(text, all));
  };
  run(words, save);
  std::string text = words;
  text.erase(text.find("--force"), 7);
  std::filesystem::remove(job.path("r.h5"));
  std::filesystem::remove(job.path("w/run0000.safetensors"));
  CHECK_THAT(
      message_of<InputError>([&] { run(text, save); }),
      Contains("save-weights: '" + job.path("w/run0001.safetensors") + "' exists already") && Contains("--force"));
  CHECK_FALSE(std::filesystem::exists(job.path("r.h5")));
  CHECK_FALSE(std::filesystem::exists(job.path("w/run0000.safetensors")));
  run(words, save);
  CHECK(std::filesystem::exists(job.path("w/run0000.safetensors")));
  const auto before = std::filesystem::last_write_time(job.path("w/run0001.safetensors"));
  CHECK_THAT(message_of<InputError>([&] {
               run(words, {"--save-weights", job.path("w"), "--weights", job.path("w/../w/run0001.safetensors")});
             }),
             Contains("run0001.safetensors' is what --weights or") && Contains("another folder"));
  CHECK(std::filesystem::last_write_time(job.path("w/run0001.safetensors")) == before);
  // A shard that only the index names.
  const std::string shard = R"("run0001.safetensors")";
  std::ofstream(job.path("w/model.safetensors.index.json"))
      << R"({"weight_map": {"A": )" << shard << R"(, "B": )" << shard << R"(, "W0": )" << shard << "}}";
  CHECK_THAT(message_of<InputError>([&] {
               run(words, {"--weights", job.path("w"), "--save-weights", job.path("w")});
             }),
             Contains("run0001.safetensors' is what --weights") && Contains("another folder"));
  CHECK_THAT(
      message_of<InputError>([&] {
        run_training(training(words, {"--weights", job.path("w"), "--output", job.path("w/run0001.safetensors")}));
      }),
      Contains("run0001.safetensors' is a file that this job reads") && Contains("another path"));
  CHECK(std::filesystem::last_write_time(job.path("w/run0001.safetensors")) == before);
  CHECK_THAT(
      message_of<InputError>([&] {
        run_training(training(words, {"--output", job.path("v/run0001.safetensors"), "--save-weights", job.path("v")}));
      }),
      Contains("run0001.safetensors' is the output"));
  CHECK_THAT(message_of<InputError>([&] {
               run(words, {"--weights", job.path("r.h5") + ":runs/0000/end"});
             }),
             Contains("is the input of weights"));
}

TEST_CASE("saved weights say whose they are as readers of models ask for, and a run that diverged leaves none") {
  const Frozen job;
  const std::string text = job.words("--steps 40 --seeds 1 --step-size 0.01 1e9");
  std::ostringstream out, messages;
  const Configuration wild = training(text, {"--output", job.path("r.h5"), "--save-weights", job.path("w")});
  std::filesystem::create_directory(job.folder / "w");
  std::ofstream(job.folder / "w/run0001.safetensors") << "of an earlier job";
  run_job(train_study(), wild, {"train"}, out, messages, -1);
  CHECK(RunView(hdf5::File::open(job.folder / "r.h5"), 1).status() == "diverged");
  CHECK_THAT(messages.str(), Contains("its weights are not saved"));
  CHECK_FALSE(std::filesystem::exists(job.folder / "w/run0001.safetensors"));
  const std::string header = text_in(job.folder / "w/run0000.safetensors");
  CHECK_THAT(header,
             Contains(R"("format":"pt")") && Contains(R"("status":"finished")") && Contains(R"("model":"frozen")"));
}

TEST_CASE("a factor on a start that is given is refused") {
  const Frozen job;
  const std::string weights = job.hdf5_file("w.h5", "/parameters", "/constants", job.w0);
  CHECK_THAT(job.refusal("--steps 1 --start-scale 2", {"--weights", weights}),
             Contains("--start-scale: '2' is given beside weights") && Contains("leave one of the two out"));
}

TEST_CASE("a problem file that lacks a tensor of the block, a frozen one too, or has another, is refused") {
  const Frozen job;
  const auto refusal = [&](const std::string& parameters, const std::string& constants, const std::string& more) {
    const std::string file = job.hdf5_file("p.h5", parameters, constants, job.w0);
    {
      const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT),
                  from = H5Fopen(job.path("d.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
      H5Ocopy(from, "/data", id, "/data", H5P_DEFAULT, H5P_DEFAULT);
      if (!more.empty()) H5Ocopy(from, "/data/y", id, more.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      H5Fclose(from);
      H5Fclose(id);
    }
    const Arguments words = line("drift --time 1 --block " + job.path("frozen.txt") + " --problem " + file);
    std::vector<const char*> pointers;
    for (const std::string& word : words) pointers.push_back(word.c_str());
    const Configuration configuration =
        read_command_line(static_cast<int>(pointers.size()), pointers.data(), drift_program()).configuration;
    DataSource source(configuration);
    try {
      const Problem problem = build_problem(configuration, ladder(configuration).front(), source);
      CHECK(*problem.constants.front().values == job.w0);
      return std::string();
    } catch (const InputError& error) {
      return std::string(error.what());
    }
  };
  CHECK(refusal("/parameters", "/constants", "").empty());
  CHECK_THAT(refusal("/parameters", "", ""), Contains("/parameters/W0 is missing, a constant of the block"));
  CHECK_THAT(refusal("/parameters", "/constants", "/parameters/C"),
             Contains("/parameters/C [8, 2] is a tensor which the block lacks"));
  CHECK_THAT(refusal("/parameters", "/constants", "/constants/C"),
             Contains("/constants/C [8, 2] is a tensor which the block lacks"));
}
