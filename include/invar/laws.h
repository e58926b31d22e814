// Laws h(θ) as text in invar's notation (models/README.md): for tensors of your own,
//
//   parameters A[m h] B[h d]
//   law balance[h] = A[m h] A[m h] - B[h d] B[h d]
//
// `law`: said to be conserved by the flow; `claim`: to be tested; `control`: known not to be.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "invar/loss.h"

namespace invar::api {

struct Law {
  std::string kind;  // law, claim, control
  std::string name;  // with its scope: layers.0.attention.query_key
  std::string formula;
  std::int64_t components = 0;
  bool quadratic = false;  // of degree 2 at most: then it has a budget and a bound
};

class Laws {
 public:
  /// None.
  Laws();
  /// `text` declares the parameters that its laws read; these have the names and as many axes as those of the loss. So
  /// with constants. Nothing else of a net stands in it. Throws std::invalid_argument with line and column.
  Laws(const std::vector<Tensor>& parameters, std::string_view text, const std::vector<Constant>& constants = {});
  ~Laws();
  /// What is moved from may only be assigned to or destroyed.
  Laws(Laws&&) noexcept;
  Laws& operator=(Laws&&) noexcept;

  const std::vector<Law>& list() const;
  std::int64_t components() const;  // of all

  /// Every component, law after law, each row-major in its indices (of a symmetric pair of indices a ≤ b).
  std::vector<double> values(std::span<const double> theta) const;
  /// ∇h_c [as θ] of one component.
  void gradient(std::span<const double> theta, std::int64_t component, std::span<double> out) const;
  /// The largest cosine |∇h_c · g| / (‖∇h_c‖ ‖g‖) over the gradients of single samples, one a component: rounding for a
  /// law, whatever the data; NaN where a gradient is not finite, or none comes. `most`: samples looked at. Throws where
  /// the loss has other parameters than the laws are of.
  std::vector<double> defects(Loss& loss, std::span<const double> theta, std::int64_t most = 16) const;

  struct Parts;
  const Parts& parts() const { return *parts_; }

 private:
  friend class Block;
  std::unique_ptr<Parts> parts_;
};

}  // namespace invar::api
