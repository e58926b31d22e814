// Where tensors of dotted names lie, and what their axes are called.
#include <catch2/catch.hpp>
#include <map>

#include "record/tensor_plan.h"

using namespace invar::record;
using Names = std::vector<std::string>;

namespace {

/// Axes of each dataset of the plans that is no scale, by path.
std::map<std::string, Names> axes_of(const std::vector<TensorPlan>& tensors) {
  std::map<std::string, Names> found;
  for (const GroupPlan& group :
       tensor_plans("/m/start", "", tensors, {counted_scale("run", "", 2)}, {"/m/time"}))
    for (const DatasetPlan& dataset : group.datasets)
      if (dataset.scale == Scale::no) found[group.path + "/" + dataset.name] = dataset.axes;
  return found;
}

}  // namespace

TEST_CASE("axes are called by the letters of the text, without the scope, which is the group's") {
  const auto axes = axes_of({{"W", {3, 4}, {"h", "d"}, {}},
                             {"layers.0.moe.V", {2, 3, 4}, {"layers.0.moe.e", "layers.0.moe.h", "d"}, {}},
                             {"layers.0.moe.O", {6, 4}, {"(layers.0.moe.h layers.0.moe.a)", "d"}, {}},
                             {"layers.0.moe.C", {2}, {"moe2.e"}, {}}});
  CHECK(axes.at("/m/start/W") == Names{"run", "h", "d"});
  CHECK(axes.at("/m/start/layers/0/moe/V") == Names{"run", "e", "h", "d"});
  CHECK(axes.at("/m/start/layers/0/moe/O") == Names{"run", "h_a", "d"});
  CHECK(axes.at("/m/start/layers/0/moe/C") == Names{"run", "e"});
}

TEST_CASE("an axis that is called like a tensor, is there twice, or has two extents gets a name of its own") {
  const auto axes = axes_of({{"h", {3}, {"h"}, {}}, {"S", {4, 4}, {"d", "d"}, {}}, {"T", {5}, {"d"}, {}},
                             {"U", {3, 3}, {}, {}}, {"V", {2}, {"run"}, {}}});
  CHECK(axes.at("/m/start/h") == Names{"run", "axis_h"});
  CHECK(axes.at("/m/start/S") == Names{"run", "d", "d_2"});
  CHECK(axes.at("/m/start/T") == Names{"run", "d_3"});
  CHECK(axes.at("/m/start/U") == Names{"run", "axis3", "axis3_2"});
  CHECK(axes.at("/m/start/V") == Names{"run", "axis_run"});
}

TEST_CASE("a tensor that is called like a scope, or like what every scope has, gets an underscore") {
  CHECK(tensor_paths({"s", "s.q", "s_"}) == Names{"s_", "s/q", "s__"});
  CHECK(tensor_paths({"run", "run.q", "a.time", "row.row.W"}) == Names{"run__", "run_/q", "a/time_", "row_/row_/W"});
}
