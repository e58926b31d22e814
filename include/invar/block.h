// A block of a neural network as text in invar's notation (models/README.md; `drift --print-block` prints the built-in
// ones, which a text may `use`), with data and its laws: value, gradient and Hessian-vector product of its cost.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "invar/laws.h"
#include "invar/loss.h"

namespace invar::api {

/// N samples, each row-major: x [N, x_shape…], y [N, y_shape…].
struct Data {
  std::vector<std::int64_t> x_shape, y_shape;  // of one sample
  std::vector<double> x, y;
};

enum class Cost {
  squared,       // ½ ‖f(x) − y‖²; y has the output's shape
  cross_entropy  // softmax over the output's last axis; y are distributions there. No read-out is added
};

class Block final : public Loss {
 public:
  /// `sizes`: extents of index letters that neither text nor data give; `constants`: all that the text declares. Lines
  /// below `with cross-entropy` are read with that cost alone. Throws std::invalid_argument with line and column of the
  /// text, or the shapes or numbers that do not fit.
  Block(std::string_view text, Data data, Cost cost = Cost::squared,
        const std::map<std::string, std::int64_t>& sizes = {}, const std::vector<Constant>& constants = {});
  ~Block() override;

  /// Drawn from N(0, scale²/fan-in), tensor by tensor, as `drift` draws it from this seed.
  std::vector<double> start(std::uint64_t seed, double scale = 1.0) const;
  const Laws& laws() const;

  std::vector<Tensor> parameters() const override;
  std::int64_t samples() const override;
  double evaluate(std::span<const double> theta, std::span<const std::int64_t> samples,
                  std::span<double> gradient) override;
  bool has_hessian_product() const override { return true; }
  void hessian_product(std::span<const double> theta, std::span<const double> v, std::span<double> out) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace invar::api
