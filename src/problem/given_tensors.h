// A block's tensors out of a file, by name. What does not fit is told together: what is missing, has another shape, is
// of no use, or is too much, for then the file is of another net.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/named_tensor.h"
#include "tensor/block.h"

namespace invar {

class GivenTensors {
 public:
  /// InputError where a name stands twice.
  explicit GivenTensors(data::WeightFile file);

  const std::vector<data::WeightTensor>& tensors() const { return file_.tensors; }

  /// Before any tensor is asked for: makes the file's names the block's where that is no guess (adopted_names.h).
  /// Returns what was done. InputError where a name stands twice.
  std::vector<std::string> adopt(const std::vector<std::string>& wanted);

  /// Of a frozen tensor, which the block asks for while its text is read. Zeros where none fits: `start` then throws.
  std::vector<double> constant(const std::string& name, const Shape& shape);
  /// θ. InputError with all that does not fit, constants too.
  std::vector<double> start(const Block& block);

 private:
  struct Asked {
    std::string name;
    Shape shape;
    bool constant = false;
  };

  const data::WeightTensor* find(const std::string& name) const;
  /// "" where the tensor that the file has fits.
  std::string misfit(const Asked& asked) const;
  std::string missing(const Asked& asked) const;
  void require_fit() const;
  void number();

  data::WeightFile file_;
  std::map<std::string, std::size_t, std::less<>> number_;  // name → place in the file's list
  std::vector<Asked> asked_;
};

}  // namespace invar
