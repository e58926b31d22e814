// The checks that need several keys: alternatives, pairs of tolerances, sizes of the data where they are known before
// the data are read, schedules that never end, files that are not there.
#include "problem/checks.h"

#include <algorithm>
#include <filesystem>

#include "data/known_sets.h"
#include "data/source.h"
#include "data/text.h"
#include "data/weight_file.h"
#include "problem/chosen_models.h"
#include "problem/program.h"

namespace invar {
namespace {

constexpr std::int64_t kFashionSamples = 60000;  // Fashion-MNIST: 60,000 images of 28 x 28 pixels
constexpr std::int64_t kFashionSide = 28;

bool is_flow(UsedBy runs) {
  return runs == UsedBy::flows || runs == UsedBy::flows_by_any_method;
}

void check_alternatives(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  const auto given = [&](std::string_view key) { return checked.given.contains(key); };
  if (given("model") && given("block")) {
    problems.push_back(checked.place("block") + ": '" + c.block + "' is given beside a model; give one of the two");
  }
  if (!given("problem")) return;
  if (!given("model") && !given("block")) {
    problems.push_back(checked.place("problem") + ": '" + c.problem +
                       "' needs its model; add --model NAME (--list shows them) or --block FILE");
  }
  for (const KeyGroup& group : c.program->groups) {
    for (const Key& key : group.keys) {
      const auto found = checked.given.find(key.name);
      if (key.use.from_problem != FromProblem::always || found == checked.given.end() || found->second.empty())
        continue;
      problems.push_back(found->second.front().place + ": '" + found->second.front().text +
                         "' is given beside a problem file, which brings its data and its start; leave it out");
    }
  }
}

/// Keys that no run of the job can use.
void check_use(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  if (!checked.judge("method") || !checked.judge("methods")) return;
  for_each_changed(checked, [&](const Key& key, const PlacedValue& given) {
    if (!c.program->uses(c, key.use.used_by))
      problems.push_back(given.place + ": '" + given.text + "' " + c.program->missing(key.use.used_by));
  });
}

/// What is said of images, by the command line or otherwise than by default, where the data are none.
void check_image_keys(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  if (!checked.judge("data") || !c.problem.empty()) return;
  const bool teacher = c.program->takes_teachers && c.data == "teacher";
  if (!teacher && !data::is_table(c.data)) return;
  const Configuration usual = read_configuration({}, {}, *c.program);
  for (const char* name : {"pool", "patch"}) {
    const Key* key = find_key(*c.program, name);
    const auto found = checked.given.find(name);
    if (!key || found == checked.given.end() || found->second.empty() || !checked.judge(name)) continue;
    const PlacedValue& given = found->second.front();
    if (!given.place.starts_with("--") && key->show(c, *key) == key->show(usual, *key)) continue;
    problems.push_back(given.place + ": '" + given.text + "' is for images, and '" + c.data + "' " +
                       (teacher ? "makes its inputs; leave it out, or give images"
                                : "holds /data/x, which is taken as it is; leave it out, or store 8-bit images as "
                                  "/images and /labels"));
  }
}

void check_tolerances(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  if (!checked.judge("rtol") || !checked.judge("atol")) return;
  const std::size_t relative = c.rtol.size(), absolute = c.atol.size();
  if (relative != absolute && relative != 1 && absolute != 1) {
    problems.push_back(checked.place("atol") + ": " + std::to_string(absolute) + " values beside " +
                       std::to_string(relative) + " of rtol; they go in pairs: give as many of each, or one of one");
    return;
  }
  for (const double rtol : c.rtol)
    if (rtol < kTightest)
      problems.push_back(checked.place("rtol") + ": '" + exact_text(rtol) +
                         "' is below what numbers resolve; give 1e-15 or more");
  for (std::size_t i = 0; i < std::max(relative, absolute); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto same = [i, j](const std::vector<double>& v) { return v.size() == 1 || v[i] == v[j]; };
      if (!same(c.rtol) || !same(c.atol)) continue;
      problems.push_back(checked.place("rtol") + ": the pair rtol = " + exact_text(c.rtol[c.rtol.size() == 1 ? 0 : i]) +
                         ", atol = " + exact_text(c.atol[c.atol.size() == 1 ? 0 : i]) +
                         " stands twice; give each pair once");
    }
  }
}

void check_data(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  if (!c.problem.empty()) return;
  if (!checked.judge("data") || !checked.judge("samples") || !checked.judge("problem")) return;
  const bool fashion = c.data == "fashion-mnist";
  const auto samples = [&] { return checked.place("samples") + ": '" + std::to_string(*c.samples) + "' "; };
  if (fashion && c.samples && *c.samples > kFashionSamples) {
    problems.push_back(samples() + "is more than the " + std::to_string(kFashionSamples) +
                       " that fashion-mnist has; give fewer, or 0 for all");
  }
  if (c.data == "teacher" && c.samples == 0) {
    problems.push_back(samples() +
                       "stands for all, but a teacher makes its samples; give a number above 0, for example 256");
  }
  const std::int64_t wanted = c.samples.value_or(fashion || c.data == "teacher" ? kUsualSamples : 0);
  const std::int64_t known = wanted > 0 ? wanted : fashion ? kFashionSamples : 0;
  const bool batches = std::ranges::find(c.method, Configuration::Method::sgd) != c.method.end();
  if (known > 0 && batches && checked.judge("batch") && checked.judge("method") && !c.replacement) {
    for (const std::int64_t batch : c.batch) {
      if (batch <= known) continue;
      problems.push_back(checked.place("batch") + ": '" + std::to_string(batch) + "' is more than the " +
                         std::to_string(known) + " samples; give a smaller batch, more samples, or --replacement");
    }
  }
  if (!fashion || !checked.judge("pool")) return;
  if (kFashionSide % c.pool != 0) {
    problems.push_back(checked.place("pool") + ": '" + std::to_string(c.pool) +
                       "' does not divide the 28 pixels of a side; give 1, 2, 4, 7, 14 or 28");
    return;
  }
  const std::int64_t side = kFashionSide / c.pool;
  // The default is for blocks of tokens alone; where one cannot use it, the loader says so.
  if (checked.given.contains("patch") && checked.judge("patch") && !c.patch.none() &&
      (side % c.patch.rows != 0 || side % c.patch.columns != 0)) {
    problems.push_back(checked.place("patch") + ": '" + data::patch_text(c.patch) + "' does not divide the " +
                       std::to_string(side) + " pixels of a side (28 / pool); give a divisor, for example " +
                       std::to_string(side) + ", or 0 for one vector");
  }
}

/// Σ (k+1)^(−α) converges for α > 1 and grows like a logarithm for α = 1: the time T is never reached.
void check_schedules(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  if (!checked.judge("schedule") || c.steps > 0) return;
  for (const ScheduleRule& schedule : c.schedule) {
    if (schedule.kind == ScheduleRule::Kind::power && schedule.parameter >= 1.0) {
      problems.push_back(checked.place("schedule") + ": '" + to_string(schedule) +
                         "' never reaches the time T; cap the run with --steps, or give an exponent below 1");
    }
  }
}

void check_records(const CheckedSettings& checked, Problems& problems) {
  if (checked.configuration.save_parameters && checked.configuration.no_parameters)
    problems.push_back(checked.place("no-parameters") +
                       ": goes not with save-parameters, which keeps them at every row; leave one of them out");
}

void check_backend(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  if (!checked.judge("backend") || !checked.judge("precision") || c.backend != Backend::cuda_tf32 ||
      std::ranges::find(c.precision, Configuration::Precision::in_double) == c.precision.end())
    return;
  problems.push_back(checked.place("backend") +
                     ": 'cuda-tf32' with the precision double, of whose numbers TF32 has no products; give --precision "
                     "float or mixed, or --backend cuda");
}

void check_files(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  const Program& program = *c.program;
  std::string sets = ", or a set by its name: fashion-mnist";
  for (const data::KnownSet& set : data::known_sets()) sets += ", " + std::string(set.name);
  const auto is_name = [&](const std::string& name) {
    return name == "fashion-mnist" || (program.takes_known_sets && data::find_set(name)) ||
           (program.takes_teachers && name == "teacher");
  };
  const auto check = [&](std::string_view key, const std::string& path) {
    std::error_code ignored;
    if (path.empty() || std::filesystem::exists(path, ignored)) return;
    problems.push_back(checked.place(key) + ": '" + path +
                       "' is no file that can be found from here; give the path of one" +
                       (key != "data" && key != "eval-data" ? ""
                        : program.takes_known_sets          ? sets
                                                            : ", or fashion-mnist, or teacher"));
  };
  const auto keep = [&](std::string_view key, const std::string& path) {
    std::error_code ignored;
    if (path.empty() || !std::filesystem::equivalent(path, c.output, ignored)) return;
    problems.push_back(checked.place("output") + ": '" + c.output + "' is the input of " + std::string(key) +
                       "; give another path");
  };
  keep("block", c.block);
  keep("problem", c.problem);
  keep("data", c.data);
  check("block", c.block);
  check("problem", c.problem);
  keep("eval-data", c.eval_data);
  keep("weights", data::weight_path(c.weights));
  check("weights", data::weight_path(c.weights));
  if (!is_name(c.data)) check("data", c.data);
  if (!is_name(c.eval_data)) check("eval-data", c.eval_data);
}

/// Of a start that is read.
void check_weights(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  if (c.weights.empty()) return;
  for_each_changed(checked, [&](const Key& key, const PlacedValue& given) {
    if (key.name == "start-scale")
      problems.push_back(given.place + ": '" + given.text +
                         "' is given beside weights, which are the start as they are; leave one of the two out");
  });
}

}  // namespace

bool has_runs(const Configuration& c, UsedBy runs) {
  if (runs == UsedBy::all) return true;
  using enum Configuration::Method;
  const auto has = [&](Configuration::Method method) { return std::ranges::find(c.method, method) != c.method.end(); };
  return is_flow(runs) ? has(flow) : has(sgd) || (runs == UsedBy::descents && has(gd));
}

std::string missing_runs(UsedBy runs) {
  const std::string kind = is_flow(runs) ? "flow" : runs == UsedBy::sgd ? "sgd" : "gd or sgd";
  return "is for runs of " + kind + ", and --method has none; leave it out, or add " +
         (runs == UsedBy::descents ? "one of them" : kind) + " to --method";
}

void for_each_changed(const CheckedSettings& checked, const std::function<void(const Key&, const PlacedValue&)>& use) {
  const Configuration& c = checked.configuration;
  std::optional<Configuration> usual;
  for (const KeyGroup& group : c.program->groups) {
    for (const Key& key : group.keys) {
      const auto found = checked.given.find(key.name);
      if (found == checked.given.end() || found->second.empty() || !checked.judge(key.name)) continue;
      if (!usual) usual = read_configuration({}, {}, *c.program);
      if (key.show(c, key) != key.show(*usual, key)) use(key, found->second.front());
    }
  }
}

std::string CheckedSettings::place(std::string_view key) const {
  const auto found = settings.find(key);
  return found == settings.end() || found->second.empty() ? std::string(key) : found->second.front().place;
}

void check_together(const CheckedSettings& checked, std::vector<std::string>& problems) {
  check_alternatives(checked, problems);
  check_use(checked, problems);
  check_backend(checked, problems);
  check_models(checked, problems);
  check_tolerances(checked, problems);
  check_data(checked, problems);
  check_schedules(checked, problems);
  check_records(checked, problems);
  check_files(checked, problems);
  for (const Check& check : checked.configuration.program->checks) check(checked, problems);
  check_weights(checked, problems);
  check_image_keys(checked, problems);
}

}  // namespace invar
