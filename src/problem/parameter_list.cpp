#include "problem/parameter_list.h"

#include <algorithm>
#include <iomanip>
#include <ostream>

#include "problem/block_library.h"
#include "problem/ladder.h"
#include "tensor/outline.h"

namespace invar {
namespace {

std::string joined(const std::vector<std::string>& letters) {
  std::string text;
  for (const std::string& letter : letters) text += (text.empty() ? "" : " ") + letter;
  return text;
}

const BlockOutline::Tensor* find(const std::vector<BlockOutline::Tensor>& tensors, const std::string& name) {
  const auto found = std::ranges::find(tensors, name, &BlockOutline::Tensor::name);
  return found == tensors.end() ? nullptr : &*found;
}

}  // namespace

std::string loss_reason(const Configuration& configuration, const Problem& problem) {
  std::string text(to_string(problem.loss));
  if (configuration.loss == Configuration::Loss::automatic)
    text += problem.loss == Loss::squared ? ", since the targets are numbers" : ", since the targets are labels";
  return text;
}

void print_parameters(std::ostream& out, const Configuration& configuration) {
  const std::vector<Unit> units = ladder(configuration);
  DataSource source(configuration, true);
  std::string before;
  for (const Unit& unit : units) {
    if (unit.label == before) continue;  // another seed or number format
    if (!before.empty()) out << "\n";
    before = unit.label;
    const Problem problem = outline_problem(configuration, unit, source);
    const BlockOutline text = outline(problem.text, unit.label, built_in_blocks());
    const Layout& layout = problem.block.parameters;
    std::size_t name_width = 8, shape_width = 14;
    for (const Tensor& tensor : layout.tensors()) {
      name_width = std::max(name_width, tensor.name.size());
      shape_width = std::max(shape_width, shape_text(tensor.shape).size());
    }
    out << unit.label << ": " << layout.size() << " parameters in " << layout.tensors().size() << " tensors\n"
        << "data: " << problem.data << "\n"
        << "loss: " << loss_reason(configuration, problem) << "\n";
    const auto line = [&](const std::string& name, const std::string& shape, const std::string& count,
                          const std::string& letters) {
      out << "  " << std::left << std::setw(static_cast<int>(name_width)) << name << "  "
          << std::setw(static_cast<int>(shape_width)) << shape << std::right << std::setw(12) << count << "  "
          << letters << "\n";
    };
    line("tensor", "shape", "numbers", "indices");
    for (const Tensor& tensor : layout.tensors()) {
      const BlockOutline::Tensor* declared = find(text.parameters, tensor.name);
      line(tensor.name, shape_text(tensor.shape), std::to_string(tensor.size), declared ? joined(declared->axes) : "");
    }
    for (const Constant& constant : problem.constants) {
      const BlockOutline::Tensor* declared = find(text.constants, constant.name);
      line(constant.name, shape_text(constant.shape), "frozen", declared ? joined(declared->axes) : "");
    }
  }
}

}  // namespace invar
