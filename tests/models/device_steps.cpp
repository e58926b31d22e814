// Steps of gradient descent that stay on a device (here one that is the host), and their budgets reduced there: the
// steps, the parts and the bounds of the host.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "error.h"
#include "integrators/loop.h"
#include "integrators/registry.h"
#include "job/step_budget.h"
#include "problem/gradient_field.h"
#include "tests/device_double.h"
#include "tests/law/cases.h"
#include "tests/memory_archive.h"
#include "tests/models/small_block.h"

namespace invar {
namespace {

using cuda::DeviceDouble;

template <class S>
Objective<S> on_device(const SmallBlock& small, Index batch,
                       std::shared_ptr<cuda::DeviceTotals> totals = std::make_shared<cuda::DeviceTotals>()) {
  return Objective<S>(small.plans, small.samples, batch, [totals](const auto& plan, const auto& sizes) {
    return std::make_unique<cuda::PlanExecutor<S, DeviceDouble>>(DeviceDouble(totals), plan, sizes);
  });
}

std::vector<LawForm> forms_of(const Block& block) {
  std::vector<LawForm> forms;
  for (const Law& law : block.laws) {
    try {
      forms.push_back(law_form(block, law));
    } catch (const InputError&) {  // no polynomial of degree 2
    }
  }
  return forms;
}

SmallBlock net(const char* name, const ModelOptions& options, Index samples) {
  const ModelText text = model_text(name, options);
  CostCase which{name, text.text, {}, Loss::label_cross_entropy};
  for (const auto& [letter, extent] : text.extents) which.known.extents.emplace(letter, extent);
  SmallBlock small = small_block(which, 29, samples);
  for (double& value : small.theta) value *= 0.3;
  return small;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

/// Gradient descent with `field`, watched by `observer`.
template <class S>
State<S> descend(const SmallBlock& small, VectorField<S>& field, Observer<S>& observer, double size = 0.02) {
  const Schedule schedule({ScheduleRule::Kind::linear, 0.01}, size, 25,
                          std::is_same_v<S, float> ? StepFormat::float32 : StepFormat::float64);
  const Plan plan = plan_steps(schedule, schedule.time(), 5);
  MethodOptions options;
  options.schedule = &schedule;
  const MadeMethod<S> method = find_method("gradient-descent").make<S>(options);
  State<S> theta =
      Eigen::Map<const State<double>>(small.theta.data(), static_cast<Index>(small.theta.size())).template cast<S>();
  CHECK(invar::run<S>(*method, field, theta, plan, {}, observer).counters.accepted == 25);
  return theta;
}

template <class S>
Budget<S> plain_budget(const std::vector<LawForm>& forms, std::size_t parameters) {
  std::vector<const LawForm*> pointers;
  for (const LawForm& form : forms) pointers.push_back(&form);
  return Budget<S>(pointers, static_cast<Index>(parameters), {Arithmetic::plain, false, 1});
}

/// Of one run; how many parts stand clear of their rounding.
std::int64_t compare(const BudgetRow& found, const BudgetRow& expected) {
  std::int64_t clear = 0;
  const auto near = [](const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!(std::abs(a[i] - b[i]) <= 1e-12 * std::abs(b[i]))) FAIL_CHECK(a[i] << " is not " << b[i]);
  };
  near(found.bound, expected.bound);
  near(found.bound_eq9, expected.bound_eq9);
  near(found.group_bound, expected.group_bound);
  near(found.group_bound_eq9, expected.group_bound_eq9);
  near(found.floor, expected.floor);
  CHECK(found.value == expected.value);
  CHECK(found.closure_tolerance.size() == expected.closure_tolerance.size());
  const std::pair<const std::vector<double>*, const std::vector<double>*> parts[] = {
      {&found.step_part, &expected.step_part},
      {&found.gradient_part, &expected.gradient_part},
      {&found.update_part, &expected.update_part}};
  for (std::size_t c = 0; c < found.closure.size(); ++c) {
    const double rounding = expected.closure_tolerance[c];
    if (!(std::abs(found.closure[c]) <= rounding)) FAIL_CHECK(c << " is open by " << found.closure[c]);
    for (const auto& [a, b] : parts) {
      if (!(std::abs((*a)[c] - (*b)[c]) <= rounding)) FAIL_CHECK((*a)[c] << " is not " << (*b)[c]);
      clear += std::abs((*b)[c]) > 100.0 * rounding;
    }
  }
  return clear;
}

/// The rows of a run on the device, budgets reduced there and on the host, of the same steps.
template <class S>
struct Both final : Observer<S> {
  Both(const SmallBlock& small, const std::vector<LawForm>& forms, Objective<S>& objective)
      : host(plain_budget<S>(forms, small.theta.size())), device(plain_budget<S>(forms, small.theta.size())) {
    device.reduce_on(objective.device()->reductions(device.reductions()));
  }

  void on_step(const StepView<S>& step) override {
    REQUIRE(step.away);
    const bool wanted = device.wants_vectors();
    looked_at += wanted;
    if (wanted) step.away->show();
    const EulerStep<S> taken{step.before->data(), step.after->data(), step.stages.front()->data(),
                             static_cast<double>(step.tau)};
    device.device_step(taken);
    step.away->show();
    const double one = 1.0;
    host.step({taken.tau, nullptr, &one, 1, &taken.k, taken.before, taken.after});
  }

  void on_row(const RowView<S>& row) override {
    if (row.row == 0) {
      host.start(row.theta->data());
      device.start(row.theta->data());
    }
    clear += compare(device.record(row.theta->data()), host.record(row.theta->data()));
  }

  Budget<S> host, device;
  std::int64_t looked_at = 0, clear = 0;
};

}  // namespace

TEST_CASE("steps that stay on the device are those that go through the host") {
  const SmallBlock small = net("lm",
                               {{"layers", "2"},
                                {"width", "8"},
                                {"hidden", "6"},
                                {"heads", "2"},
                                {"head-size", "4"},
                                {"tokens", "5"},
                                {"vocabulary", "11"},
                                {"experts", "2"},
                                {"top", "1"}},
                               20);
  struct Shown final : Observer<double> {
    void on_step(const StepView<double>& step) override {
      if (!step.away || step.index % 3 != 0) return;
      step.away->show();
      const State<double> expected = *step.before + step.tau * *step.stages.front();
      CHECK((*step.after - expected).norm() <= 1e-15 * expected.norm());
      CHECK(step.before->norm() != step.after->norm());
      ++shown;
    }
    int shown = 0;
  };
  for (const Index batch : {0, 6}) {
    CAPTURE(batch);
    Objective<double> host(small.plans, small.samples, batch), device = on_device<double>(small, batch);
    const auto field = [&](Objective<double>& objective) -> std::unique_ptr<GradientField<double>> {
      if (batch == 0) return std::make_unique<GradientField<double>>(objective);
      return std::make_unique<BatchField<double>>(objective, batch, false, 3);
    };
    const auto usual = field(host), staying = field(device);
    CHECK_THROWS(usual->stay_on_device());
    staying->stay_on_device();
    Shown nothing, shown;
    const State<double> expected = descend<double>(small, *usual, nothing);
    const State<double> found = descend<double>(small, *staying, shown);
    CHECK((found - expected).norm() < 1e-13 * expected.norm());
    CHECK(staying->evaluations() == 25);
    CHECK(staying->cost() == Approx(usual->cost()).epsilon(1e-13));
    CHECK(nothing.shown == 0);
    CHECK(shown.shown == 9);
  }
}

TEMPLATE_TEST_CASE("a budget that a device reduces has the host's parts and bounds", "", float, double) {
  std::vector<SmallBlock> blocks;
  for (const CostCase& which : cost_cases()) {
    SmallBlock small = small_block(which, 40 + blocks.size(), 9);
    for (double& value : small.theta) value *= 0.5;
    blocks.push_back(std::move(small));
  }
  blocks.push_back(net(
      "vit", {{"layers", "2"}, {"width", "12"}, {"hidden", "10"}, {"heads", "2"}, {"patch", "4"}, {"image", "8"}}, 9));
  blocks.push_back(net("lm",
                       {{"layers", "2"},
                        {"width", "24"},
                        {"hidden", "10"},
                        {"heads", "2"},
                        {"head-size", "12"},
                        {"tokens", "5"},
                        {"vocabulary", "11"},
                        {"experts", "3"},
                        {"top", "2"}},
                       9));
  std::int64_t clear = 0;
  for (const SmallBlock& small : blocks) {
    CAPTURE(&small - blocks.data());
    const std::vector<LawForm> forms = forms_of(small.block);
    if (forms.empty()) continue;
    Objective<TestType> objective = on_device<TestType>(small, 8);  // so that few tokens have no turn
    BatchField<TestType> field(objective, 8, false, 3);
    field.stay_on_device();
    Both<TestType> both(small, forms, objective);
    descend<TestType>(small, field, both, 0.003);
    clear += both.clear;
    CHECK(both.looked_at < 10);  // powers of two, and after a record that is 16 steps on
  }
  CHECK(clear > 1000);
}

TEMPLATE_TEST_CASE("a device reduces every kind of law as the host does", "", float, double) {
  using S = TestType;
  // A star has few of its pairs, and a slice of F lies in two pieces.
  KnownSizes known;
  known.constants["w"] = {0.5, 0.0, -1.25};
  const std::string text =
      std::string(law_test::kLaws) + "control star[n] = L[n d] L[0 d]\n" + "control pieces[u o] = F[h u d] F[h o d]\n";
  const Block block = read_block(
      replaced(replaced(text, "f=5", "f=5 n=12 u=3 o=3"), "C[g d a]", "C[g d a] L[n d] F[h u d]"), known, "laws");
  const std::vector<LawForm> forms = law_test::forms_of(block);
  const auto size = static_cast<std::size_t>(block.parameters.size());
  law_test::Random random(77);
  std::vector<S> before = law_test::random_vector<S>(random, block.parameters.size()), after(size), k(size);
  Budget<S> host = plain_budget<S>(forms, size), device = plain_budget<S>(forms, size);
  const cuda::EulerReductions plan = device.reductions();
  CHECK(plan.panels.size() > 3);
  CHECK(plan.pairs.dot.size() > 3);
  CHECK(plan.squares.target.size() > 3);
  CHECK(plan.norms.target.size() > 3);
  CHECK(plan.sums.target.size() > 3);
  CHECK(plan.linear.component.size() > 3);
  CHECK(plan.component_norms.repeated.size() + plan.group_norms.repeated.size() > 3);
  CHECK(std::ranges::any_of(plan.panels, [](const cuda::GramPanel& panel) { return panel.part.size() > 1; }));

  DeviceDouble memory;
  device.reduce_on(std::make_unique<cuda::EulerReductionsExecutor<S, DeviceDouble>>(
      memory, plan, EulerStep<S>{before.data(), after.data(), k.data(), 0.0}));
  host.start(before.data());
  device.start(before.data());
  std::int64_t clear = 0;
  for (int step = 0; step < 40; ++step) {
    const S tau = static_cast<S>(0.01 / (1.0 + step));
    std::ranges::copy(law_test::random_vector<S>(random, block.parameters.size()), k.begin());
    for (std::size_t i = 0; i < size; ++i) after[i] = before[i] + tau * k[i];
    const double one = 1.0;
    const S* slope = k.data();
    device.device_step({before.data(), after.data(), k.data(), static_cast<double>(tau)});
    host.step({static_cast<double>(tau), nullptr, &one, 1, &slope, before.data(), after.data()});
    before = after;
    if (step % 7 == 0) clear += compare(device.record(before.data()), host.record(before.data()));
  }
  CHECK(clear > 1000);
}

TEST_CASE("a budget on the device goes on from an archive with the same bits") {
  const SmallBlock small = small_block(cost_cases().front(), 3, 9);
  const std::vector<LawForm> forms = forms_of(small.block);
  const auto row = [&](std::int64_t handed_on) {
    struct Watched final : Observer<float> {
      void on_step(const StepView<float>& step) override {
        if (step.index == handed_on) {
          testing::MemoryArchive saved;
          budget->archive(saved);
          Budget<float> next = make();
          next.start(start.data());
          testing::MemoryArchive loaded(saved.entries());
          next.archive(loaded);
          *budget = std::move(next);
        }
        step.away->show();
        budget->device_step({step.before->data(), step.after->data(), step.stages.front()->data(), step.tau});
      }
      void on_row(const RowView<float>& at) override {
        if (at.row == 0) {
          start = *at.theta;
          budget->start(start.data());
        }
        last = budget->record(at.theta->data());
      }
      std::function<Budget<float>()> make;
      std::unique_ptr<Budget<float>> budget;
      State<float> start;
      BudgetRow last;
      std::int64_t handed_on = -1;
    } watched;
    Objective<float> objective = on_device<float>(small, 4);
    watched.handed_on = handed_on;
    watched.make = [&] {
      Budget<float> budget = plain_budget<float>(forms, small.theta.size());
      budget.reduce_on(objective.device()->reductions(budget.reductions()));
      return budget;
    };
    watched.budget = std::make_unique<Budget<float>>(watched.make());
    BatchField<float> field(objective, 4, false, 3);
    field.stay_on_device();
    descend<float>(small, field, watched);
    testing::MemoryArchive bits;
    watched.last.archive(bits);
    return bits.entries();
  };
  const auto whole = row(-1);
  CHECK(row(1) == whole);
  CHECK(row(13) == whole);
}

}  // namespace invar
