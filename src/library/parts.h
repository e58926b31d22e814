// What the library's classes hold.
#pragma once

#include <memory>
#include <vector>

#include "backend/objective.h"
#include "backend/packed_samples.h"
#include "invar/block.h"
#include "invar/laws.h"
#include "law/form.h"
#include "law/general_law.h"
#include "tensor/block.h"

namespace invar::api {

struct Laws::Parts {
  /// Of a block whose parameters lie in θ at `place`, one entry an element of the block's own θ.
  void add(const invar::Block& block, const std::vector<Index>& place);

  std::vector<Law> list;
  // In the order of the list: a law has a form, or is a general one.
  std::vector<LawForm> forms;
  struct General {
    std::unique_ptr<GeneralLaw> law;
    std::vector<Index> place;
  };
  std::vector<General> general;
  std::vector<std::pair<bool, std::size_t>> where;  // of each law of the list: has a form, its number there
  std::int64_t components = 0;
  std::vector<Tensor> tensors;  // of the loss that they are of; none where there are no laws
  std::int64_t parameters = 0;

  /// InputError: θ of another length, or a component that there is not.
  void expect_length(std::size_t length, const char* what) const;
  /// InputError: laws of other parameters, by name, shape or order, for then their numbers would be others.
  void expect_of(const Loss& loss) const;
};

struct Block::Parts {
  invar::Block block;
  SampleArrays samples;
  CostPlans plans;
  std::unique_ptr<Objective<double>> all;
  std::unique_ptr<Objective<double>> some;  // for mini-batches, with room for `room` samples
  std::int64_t room = 0;
  Laws laws;
};

}  // namespace invar::api
