// Units and runs in their order: see ladder.h.
#include "problem/ladder.h"

#include <algorithm>
#include <filesystem>

#include "error.h"
#include "problem/chosen_models.h"

namespace invar {
namespace {

using Method = Configuration::Method;

bool contains(const Configuration& configuration, Method method) {
  return std::ranges::find(configuration.method, method) != configuration.method.end();
}

/// Without what would break the line of a table.
std::string name_of_file(const std::string& path) {
  std::string name = std::filesystem::path(path).stem().string();
  std::ranges::replace_if(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '_');
  return name;
}

/// How many runs_of_unit makes.
double runs_in_unit(const Configuration& c) {
  const auto length = [](const auto& list) { return static_cast<double>(list.size()); };
  const double flows = std::max(length(c.rtol), length(c.atol)) * length(c.integrator);
  const double descents = length(c.schedule) * length(c.step_size);
  const double draws = std::max(1.0, length(c.batch)) * std::max(1.0, length(c.sampling_seeds));
  return (contains(c, Method::flow) ? flows : 0.0) + (contains(c, Method::gd) ? descents : 0.0) +
         (contains(c, Method::sgd) ? descents * draws : 0.0);
}

/// The runs of one unit, without numbers: they are the same for every unit.
std::vector<LadderRun> runs_of_unit(const Configuration& c) {
  std::vector<LadderRun> runs;
  if (contains(c, Method::flow)) {
    for (const Tolerances& pair : tolerances(c)) {
      for (const std::string& integrator : c.integrator) {
        LadderRun run;
        run.method = Method::flow;
        run.integrator = integrator;
        run.rtol = pair.rtol;
        run.atol = pair.atol;
        runs.push_back(std::move(run));
      }
    }
  }
  for (const Method method : {Method::gd, Method::sgd}) {
    if (!contains(c, method)) continue;
    for (const ScheduleRule& schedule : c.schedule) {
      for (const StepSize& step_size : c.step_size) {
        LadderRun run;
        run.method = method;
        run.schedule = schedule;
        run.step_size = step_size;
        if (method == Method::gd) {
          runs.push_back(run);
          continue;
        }
        for (const std::int64_t batch : c.batch.empty() ? std::vector{kDefaultBatch} : c.batch) {
          // Without seeds of their own the batches have the start's.
          for (const std::int64_t seed : c.sampling_seeds.empty() ? std::vector{kNoSeed} : c.sampling_seeds) {
            run.batch = batch;
            run.sampling_seed = seed;
            runs.push_back(run);
          }
        }
      }
    }
  }
  return runs;
}

}  // namespace

std::vector<Tolerances> tolerances(const Configuration& c) {
  std::vector<Tolerances> pairs;
  for (std::size_t i = 0; i < std::max(c.rtol.size(), c.atol.size()); ++i) {
    pairs.push_back({c.rtol[c.rtol.size() == 1 ? 0 : i], c.atol[c.atol.size() == 1 ? 0 : i]});
  }
  std::ranges::stable_sort(pairs, [](const Tolerances& a, const Tolerances& b) {
    return a.rtol != b.rtol ? a.rtol < b.rtol : a.atol < b.atol;
  });
  return pairs;
}

std::string LadderRun::text() const {
  if (method == Method::flow) {
    return "flow " + integrator + " rtol " + exact_text(rtol) + " atol " + exact_text(atol);
  }
  std::string text = std::string(Configuration::name(method)) + " " + step_size.text();
  if (schedule.kind != ScheduleRule::Kind::constant) text.append(" ").append(to_string(schedule));
  if (method == Method::sgd && batch != kDefaultBatch) text += " batch " + std::to_string(batch);
  if (method == Method::sgd && sampling_seed != kNoSeed) text += " seed " + std::to_string(sampling_seed);
  return text;
}

std::vector<Unit> ladder(const Configuration& configuration) {
  const std::vector<std::string> names =
      configuration.model.empty() ? std::vector<std::string>{""} : configuration.model;
  const std::vector<std::int64_t> seeds =
      configuration.start_seeds.empty() ? std::vector<std::int64_t>{kNoSeed} : configuration.start_seeds;

  constexpr double kMostRuns = 1e6;
  const double all = static_cast<double>(names.size()) * static_cast<double>(configuration.precision.size()) *
                     static_cast<double>(seeds.size()) * runs_in_unit(configuration);
  if (all > kMostRuns)
    throw InputError("the models, seeds, methods and step sizes make " + exact_text(all) +
                     " runs, and a job has at most 10^6; give fewer of them");

  const std::vector<LadderRun> runs = runs_of_unit(configuration);
  const auto flows = std::ranges::count(runs, Method::flow, &LadderRun::method);
  std::vector<Unit> units;
  std::int64_t number = 0;
  for (const std::string& name : names) {
    for (const Configuration::Precision precision : configuration.precision) {
      for (const std::int64_t seed : seeds) {
        Unit unit;
        unit.model = name;
        unit.label = name.empty() ? name_of_file(configuration.block) : name;
        unit.options = model_options(configuration, name);
        unit.sizes = index_sizes(configuration, name);
        unit.precision = precision;
        unit.start_seed = seed;
        unit.runs = runs;
        unit.flows = static_cast<std::size_t>(flows);
        for (LadderRun& run : unit.runs) {
          run.number = number++;
          if (run.method == Method::sgd && run.sampling_seed == kNoSeed) run.sampling_seed = seed;
        }
        units.push_back(std::move(unit));
      }
    }
  }
  return units;
}

std::int64_t run_count(const std::vector<Unit>& units) {
  std::int64_t count = 0;
  for (const Unit& unit : units) count += static_cast<std::int64_t>(unit.runs.size());
  return count;
}

}  // namespace invar
