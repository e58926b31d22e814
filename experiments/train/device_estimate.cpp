#include "experiments/train/device_estimate.h"

#include <algorithm>
#include <cstdio>
#include <ostream>

#include "backend/cuda/batch_cost.h"
#include "experiments/train/keys.h"
#include "experiments/train/setup.h"
#include "job/progress.h"
#include "job/run_setup.h"
#include "job/workers.h"

namespace invar {
namespace {

using cuda::BatchCost;

/// What --backend asks for, or would.
cuda::DeviceFigures device_of(const Configuration& configuration) {
  return configuration.backend == Backend::cuda_tf32 ? cuda::kH100.with_tf32() : cuda::kH100;
}

/// The runs that differ in start, step size and schedule alone: they take the same.
struct Group {
  const Unit* unit;
  const LadderRun* run;
  std::int64_t runs = 0;
};

struct Estimate {
  cuda::DeviceFigures device;
  bool stays = false;          // steps are taken on the device
  BatchCost step, evaluation;  // of no chunk where there is none
  std::int64_t parameters = 0, samples = 0, batch = 0, steps = 0, evaluations = 0, evaluation_samples = 0, probes = 0;
  double host_bytes = 0;

  /// Memory of the device that one run has for itself.
  double run_bytes() const { return static_cast<double>(step.bytes() + evaluation.bytes()) + device.own_bytes; }
  double run_seconds() const {
    return static_cast<double>(steps + probes) * step.seconds + static_cast<double>(evaluations) * evaluation.seconds;
  }
  /// Samples at a time that one run would have room for. Values are proportional to them.
  std::int64_t fitting_samples() const {
    const double each = static_cast<double>(step.value_bytes + step.sample_bytes) /
                        static_cast<double>(step.chunk_samples),
                 rest = run_bytes() - each * static_cast<double>(step.chunk_samples);
    return std::max<std::int64_t>(0, static_cast<std::int64_t>((device.bytes - rest) / each));
  }
};

std::vector<Group> groups_of(const std::vector<Unit>& units) {
  std::vector<Group> groups;
  for (const Unit& unit : units)
    for (const LadderRun& run : unit.runs) {
      auto group = std::ranges::find_if(groups, [&](const Group& other) {
        return other.unit->label == unit.label && other.unit->precision == unit.precision &&
               other.run->method == run.method && other.run->batch == run.batch;
      });
      if (group == groups.end()) group = groups.insert(group, {&unit, &run, 0});
      ++group->runs;
    }
  return groups;
}

Estimate estimate(const Configuration& configuration, const Group& group, const Problem& problem) {
  const Index scalar = group.unit->precision == Configuration::Precision::in_double ? sizeof(double) : sizeof(float);
  const Index batch = samples_a_step(configuration, problem, *group.run);
  Estimate result;
  result.device = device_of(configuration);
  result.parameters = problem.block.parameters.size();
  result.samples = problem.samples.count;
  result.host_bytes = host_bytes(configuration, *group.unit, problem.block);
  result.batch = batch > 0 ? batch : problem.samples.count;
  result.steps = training_steps(configuration, problem, batch);
  if (configuration.max_gradients > 0) result.steps = std::min(result.steps, configuration.max_gradients);
  if (batch > 0 && result.steps > 0) {
    const std::int64_t every = rows_every(configuration, result.steps);
    result.probes = keys_of<TrainKeys>(configuration).probes * ((result.steps + every - 1) / every);
  }
  result.step = steps_stay_on_device(configuration, group.unit->precision)
                    ? cuda::step_cost(problem.plans, result.batch, scalar, result.device)
                    : cuda::batch_cost(problem.plans, result.batch, true, scalar, result.device);
  const std::int64_t evaluations = keys_of<TrainKeys>(configuration).evaluations;
  if (problem.evaluation.count == 0 || evaluations == 0) return result;
  const std::int64_t between = rows_every(configuration, std::max<std::int64_t>(1, result.steps));
  result.evaluations = std::min(evaluations, (result.steps + between - 1) / between + 1);
  result.evaluation_samples = problem.evaluation.count;
  result.evaluation = cuda::batch_cost(problem.plans, problem.evaluation.count, false, scalar, result.device);
  return result;
}

template <class... Values>
std::string printed(const char* format, Values... values) {
  char text[160];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

/// 12345 → "12,345".
std::string whole(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, ",");
  return text;
}

std::string samples_text(std::int64_t count) {
  return whole(count) + (count == 1 ? " sample" : " samples");
}

std::string scaled(double value, const char* unit) {
  constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  std::size_t prefix = 0;
  while (value >= 999.5 && prefix + 1 < std::size(kPrefixes)) {
    value /= 1000.0;
    ++prefix;
  }
  return printed("%.3g %s%s", value, kPrefixes[prefix], unit);
}

std::string short_time(double seconds) {
  if (seconds >= 59.5) return duration_text(seconds);
  return seconds < 1e-3 ? printed("%.3g us", 1e6 * seconds)
         : seconds < 1  ? printed("%.3g ms", 1e3 * seconds)
                        : printed("%.3g s", seconds);
}

/// The words behind the first one in lines of at most 80 columns, all but the first line indented.
void print_wrapped(std::ostream& out, std::string line, const std::string& words) {
  constexpr std::size_t kColumns = 80;
  for (const std::string& word : split_words(words)) {
    if (line.size() + 1 + word.size() > kColumns) {
      out << line << "\n";
      line = " ";
    }
    line += " " + word;
  }
  out << line << "\n";
}

void print_line(std::ostream& out, const char* name, const std::string& first, const std::string& second = "",
                const std::string& third = "") {
  std::string text = printed("  %-26s%-18s%-12s%s", name, first.c_str(), second.c_str(), third.c_str());
  text.erase(text.find_last_not_of(' ') + 1);
  out << text << "\n";
}

void print_memory(std::ostream& out, const Estimate& of, std::int64_t at_a_time) {
  const auto line = [&](const char* name, double bytes, const std::string& more = "") {
    print_line(out, name, scaled(bytes, "B"), more);
  };
  out << "memory of a run on the device\n";
  line("parameters", static_cast<double>(of.step.parameter_bytes));
  line("gradient, and its sum", static_cast<double>(of.step.gradient_bytes));
  line("values of a chunk", static_cast<double>(of.step.value_bytes + of.step.table_bytes));
  line("data of a chunk", static_cast<double>(of.step.sample_bytes));
  if (of.evaluations > 0)
    line("evaluation", static_cast<double>(of.evaluation.bytes()),
         samples_text(of.evaluation.chunk_samples) + " at a time");
  line("CUDA and cuBLAS", of.device.own_bytes);
  const auto fitting = static_cast<std::int64_t>(of.device.bytes / of.run_bytes());
  line("together", of.run_bytes(),
       fitting == 0   ? "does not fit in " + scaled(of.device.bytes, "B")
       : fitting == 1 ? "fits"
                      : "fits, " + whole(fitting) + " runs at a time");
  if (fitting == 0)
    print_wrapped(out, " ",
                  (of.fitting_samples() == 0
                       ? "not with one sample in a chunk either"
                       : "with " + samples_text(of.fitting_samples()) + " in a chunk it would, and the backend takes " +
                             whole(of.step.chunk_samples)) +
                      "; choose smaller sizes with --set");
  else if (fitting < at_a_time)
    print_wrapped(out, " ",
                  "this job runs " + whole(at_a_time) + " at a time; give --threads " + std::to_string(fitting));
  line("state, on the host", of.host_bytes, "parameters, steps and budget");
}

void print_step(std::ostream& out, const Estimate& of, Index scalar) {
  const BatchCost& step = of.step;
  const double others = step.flops - step.gemm_flops,
               products = step.gemm_flops / of.device.flops_per_second(true, scalar) +
                          others / of.device.flops_per_second(false, scalar);
  out << "a step of " << samples_text(of.batch) << ", in " << whole(step.chunks) << " of " << whole(step.chunk_samples)
      << "\n";
  print_line(out, "products", scaled(step.flops, "FLOP"), short_time(products),
             printed("%.0f %% in cuBLAS", 100.0 * step.gemm_flops / std::max(1.0, step.flops)));
  print_line(out, "device's memory", scaled(step.traffic_bytes, "B"),
             short_time(step.traffic_bytes / of.device.bytes_per_second));
  print_line(out, "launches", whole(step.launches),
             short_time(static_cast<double>(step.launches) * of.device.launch_seconds));
  print_line(out, "from and to the host", scaled(step.link_bytes, "B"),
             short_time(step.link_bytes / of.device.link_per_second));
  print_line(out, "together", "", short_time(step.seconds));
}

/// The seconds of all.
double print_runs(std::ostream& out, const Estimate& of, std::int64_t runs) {
  out << "runs\n";
  print_line(out, "steps", whole(of.steps), short_time(static_cast<double>(of.steps) * of.step.seconds));
  if (of.probes > 0)
    print_line(out, "probes", whole(of.probes), short_time(static_cast<double>(of.probes) * of.step.seconds));
  if (of.evaluations > 0)
    print_line(out, "evaluations", whole(of.evaluations),
               short_time(static_cast<double>(of.evaluations) * of.evaluation.seconds),
               "of " + samples_text(of.evaluation_samples));
  print_line(out, "a run", "", short_time(of.run_seconds()));
  const double all = static_cast<double>(runs) * of.run_seconds();
  print_line(out, "all", whole(runs), short_time(all));
  return all;
}

void print_assumptions(std::ostream& out, const Configuration& configuration) {
  const cuda::DeviceFigures device = device_of(configuration);
  const bool tf32 = configuration.backend == Backend::cuda_tf32;
  const auto rate = [](double value) { return scaled(value, "FLOP/s"); };
  print_wrapped(out, "assumed",
                "of " + std::string(device.name) + ": by its data sheet " + rate(device.float_per_second) +
                    " in float" + (tf32 ? ", " + rate(device.float_gemm_per_second) + " in products of TF32" : "") +
                    ", in double " + rate(device.double_gemm_per_second) + " in cuBLAS and " +
                    rate(device.double_per_second) + " elsewhere; memory " + scaled(device.bytes_per_second, "B/s") +
                    ", host " + scaled(device.link_per_second, "B/s") + "; besides, " +
                    short_time(device.launch_seconds) + " a launch.");
  print_wrapped(
      out, "A",
      "kernel takes a launch and the longer of its products and its memory; one follows the other. Nothing "
      "here is measured, and no device reaches its data sheet. Not in it: the samples' packing on the host, the "
      "rows, and the budget: on the device in one format and with --budget off or double, else on the host, as are "
      "the steps then. A device computes all experts, also of those that a top-k leaves out.");
}

}  // namespace

void print_device_estimate(std::ostream& out, const Configuration& configuration) {
  const std::vector<Unit> units = ladder(configuration);
  DataSource source(configuration, true);
  const std::int64_t at_a_time = std::min<std::int64_t>(run_count(units), thread_count(configuration));
  const Unit* last = nullptr;
  Problem problem;
  const std::vector<Group> groups = groups_of(units);
  double seconds = 0.0;
  for (const Group& group : groups) {
    if (!last || last->label != group.unit->label) {
      problem = outline_problem(configuration, *group.unit, source);
      problem.plans = plan_wide_cost(problem.block, problem.loss);
    }
    last = group.unit;
    const Estimate found = estimate(configuration, group, problem);
    out << group.unit->label << ", " << Configuration::name(group.unit->precision) << ": " << whole(found.parameters)
        << " parameters\n";
    print_wrapped(out, "data:", problem.data);
    print_memory(out, found, at_a_time);
    print_step(out, found,
               group.unit->precision == Configuration::Precision::in_double ? sizeof(double) : sizeof(float));
    seconds += print_runs(out, found, group.runs);
    out << "\n";
  }
  if (groups.size() > 1) out << "all of them: " << short_time(seconds) << "\n\n";
  print_assumptions(out, configuration);
}

}  // namespace invar
