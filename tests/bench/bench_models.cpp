// A training step of whole models, and of their blocks by themselves, at the sizes of a small study: loss, gradient and
// plain SGD update of a micro-batch. One configuration a process, one line of JSON: peers_torch.py sets it beside
// PyTorch's. Without arguments the smaller micro-batches, once each.
//
//   A     ViT on 32 × 32 images: 6 layers, 256/1024, 4 heads, patch 4
//   B     ViT on 224 × 224 images: 12 layers, 192/768, 4 heads, patch 16, 1000 classes
//   C, C2 language model of 256 tokens: 12 layers, 192/768, 3 heads, 4 experts (C2: 2 a token), 10,000 words
//   swiglu, mha, mha_rope, moe, moe_top2: a block, squared error
//
// FLOPs are those of the products that a step needs (2 m n k each; backward twice forward, none to the data): a causal
// score counts where it is allowed, an expert where it is chosen.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "problem/block_library.h"
#include "tests/bench/block_case.h"

using namespace invar;

namespace {

struct BenchModel {
  std::string name, model;
  ModelOptions options;
  std::map<std::string, Index> extents;  // what the options do not fix
  Index batch;
  double gflop;  // a sample
};

double attention_flops(double tokens, double width, bool causal) {
  return 12.0 * width * (causal ? tokens * (tokens + 1.0) / 2.0 : tokens * tokens);
}

double vit_flops(double layers, double width, double hidden, double tokens, double patch, double classes) {
  return layers *
             (6.0 * (4.0 * width * width + 3.0 * width * hidden) * tokens + attention_flops(tokens, width, false)) +
         4.0 * 3.0 * patch * patch * width * tokens + 6.0 * width * classes;
}

double lm_flops(double layers, double width, double hidden, double tokens, double active, double experts,
                double words) {
  return layers * (6.0 * (4.0 * width * width + active * 3.0 * width * hidden + experts * width) * tokens +
                   attention_flops(tokens, width, true)) +
         6.0 * width * words * tokens;
}

std::vector<BenchModel> bench_models() {
  const ModelOptions lm{{"layers", "12"},        {"width", "192"},    {"hidden", "768"},
                        {"heads", "3"},          {"head-size", "64"}, {"tokens", "256"},
                        {"vocabulary", "10000"}, {"experts", "4"},    {"gate", "softmax"}};
  ModelOptions sparse = lm;
  sparse["top"] = "2";
  const ModelOptions moe{{"experts", "4"}, {"width", "768"}, {"outputs", "192"}};
  ModelOptions routed = moe;
  routed["top"] = "2";
  return {
      {"A",
       "vit",
       {{"layers", "6"},
        {"width", "256"},
        {"hidden", "1024"},
        {"heads", "4"},
        {"patch", "4"},
        {"image", "32"},
        {"channels", "3"}},
       {},
       32,
       vit_flops(6, 256, 1024, 64, 4, 10)},
      {"B",
       "vit",
       {{"layers", "12"},
        {"width", "192"},
        {"hidden", "768"},
        {"heads", "4"},
        {"patch", "16"},
        {"image", "224"},
        {"channels", "3"},
        {"classes", "1000"}},
       {},
       8,
       vit_flops(12, 192, 768, 196, 16, 1000)},
      {"C", "lm", lm, {}, 4, lm_flops(12, 192, 768, 256, 4, 4, 10000)},
      {"C2", "lm", sparse, {}, 4, lm_flops(12, 192, 768, 256, 2, 4, 10000)},
      {"swiglu", "swiglu", {{"width", "1024"}, {"outputs", "256"}}, {{"d", 256}}, 4096, 14.0 * 256 * 1024},
      {"mha",
       "attention",
       {{"heads", "4"}, {"head-size", "64"}},
       {{"d", 256}, {"t", 64}},
       64,
       18.0 * 256 * 256 * 64 + attention_flops(64, 256, false)},
      {"mha_rope",
       "attention-rope",
       {{"heads", "3"}, {"head-size", "64"}, {"causal", "true"}, {"pairing", "half"}},
       {{"d", 192}, {"t", 256}},
       16,
       18.0 * 192 * 192 * 256 + attention_flops(256, 192, true)},
      {"moe", "moe-softmax", moe, {{"d", 192}}, 2048, 4.0 * 14.0 * 192 * 768 + 4.0 * 4.0 * 192},
      {"moe_top2", "moe-softmax", routed, {{"d", 192}}, 2048, 2.0 * 14.0 * 192 * 768 + 4.0 * 4.0 * 192},
  };
}

SampleArrays random_samples(const Block& block, const CostPlans& plans, Loss loss, Index count) {
  SampleArrays samples{count, plans.input_elements, plans.target_elements, {}, {}};
  const auto integers = [](Index number, Index below) {
    static boost::random::mt19937_64 random(2);
    std::vector<double> values;
    for (Index i = 0; i < number; ++i)
      values.push_back(static_cast<double>(random() % static_cast<std::uint64_t>(below)));
    return values;
  };
  const Index inputs = count * plans.input_elements, targets = count * plans.target_elements;
  samples.input = block.input_tokens > 0 ? integers(inputs, block.input_tokens) : normal(inputs);
  samples.target = loss == Loss::squared ? normal(targets) : integers(targets, block.graph[block.output].shape.back());
  return samples;
}

struct Figures {
  std::vector<double> wall, processor;  // milliseconds a step
  double loss = 0.0;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <class S>
Figures measure(const Block& block, const CostPlans& plans, const SampleArrays& samples, int threads, double seconds) {
  Objective<S> objective(plans, samples, 0, threads);
  std::vector<S> theta;
  for (std::size_t i = 0; i < block.fan_in.size(); ++i) {
    const Index size = block.parameters.tensors()[i].size;
    for (const double value : normal(size, 1.0 / std::sqrt(block.fan_in[i])))
      theta.push_back(static_cast<S>(block.start[i].value_or(value)));
  }
  std::vector<S> slope(theta.size());
  Figures figures;
  const auto now = [] {
    return std::pair{
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count(),
        1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC};
  };
  const auto begin = now();
  for (int step = 0; step < 7 || now().first - begin.first < 1e3 * seconds; ++step) {
    const auto before = now();
    const S loss = objective.evaluate(theta.data(), slope.data());
    for (std::size_t i = 0; i < theta.size(); ++i) theta[i] -= S(1e-3) * slope[i];
    const auto after = now();
    if (step == 0) figures.loss = static_cast<double>(loss);
    if (step < 2) continue;  // first touch of the memory
    figures.wall.push_back(after.first - before.first);
    figures.processor.push_back(after.second - before.second);
  }
  return figures;
}

void run(const BenchModel& model, Index batch, bool single, int threads, double seconds) {
  const ModelText text = model_text(model.model, model.options);
  KnownSizes known;
  known.extents = model.extents;
  for (const auto& [letter, extent] : text.extents) known.extents.emplace(letter, extent);
  const auto begin = std::chrono::steady_clock::now();
  const Block block = read_block(text.text, known, model.name, built_in_blocks());
  const Loss loss = text.logits ? Loss::label_cross_entropy : Loss::squared;
  const CostPlans plans = plan_cost(block, loss);
  const double planning = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const SampleArrays samples = random_samples(block, plans, loss, batch);
  const Figures figures = single ? measure<float>(block, plans, samples, threads, seconds)
                                 : measure<double>(block, plans, samples, threads, seconds);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double gflop = 1e-9 * model.gflop * static_cast<double>(batch);
  std::printf(
      "{\"model\": \"%s\", \"batch\": %lld, \"dtype\": \"%s\", \"threads\": %d, \"parameters\": %lld, \"gflop\": %.4f, "
      "\"ms\": %.3f, \"ms_min\": %.3f, \"ms_max\": %.3f, \"ms_cpu\": %.3f, \"gflops\": %.2f, \"gflops_cpu\": %.2f, "
      "\"reps\": %zu, \"peak_rss_mib\": %ld, \"planning_s\": %.2f, \"loss\": %.5f}\n",
      model.name.c_str(), static_cast<long long>(batch), single ? "float32" : "float64", threads,
      static_cast<long long>(block.parameters.size()), gflop, median(figures.wall),
      *std::min_element(figures.wall.begin(), figures.wall.end()),
      *std::max_element(figures.wall.begin(), figures.wall.end()), median(figures.processor),
      1e3 * gflop / median(figures.wall), 1e3 * gflop / median(figures.processor), figures.wall.size(),
      usage.ru_maxrss / 1024, planning, figures.loss);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A training step of whole models and of their blocks"};
  std::vector<std::string> names;
  Index batch = 0;
  std::string dtype = "float32";
  int threads = 1;
  double seconds = 4.0;
  app.add_option("model", names, "A, B, C, C2, swiglu, mha, mha_rope, moe, moe_top2; none: all");
  app.add_option("--batch", batch, "samples of a step; 0: the smaller of the peers' two");
  app.add_option("--dtype", dtype, "float32 or float64")->check(CLI::IsMember({"float32", "float64"}));
  app.add_option("--threads", threads)->check(CLI::PositiveNumber);
  app.add_option("--seconds", seconds, "at least so long, and five steps");
  CLI11_PARSE(app, argc, argv);
  for (const BenchModel& model : bench_models())
    if (names.empty() || std::find(names.begin(), names.end(), model.name) != names.end())
      run(model, batch > 0 ? batch : model.batch, dtype == "float32", threads, seconds);
}
