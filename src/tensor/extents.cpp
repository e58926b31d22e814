#include "tensor/extents.h"

#include <utility>
#include <vector>

namespace invar {
namespace {

constexpr Place kWholeText{1, 1};                  // of what is wrong outside the text
constexpr Index kMostNumbers = 1'000'000'000'000;  // along an axis: more fit no memory, and products could overflow

// An axis where a tensor is used, beside the same axis where the tensor is declared or defined.
struct AxisUse {
  const TensorUse* use;
  const TensorUse* declared;
  std::size_t axis;
};

struct Known {
  Index extent;
  std::string origin;  // completes "… by "
};

class Solver {
 public:
  Solver(const BlockText& block, const BlockSyntax& syntax, const KnownSizes& given)
      : block_(block), syntax_(syntax), given_(given) {
    for (const Declared& declared : syntax.tensors) note_letters(declared.tensor);
    for (const Definition& definition : syntax.definitions) note(definition.right);
    for (const LawLine& law : syntax.laws) {
      note_letters(law.left);
      note(law.right);
    }
  }

  std::map<std::string, Index> run() {
    require_known_letters();
    take_set_and_sizes();
    for (const Declared& declared : syntax_.tensors) take_shape(declared);
    require_known_tensors();
    open_ = uses_;
    open_joints_ = joints_;
    settle_all();
    for (const SizeDefault& size : syntax_.sizes) {
      if (size.role != SizeRole::fallback || known_.contains(size.index.letter)) continue;
      known_.emplace(size.index.letter, Known{size.extent, "'sizes' in " + block_.line(size.index.place)});
      settle_all();
    }
    std::map<std::string, Index> extents;
    for (const auto& [use, in] : letters_) {
      const auto found = known_.find(use.letter);
      if (found == known_.end())
        block_.fail(use.place, "nothing determines the extent of index '" + use.letter + "' ('" + block_.quote(in) +
                                   "'): write 'sizes " + use.letter + "=…', set " + use.letter +
                                   " from outside (programs: --set " + use.letter +
                                   "=…; in C++: sizes), or give the shape of a tensor that has it");
      extents[use.letter] = found->second.extent;
    }
    require_constants_inside();
    return extents;
  }

 private:
  void note(const IndexUse& use, Span in) {
    if (!is_letter(use.letter)) letters_.emplace_back(use, in);
  }

  void note_letters(const TensorUse& tensor) {
    for (const Subscript& axis : tensor.axes)
      for (const IndexUse& use : axis.letters) note(use, tensor.span);
  }

  void note(const TensorUse& use) {
    note_letters(use);
    const TensorUse& declared = syntax_.find(use.name)->tensor;
    for (std::size_t axis = 0; axis < use.axes.size(); ++axis) uses_.push_back({&use, &declared, axis});
  }

  void note(const Expression& expression) {
    visit_factors(expression, [this](const Factor& factor) {
      for (const TensorUse* use : tensors_of(factor)) note(*use);
      if (factor.kind == Factor::Kind::dim) dims_.push_back(factor.dim);
      if (factor.function == "concat") joints_.push_back(&factor);
      for (const IndexUse& axis : factor.axes) note(axis, factor.span);
    });
  }

  bool is_letter(const std::string& letter) const {
    for (const auto& [use, in] : letters_)
      if (use.letter == letter) return true;
    return false;
  }

  std::string near_letters(const std::string& letter) const {
    std::vector<std::string> names;
    for (const auto& [use, in] : letters_) names.push_back(use.letter);
    return known_names(letter, names);
  }

  void require_known_letters() const {
    for (const IndexUse& dim : dims_)
      if (!is_letter(dim.letter))
        block_.fail(dim.place,
                    "dim(" + dim.letter + "): unknown index '" + dim.letter + "'" + near_letters(dim.letter));
    for (const SizeDefault& size : syntax_.sizes)
      if (!is_letter(size.index.letter))
        block_.fail(size.index.place, "'sizes' gives an extent to '" + size.index.letter +
                                          "', an index that no tensor has" + near_letters(size.index.letter));
    for (const auto& [letter, extent] : given_.extents)
      if (!is_letter(letter))
        block_.fail(kWholeText, "'" + letter + "' is set to " + std::to_string(extent) +
                                    ", but no tensor has an index '" + letter + "'" + near_letters(letter));
  }

  void require_known_tensors() const {
    std::vector<std::string> names;
    for (const Declared& declared : syntax_.tensors)
      if (declared.role != Role::definition) names.push_back(declared.tensor.name);
    for (const auto& [name, shape] : given_.shapes) {
      const Declared* declared = syntax_.find(name);
      if (!declared || declared->role == Role::definition)
        block_.fail(kWholeText, "a shape " + shape_text(shape) + " is given for '" + name +
                                    "', which the text does not declare as parameter, constant or input" +
                                    known_names(name, names));
    }
  }

  void take_set_and_sizes() {
    for (const auto& [letter, extent] : given_.extents) {
      if (extent < 1)
        block_.fail(kWholeText,
                    "index '" + letter + "' is set to " + std::to_string(extent) + ": an extent is at least 1");
      if (extent > kMostNumbers)
        block_.fail(kWholeText,
                    "index '" + letter + "' is set to " + std::to_string(extent) + ": an extent is at most 10^12");
      known_[letter] = {extent, "the value set from outside"};
    }
    for (const SizeDefault& size : syntax_.sizes)
      if (size.role == SizeRole::standard)
        known_.emplace(size.index.letter, Known{size.extent, "'sizes' in " + block_.line(size.index.place)});
    for (const SizeDefault& size : syntax_.sizes) {
      if (size.role != SizeRole::fixed) continue;
      const std::string origin = "the argument in " + block_.line(size.index.place);
      const Known& known = known_.emplace(size.index.letter, Known{size.extent, origin}).first->second;
      if (known.extent != size.extent)
        block_.fail(size.index.place, "index '" + size.index.letter + "' has extent " + std::to_string(size.extent) +
                                          " by " + origin + ", but " + std::to_string(known.extent) + " by " +
                                          known.origin + ": make them equal");
    }
  }

  void take_shape(const Declared& declared) {
    const auto given = given_.shapes.find(declared.tensor.name);
    if (given == given_.shapes.end()) return;
    const TensorUse& tensor = declared.tensor;
    const Shape& shape = given->second;
    if (shape.size() != tensor.axes.size())
      block_.fail(tensor.place, "'" + block_.quote(tensor.span) + "' is declared with " +
                                    std::to_string(tensor.axes.size()) + " axes, but the shape given for it is " +
                                    shape_text(shape) + " with " + std::to_string(shape.size()) +
                                    ": change the declaration or the data");
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const IndexUse& use = tensor.axes[axis].letters[0];
      const std::string place =
          "axis " + std::to_string(axis + 1) + " of '" + tensor.name + "', whose given shape is " + shape_text(shape);
      if (shape[axis] < 1) block_.fail(use.place, place + ": every extent is at least 1");
      const auto [known, fresh] = known_.emplace(use.letter, Known{shape[axis], place});
      if (known->second.extent != shape[axis])
        block_.fail(use.place, "index '" + use.letter + "' has extent " + std::to_string(shape[axis]) + " by " + place +
                                   ", but " + std::to_string(known->second.extent) + " by " + known->second.origin +
                                   ": make them equal, or give one axis another letter");
    }
  }

  // The product of the letters that are known, and the last that is not.
  struct Side {
    Index product = 1;
    int unknown = 0;
    std::string letter;
    std::string text;  // "j · c = 2 · 4", as far as known
  };
  Side side(const Subscript& axis) const {
    Side result;
    std::string values;
    for (const IndexUse& use : axis.letters) {
      const auto found = known_.find(use.letter);
      if (found == known_.end()) {
        ++result.unknown;
        result.letter = use.letter;
        continue;
      }
      if (found->second.extent > kMostNumbers / result.product)
        block_.fail(axis.place,
                    "'" + axis_text(axis) + "' would run over more than 10^12 entries: choose smaller extents");
      result.product *= found->second.extent;
      values += (values.empty() ? "" : " · ") + use.letter + "=" + std::to_string(found->second.extent) + " by " +
                found->second.origin;
    }
    result.text = values;
    return result;
  }

  void settle_all() {
    for (bool progress = true; progress;) {
      const std::size_t before = open_.size() + open_joints_.size();
      std::erase_if(open_, [this](const AxisUse& use) { return settle(use); });
      std::erase_if(open_joints_, [this](const Factor* joint) { return settle(*joint); });
      progress = open_.size() + open_joints_.size() < before;
    }
  }

  // concat: the joined index is as long as its parts together. True once all are known.
  bool settle(const Factor& joint) {
    const IndexUse& whole = joint.axes[0];
    Index parts = 0;  // at most eight
    std::string unknown, text;
    for (const std::string& letter : joint.joined) {
      const auto found = known_.find(letter);
      if (!letter.empty() && found == known_.end()) {
        if (!unknown.empty()) return false;
        unknown = letter;
        continue;
      }
      const Index part = letter.empty() ? 1 : found->second.extent;
      parts += part;
      text += (text.empty() ? "" : " + ") + std::to_string(part);
    }
    const std::string origin = "the concat of " + block_.line(joint.place);
    const auto found = known_.find(whole.letter);
    if (found == known_.end()) {
      if (!unknown.empty()) return false;
      known_[whole.letter] = {parts, origin};
      return true;
    }
    const Index all = found->second.extent;
    const std::string disagree = "index '" + whole.letter + "' has extent " + std::to_string(all) + " (by " +
                                 found->second.origin + "), but the parts of the concat have " + text;
    if (unknown.empty() ? all != parts : all <= parts)
      block_.fail(whole.place, disagree + (unknown.empty() ? "" : " without '" + unknown + "'") + ": make them agree");
    if (!unknown.empty()) known_[unknown] = {all - parts, origin};
    return true;
  }

  // True once both sides are known, and equal.
  bool settle(const AxisUse& at) {
    const Subscript& used = at.use->axes[at.axis];
    const Subscript& declared = at.declared->axes[at.axis];
    if (used.has_constant()) return true;  // beside letters: its own extent is open, so none follows from the axis's
    const Side left = side(used), right = side(declared);
    const std::string axis_name = "axis " + std::to_string(at.axis + 1) + " of '" + at.use->name + "'";
    const std::string declaration = "'" + block_.quote(at.declared->span) + "', " + block_.line(at.declared->place);
    if (left.unknown == 0 && right.unknown == 0) {
      if (left.product == right.product) return true;
      const bool plain = used.letters.size() == 1;
      block_.fail(used.place,
                  (plain ? "index '" + used.letters[0].letter + "'" : "'" + axis_text(used) + "'") + " has extent " +
                      std::to_string(left.product) + " (" + left.text + "), but " + axis_name + " (" + declaration +
                      ") has extent " + std::to_string(right.product) + " (" + right.text + ")" +
                      (plain ? ": make them equal, or use another letter" : ": the product must be the axis's extent"));
    }
    if (left.unknown + right.unknown != 1) return false;
    const Side& whole = left.unknown == 0 ? left : right;
    const Side& part = left.unknown == 0 ? right : left;
    if (whole.product % part.product != 0)
      block_.fail(used.place, "the extent of index '" + part.letter + "' cannot be inferred from " + axis_name + " (" +
                                  declaration + "): " + std::to_string(whole.product) + " (" + whole.text +
                                  ") is no multiple of " + std::to_string(part.product) + " (" + part.text + ")");
    known_[part.letter] = {whole.product / part.product,
                           axis_name + " in '" + block_.quote(at.use->span) + "', " + block_.line(at.use->place)};
    return true;
  }

  void require_constants_inside() const {
    for (const AxisUse& at : uses_) {
      const Subscript& used = at.use->axes[at.axis];
      if (!used.has_constant()) continue;
      const Side whole = side(at.declared->axes[at.axis]), part = side(used);
      const std::string axis =
          "axis " + std::to_string(at.axis + 1) + " of '" + block_.quote(at.declared->span) + "', which has extent ";
      if (whole.product % part.product != 0)
        block_.fail(used.place, "'" + axis_text(used) + "' does not split " + axis + std::to_string(whole.product) +
                                    ", no multiple of " + std::to_string(part.product) + " (" + part.text +
                                    "): choose sizes whose product divides it");
      const Index extent = whole.product / part.product;
      if (used.constant >= extent)
        block_.fail(used.place, "subscript " + std::to_string(used.constant) + " is outside " +
                                    (used.letters.empty() ? axis
                                                          : "its part of " + axis + std::to_string(whole.product) +
                                                                ": beside " + part.text + " it has extent ") +
                                    std::to_string(extent) + ": subscripts run from 0 to " +
                                    std::to_string(extent - 1));
    }
  }

  const BlockText& block_;
  const BlockSyntax& syntax_;
  const KnownSizes& given_;
  std::vector<std::pair<IndexUse, Span>> letters_;  // each letter where it is first written
  std::vector<AxisUse> uses_, open_;
  std::vector<const Factor*> joints_, open_joints_;
  std::vector<IndexUse> dims_;
  std::map<std::string, Known> known_;
};

}  // namespace

std::map<std::string, Index> solve_extents(const BlockText& block, const BlockSyntax& syntax, const KnownSizes& known) {
  return Solver(block, syntax, known).run();
}

}  // namespace invar
