// HDF5 data and problem files: the reference problems load whole, and what does not fit is named.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "data/tables.h"
#include "error.h"
#include "hdf5/file.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar::data;
using namespace invar::testing;
using Catch::Contains;
using invar::InputError;
namespace hdf5 = invar::hdf5;

namespace {

struct Reference {
  std::string name;
  Shape x_shape, y_shape;
  std::vector<std::pair<std::string, Shape>> parameters;
};

// Shapes as the conventions of the reference cases give them.
const std::vector<Reference> kReferences{
    {"toy_abx", {1}, {1}, {{"a", {1}}, {"b", {1}}}},
    {"linear_UVx_d3_r2_m3", {3}, {3}, {{"U", {3, 2}}, {"V", {2, 3}}}},
    {"ReLU_nobias", {3}, {2}, {{"A", {2, 3}}, {"W", {3, 3}}}},
    {"GELU_nobias", {3}, {2}, {{"A", {2, 3}}, {"W", {3, 3}}}},
    {"SwiGLU", {3}, {2}, {{"A", {2, 3}}, {"V", {3, 3}}, {"W", {3, 3}}}},
    {"MHA_noPE", {4, 3}, {4, 3}, {{"K", {2, 3, 2}}, {"O", {2, 2, 3}}, {"Q", {2, 3, 2}}, {"V", {2, 3, 2}}}},
    {"MHA_RoPE_dh4_d3_H2", {4, 3}, {4, 3}, {{"K", {2, 3, 4}}, {"O", {2, 4, 3}}, {"Q", {2, 3, 4}}, {"V", {2, 3, 4}}}},
    {"MoE_softmax_dense", {3}, {2}, {{"A", {3, 2, 1}}, {"G", {3, 3}}, {"V", {3, 1, 3}}, {"W", {3, 1, 3}}}},
    {"MoE_nsigmoid_dense", {3}, {2}, {{"A", {3, 2, 1}}, {"G", {3, 3}}, {"V", {3, 1, 3}}, {"W", {3, 1, 3}}}},
    {"MoE_softmax_top2_4", {3}, {2}, {{"A", {4, 2, 1}}, {"G", {4, 3}}, {"V", {4, 1, 3}}, {"W", {4, 1, 3}}}},
};

std::string path_of(const std::string& name) {
  return std::string(INVAR_TESTS) + "/reference/" + name + ".h5";
}

/// A problem file in which a test replaces one thing.
struct Draft {
  Shape x_shape{2, 2}, y_shape{2, 1};
  std::vector<double> x{1, 2, 3, 4}, y{5, 6}, a{7};
  std::filesystem::path write(const TemporaryFolder& folder) const {
    const hdf5::File file = hdf5::File::create(folder / "p.h5");
    file.write<double>("/data/x", x_shape, x);
    file.write<double>("/data/y", y_shape, y);
    file.write<double>("/parameters/a", {static_cast<std::int64_t>(a.size())}, a);
    return folder / "p.h5";
  }
};

std::string message_for(const Draft& draft, std::int64_t samples = 0) {
  const TemporaryFolder folder;
  const std::filesystem::path path = draft.write(folder);
  return message_of<InputError>([&] { load_problem(path, samples); });
}

}  // namespace

TEST_CASE("every reference problem loads with the shapes of its conventions, its end time and no constants") {
  for (const Reference& reference : kReferences) {
    INFO(reference.name);
    const Problem problem = load_problem(path_of(reference.name));
    CHECK(problem.samples.count == 16);
    CHECK(problem.samples.x_shape == reference.x_shape);
    CHECK(problem.samples.y_shape == reference.y_shape);
    CHECK(values(*problem.samples.x).size() == static_cast<std::size_t>(16 * elements(reference.x_shape)));
    CHECK_FALSE(problem.samples.labels);
    REQUIRE(problem.time.has_value());
    CHECK(*problem.time == 2.0);
    CHECK(problem.constants.empty());
    REQUIRE(problem.parameters.size() == reference.parameters.size());
    for (const auto& [name, shape] : reference.parameters) {
      REQUIRE(problem.parameter(name) != nullptr);
      CHECK(problem.parameter(name)->shape == shape);
      CHECK(problem.parameter(name)->values.size() == static_cast<std::size_t>(elements(shape)));
    }
  }
}

TEST_CASE("a problem that is loaded is the one that the file means: its loss is the reference's") {
  // f = a b x, C = mean of (y − f)²/2: enough to tell a transposed or shifted array.
  const Problem toy = load_problem(path_of("toy_abx"));
  const double ab = toy.parameter("a")->values[0] * toy.parameter("b")->values[0];
  double loss = 0.0;
  for (std::size_t i = 0; i < 16; ++i)
    loss += 0.5 * std::pow(ab * values(*toy.samples.x)[i] - values(*toy.samples.y)[i], 2) / 16;
  CHECK(loss ==
        Approx(hdf5::File::open(path_of("toy_abx")).dataset("/expected/loss").read<double>().front()).epsilon(1e-14));

  const Problem linear = load_problem(path_of("linear_UVx_d3_r2_m3"));
  const std::vector<double>&u = linear.parameter("U")->values, &v = linear.parameter("V")->values;
  loss = 0.0;
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t m = 0; m < 3; ++m) {
      double f = 0.0;
      for (std::size_t r = 0; r < 2; ++r) {
        for (std::size_t d = 0; d < 3; ++d) f += u[m * 2 + r] * v[r * 3 + d] * values(*linear.samples.x)[i * 3 + d];
      }
      loss += 0.5 * std::pow(f - values(*linear.samples.y)[i * 3 + m], 2) / 16;
    }
  }
  const hdf5::File file = hdf5::File::open(path_of("linear_UVx_d3_r2_m3"));
  CHECK(loss == Approx(file.dataset("/expected/loss").read<double>().front()).epsilon(1e-14));
}

TEST_CASE("constants and the root's end time are read, and the first samples taken") {
  const TemporaryFolder folder;
  {
    const hdf5::File file = hdf5::File::create(folder / "p.h5");
    file.write<float>("/data/x", {3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
    file.write<std::int32_t>("/data/y", {3}, std::vector<std::int32_t>{4, 0, 2});
    file.write<double>("/parameters/layers.0.ffn.A", {1, 2}, std::vector<double>{7, 8});
    file.write<double>("/constants/W0", {}, std::vector<double>{9});
    file.set_attribute("T", 12.5);
  }
  const Problem problem = load_problem(folder / "p.h5", 2);
  CHECK(values(*problem.samples.x) == std::vector<double>{1, 2, 3, 4});
  CHECK(values(*problem.samples.y) == std::vector<double>{4, 0});
  CHECK(problem.samples.labels);
  CHECK(problem.samples.classes == 5);
  CHECK(problem.constant("W0")->shape.empty());
  CHECK(problem.constant("W0")->values == std::vector<double>{9});
  CHECK(problem.parameter("layers.0.ffn.A")->values == std::vector<double>{7, 8});
  CHECK(problem.parameter("W0") == nullptr);
  CHECK(problem.time == 12.5);
}

TEST_CASE("labels expand to one row of zeros and a one for each sample and position") {
  const TemporaryFolder folder;
  {
    const hdf5::File file = hdf5::File::create(folder / "s.h5");
    file.write<double>("/data/x", {2, 2, 1}, std::vector<double>{1, 2, 3, 4});
    file.write<std::int64_t>("/data/y", {2, 2}, std::vector<std::int64_t>{0, 2, 1, 1});
  }
  const Samples samples = one_hot(load_hdf5(folder / "s.h5"));
  CHECK(samples.y_shape == Shape{2, 3});
  CHECK(values(*samples.y) == std::vector<double>{1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0});
  CHECK_FALSE(samples.labels);
  CHECK(samples.classes == 3);
  CHECK(one_hot(samples).y == samples.y);
}

TEST_CASE("numbers that are not finite are refused with their index") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  CHECK_THAT(message_for({.x = {1, 2, 3, nan}}), Contains("p.h5: /data/x[1, 1] is NaN"));
  CHECK_THAT(message_for({.y = {1, -infinity}}), Contains("/data/y[1, 0] is -infinity"));
  const TemporaryFolder folder;
  const Draft beyond{.x = {1, 2, 3, nan}};
  CHECK(values(*load_problem(beyond.write(folder), 1).samples.x) ==
        std::vector<double>{1, 2});  // not taken, not judged
}

TEST_CASE("arrays that do not fit each other are refused with their shapes") {
  CHECK_THAT(message_for({.y_shape = {1, 2}}), Contains("/data/x [2, 2] and /data/y [1, 2] disagree"));
  CHECK_THAT(message_for({.x_shape = {0, 2}, .x = {}}), Contains("/data/x: is empty, its shape is [0, 2]"));
  CHECK_THAT(message_for({.y_shape = {}, .y = {1}}), Contains("/data/y: is a scalar"));
  CHECK_THAT(message_for({}, 3), Contains("samples = 3") && Contains("p.h5 holds 2"));
}

TEST_CASE("a problem file that lacks a part, or has one of the wrong kind, is refused with its path") {
  const TemporaryFolder folder;
  const auto message = [&](auto change) {
    {
      const hdf5::File file = hdf5::File::create(folder / "p.h5");
      change(file);
    }
    return message_of<InputError>([&] { load_problem(folder / "p.h5"); });
  };
  const std::vector<double> one{1.0};
  const auto write = [&](const hdf5::File& file, const std::string& path) { file.write<double>(path, {1}, one); };
  CHECK_THAT(message([&](const hdf5::File& f) { write(f, "/data/x"); }),
             Contains("/parameters: there is no such group"));
  CHECK_THAT(message([&](const hdf5::File& f) { f.create_group("parameters"); }), Contains("/parameters: is empty"));
  CHECK_THAT(message([&](const hdf5::File& f) { write(f, "/parameters/a"), write(f, "/data/x"); }),
             Contains("/data/y"));
  CHECK_THAT(message([&](const hdf5::File& f) { f.create_group("parameters/layers"); }),
             Contains("/parameters/layers: is a group"));
  CHECK_THAT(message([&](const hdf5::File& f) {
               write(f, "/parameters/a"), write(f, "/data/x");
               f.write<std::int64_t>("/data/y", {1}, std::vector<std::int64_t>{-1});
             }),
             Contains("/data/y[0] is -1") && Contains("labels"));
  CHECK_THAT(message([&](const hdf5::File& f) {
               write(f, "/parameters/a"), write(f, "/data/x");
               f.write_text("/data/y", {1}, std::vector<std::string>{"cat"});
             }),
             Contains("/data/y: holds text"));
  CHECK_THAT(message([&](const hdf5::File& f) {
               write(f, "/parameters/a"), write(f, "/data/x"), write(f, "/data/y");
               f.set_attribute("T", 0.0);
             }),
             Contains("attribute 'T' is 0") && Contains("positive"));
}
