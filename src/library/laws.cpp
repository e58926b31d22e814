#include "invar/laws.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "law/defect.h"
#include "law/evaluate.h"
#include "library/checked.h"
#include "library/parts.h"
#include "library/tensors.h"
#include "tensor/outline.h"

namespace invar::api {
void Laws::Parts::add(const invar::Block& block, const std::vector<Index>& place) {
  for (const invar::Law& law : block.laws) {
    Law& entry = list.emplace_back();
    entry.kind = to_string(law.kind);
    entry.name = (law.scope.empty() ? "" : law.scope + ".") + law.name;
    entry.formula = law.formula;
    try {
      LawForm form = law_form(block, law);
      for (LawForm::Element& element : form.elements)
        element = static_cast<LawForm::Element>(place[static_cast<std::size_t>(element)]);
      entry.quadratic = true;
      entry.components = form.components();
      where.emplace_back(true, forms.size());
      forms.push_back(std::move(form));
    } catch (const InputError&) {  // of a degree above 2, or no polynomial
      where.emplace_back(false, general.size());
      general.push_back({std::make_unique<GeneralLaw>(block, law), place});
      entry.components = general.back().law->components();
    }
    components += entry.components;
  }
}

void Laws::Parts::expect_length(std::size_t length, const char* what) const {
  if (!list.empty() && static_cast<std::int64_t>(length) != parameters)
    throw InputError(std::string(what) + " has " + std::to_string(length) + " numbers, and the laws are of " +
                     std::to_string(parameters) + " parameters; give as many");
}

void Laws::Parts::expect_of(const Loss& loss) const {
  const auto same = [](const Tensor& a, const Tensor& b) { return a.name == b.name && a.shape == b.shape; };
  if (!list.empty() && !std::ranges::equal(tensors, loss.parameters(), same))
    throw InputError("laws: they are of other parameters than the loss has; make them with loss.parameters()");
}

Laws::Laws() : parts_(std::make_unique<Parts>()) {}
Laws::~Laws() = default;
Laws::Laws(Laws&&) noexcept = default;
Laws& Laws::operator=(Laws&&) noexcept = default;

Laws::Laws(const std::vector<Tensor>& parameters, std::string_view text, const std::vector<Constant>& constants)
    : Laws() {
  checked([&] {
    parts_->parameters = expect_parameters(parameters);
    KnownSizes known;
    add_constants(constants, known);
    for (const BlockOutline::Tensor& declared : outline(text, "laws", {}, TextKind::laws).parameters) {
      const auto own = std::ranges::find(parameters, declared.name, &Tensor::name);
      if (own != parameters.end()) {
        known.shapes[declared.name] = own->shape;
        continue;
      }
      std::string names;
      for (const Tensor& tensor : parameters) names += (names.empty() ? "" : ", ") + tensor.name;
      throw InputError(declared.at + ": the loss has no parameter '" + declared.name + "'; it has " + names);
    }
    const invar::Block block = read_block(text, known, "laws", {}, TextKind::laws);
    std::vector<Index> place;
    for (const invar::Tensor& tensor : block.parameters.tensors()) {
      Index offset = 0;
      for (const Tensor& own : parameters) {
        if (own.name == tensor.name) break;
        offset += parameter_count({own});
      }
      if (offset + tensor.size > std::numeric_limits<LawForm::Element>::max())
        throw InputError(
            "laws: '" + tensor.name + "' ends at number " + std::to_string(offset + tensor.size) +
            " of theta, and laws reach to 2^31 - 1; let loss.parameters() begin with the tensors that they "
            "read");
      for (Index i = 0; i < tensor.size; ++i) place.push_back(offset + i);
    }
    parts_->add(block, place);
    parts_->tensors = parameters;
  });
}

const std::vector<Law>& Laws::list() const {
  return parts_->list;
}

std::int64_t Laws::components() const {
  return parts_->components;
}

std::vector<double> Laws::values(std::span<const double> theta) const {
  checked([&] { parts_->expect_length(theta.size(), "theta"); });
  std::vector<double> all, low;
  for (std::size_t i = 0; i < parts_->list.size(); ++i) {
    const auto [quadratic, number] = parts_->where[i];
    const std::size_t first = all.size();
    all.resize(first + static_cast<std::size_t>(parts_->list[i].components));
    if (quadratic) {
      low.resize(all.size());
      Evaluator(parts_->forms[number]).value(Wide{theta.data(), nullptr}, {all.data() + first, low.data()});
    } else {
      const Parts::General& general = parts_->general[number];
      std::vector<double> own;
      for (const Index at : general.place) own.push_back(theta[static_cast<std::size_t>(at)]);
      general.law->value(own.data(), all.data() + first);
    }
  }
  return all;
}

void Laws::gradient(std::span<const double> theta, std::int64_t component, std::span<double> out) const {
  checked([&] {
    parts_->expect_length(theta.size(), "theta");
    parts_->expect_length(out.size(), "the gradient");
    if (component < 0 || component >= parts_->components)
      throw InputError("laws: there is no component " + std::to_string(component) + "; they have " +
                       std::to_string(parts_->components) + ", from 0 on");
  });
  std::ranges::fill(out, 0.0);
  for (std::size_t i = 0; i < parts_->list.size(); ++i) {
    const auto [quadratic, number] = parts_->where[i];
    if (component >= parts_->list[i].components) {
      component -= parts_->list[i].components;
      continue;
    }
    if (quadratic) {
      for (const auto& [element, slope] : component_gradient(parts_->forms[number], component, theta.data()))
        out[static_cast<std::size_t>(element)] = slope;
    } else {
      const Parts::General& general = parts_->general[number];
      std::vector<double> own, slope(general.place.size());
      for (const Index at : general.place) own.push_back(theta[static_cast<std::size_t>(at)]);
      general.law->gradient(component, own.data(), slope.data());
      for (std::size_t k = 0; k < slope.size(); ++k) out[static_cast<std::size_t>(general.place[k])] = slope[k];
    }
    return;
  }
}

std::vector<double> Laws::defects(Loss& loss, std::span<const double> theta, std::int64_t most) const {
  checked([&] {
    expect_loss(loss);
    parts_->expect_of(loss);
    parts_->expect_length(theta.size(), "theta");
    if (most < 1)
      throw InputError("defects: of " + std::to_string(most) + " samples nothing is known; look at 1 or more");
  });
  std::vector<std::vector<double>> gradients;
  std::vector<const double*> pointers;
  for (std::int64_t sample = 0; sample < std::min(most, loss.samples()); ++sample) {
    gradients.emplace_back(theta.size());
    loss.evaluate(theta, {&sample, 1}, gradients.back());
  }
  for (const std::vector<double>& gradient : gradients) {
    pointers.push_back(gradient.data());
    if (std::ranges::all_of(gradient, [](double g) { return std::isfinite(g); })) continue;
    return std::vector<double>(static_cast<std::size_t>(components()), std::nan(""));
  }
  std::vector<double> result, slope(theta.size());
  for (std::int64_t c = 0; c < components(); ++c) {
    gradient(theta, c, slope);
    result.push_back(defect_of_gradient(slope, pointers));
  }
  return result;
}

}  // namespace invar::api
