#include "tensor/used_block.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace invar {
namespace {

constexpr std::string_view kUsage = ", as in 'use swiglu as layers.0.ffn (x = r, width=64)'";

// Words joined by '-', which no name of the notation has: "attention-rope", "squared-relu".
std::string dashed_name(TokenCursor& cursor, const std::string& what) {
  std::string name(cursor.expect_name(what).text);
  while (cursor.peek().is("-")) {
    cursor.take();
    name += "-" + std::string(cursor.expect_name("the rest of the name after '" + name + "-'").text);
  }
  return name;
}

UseLine::Given given_value(TokenCursor& cursor, const std::string& name) {
  UseLine::Given given{.value = {}, .place = cursor.peek().place};
  while (!cursor.peek().is(",") && !cursor.peek().is(")")) {
    if (cursor.peek().kind != Token::Kind::name && cursor.peek().kind != Token::Kind::number && !cursor.peek().is("-"))
      cursor.refuse("the value of '" + name + "'");
    given.value += cursor.take().text;
  }
  if (given.value.empty()) cursor.refuse("the value of '" + name + "'");
  return given;
}

std::optional<Index> extent_of(const std::string& text) {
  Index extent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return extent;
}

bool has_letter(const BlockSyntax& syntax, const std::string& letter) {
  const auto is = [&](const IndexUse& use) { return use.letter == letter; };
  return std::any_of(syntax.sizes.begin(), syntax.sizes.end(),
                     [&](const SizeDefault& size) { return is(size.index); }) ||
         std::any_of(syntax.tensors.begin(), syntax.tensors.end(), [&](const Declared& declared) {
           return std::any_of(declared.tensor.axes.begin(), declared.tensor.axes.end(), [&](const Subscript& axis) {
             return std::any_of(axis.letters.begin(), axis.letters.end(), is);
           });
         });
}

class Placing {
 public:
  Placing(const BlockText& block, BlockSyntax& used, const UseLine& line, const BlockSyntax& outer)
      : block_(block), used_(used), line_(line), outer_(outer) {
    feed();
    take_letters();
  }

  void run(const std::map<std::string, Index>& extents) {
    note_dependent();
    for (Declared& declared : used_.tensors.release()) {
      place(declared.tensor);
      if (declared.role != Role::input) used_.tensors.add(std::move(declared));
    }
    for (Definition& definition : used_.definitions) {
      place(definition.left);
      place(definition.right);
      definition.checked = true;
    }
    for (LawLine& law : used_.laws) {
      law.left.name = line_.scope + "." + law.left.name;
      for (Subscript& axis : law.left.axes) rename(axis);
      place(law.right);
      law.checked = true;
    }
    for (SizeDefault& size : used_.sizes) {
      rename(size.index);
      if (size.role == SizeRole::standard) size.role = SizeRole::fallback;
    }
    for (const auto& [name, given] : line_.parts)
      if (name != input_->name && !seen_.contains(name))
        block_.fail(given.place, "'" + line_.block + "' has no index '" + name + "'" +
                                     known_names(name, {seen_.begin(), seen_.end()}) + "; its input is '" +
                                     block_.quote(input_->span) + "'");
    for (const auto& [letter, extent] : extents) fix({letter, line_.place}, extent);
    for (const auto& [letter, extent] : given_) fix({letter, line_.parts.at(letter).place}, extent);
    used_.output = line_.scope;
  }

 private:
  void feed() {
    for (const Declared& declared : used_.tensors)
      if (declared.role == Role::input) input_ = declared.tensor;
    const std::string wanted = block_.quote(input_->span);
    const auto given = line_.parts.find(input_->name);
    if (given == line_.parts.end())
      block_.fail(line_.place, "'" + line_.block + "' lacks its input " + wanted + ": write " + input_->name +
                                   " = TENSOR among the arguments");
    const Declared* fed = outer_.find(given->second.value);
    if (!fed) {
      std::vector<std::string> names;
      for (const Declared& declared : outer_.tensors) names.push_back(declared.tensor.name);
      block_.fail(given->second.place,
                  "unknown tensor '" + given->second.value + "'" + known_names(given->second.value, names));
    }
    fed_ = fed->tensor;
    if (fed_.axes.size() < input_->axes.size())
      block_.fail(given->second.place, "'" + block_.quote(fed_.span) + "' has fewer axes than the input " + wanted +
                                           " of '" + line_.block + "'");
    const std::size_t extra = fed_.axes.size() - input_->axes.size();
    for (std::size_t axis = 0; axis < fed_.axes.size(); ++axis) {
      Subscript& subscript = fed_.axes[axis];
      subscript.place = line_.place;
      for (IndexUse& use : subscript.letters) use.place = line_.place;
      // An axis of the input is as long as the tensor's: one letter for both, where the tensor's axis has one.
      if (axis >= extra && subscript.letters.size() == 1)
        letter_[input_->axes[axis - extra].letters[0].letter] = subscript.letters[0].letter;
      if (axis < extra) extra_.push_back(subscript);
    }
  }

  void take_letters() {
    for (const auto& [name, given] : line_.parts) {
      if (name == input_->name) continue;
      if (name.size() > 1)
        block_.fail(given.place, "'" + line_.block + "' has no input '" + name + "': its input is '" +
                                     block_.quote(input_->span) + "'");
      if (const std::optional<Index> extent = extent_of(given.value)) {
        if (*extent < 1) block_.fail(given.place, "index '" + name + "' has extent 0: an extent is at least 1");
        given_[name] = *extent;
      } else if (given.value.size() == 1 && has_letter(outer_, given.value)) {
        letter_[name] = given.value;
      } else {
        block_.fail(given.place, "'" + given.value + "' is no extent for index '" + name + "' of '" + line_.block +
                                     "': give an integer, or an index of this text");
      }
    }
    std::set<std::string> taken;
    for (const Subscript& axis : extra_)
      for (const IndexUse& use : axis.letters) taken.insert(use.letter);
    for (const auto& [inner, outer] : letter_)
      if (!taken.insert(outer).second)
        block_.fail(line_.place, "index '" + inner + "' of '" + line_.block + "' becomes '" + outer +
                                     "', which another of its indices, or an axis that it is mapped over, is already: "
                                     "leave it out, or give an "
                                     "integer");
  }

  // What depends on the input has the extra axes; parameters, and what is made of them alone, have not.
  void note_dependent() {
    dependent_.insert(input_->name);
    for (const Definition& definition : used_.definitions)
      visit_factors(definition.right, [&](const Factor& factor) {
        for (const TensorUse* use : tensors_of(factor))
          if (dependent_.contains(use->name)) dependent_.insert(definition.left.name);
      });
  }

  void place(TensorUse& use) {
    for (Subscript& axis : use.axes) rename(axis);
    if (dependent_.contains(use.name)) use.axes.insert(use.axes.begin(), extra_.begin(), extra_.end());
    use.name = use.name == input_->name   ? fed_.name
               : use.name == used_.output ? line_.scope
                                          : line_.scope + "." + use.name;
  }

  void place(Expression& expression) {
    change_factors(expression, [this](Factor& factor) {
      if (factor.kind == Factor::Kind::tensor) place(factor.tensor);
      if (factor.kind == Factor::Kind::dim) rename(factor.dim);
      if (factor.mask) place(*factor.mask);
      for (TensorUse& tensor : factor.tensors) place(tensor);
      for (std::string& joined : factor.joined)
        if (!joined.empty()) joined = renamed(joined);
      for (IndexUse& axis : factor.axes) rename(axis);
      for (Condition& condition : factor.where)
        for (IndexSum* side : {&condition.left, &condition.right})
          for (auto& [sign, index] : side->indices) rename(index);
    });
  }

  std::string renamed(const std::string& letter) {
    seen_.insert(letter);
    const auto known = letter_.find(letter);
    return known == letter_.end() ? line_.scope + "." + letter : known->second;
  }
  void rename(IndexUse& use) { use.letter = renamed(use.letter); }
  void rename(Subscript& axis) {
    for (IndexUse& use : axis.letters) rename(use);
  }

  void fix(const IndexUse& letter, Index extent) {
    used_.sizes.push_back({{renamed(letter.letter), letter.place}, extent, SizeRole::fixed});
  }

  const BlockText& block_;
  BlockSyntax& used_;
  const UseLine& line_;
  const BlockSyntax& outer_;
  std::optional<TensorUse> input_;
  TensorUse fed_;
  std::vector<Subscript> extra_;               // the axes that the block is mapped over
  std::map<std::string, std::string> letter_;  // the block's → the outer text's
  std::map<std::string, Index> given_;
  std::set<std::string> dependent_, seen_;
};

}  // namespace

UseLine parse_use(TokenCursor& cursor, const BlockSyntax& outer) {
  UseLine line;
  line.place = cursor.peek().place;
  line.block = dashed_name(cursor, "the name of a block after 'use'" + std::string(kUsage));
  if (!cursor.peek().is_name("as")) cursor.refuse("'as' and a scope after '" + line.block + "'" + std::string(kUsage));
  cursor.take();
  line.scope_place = cursor.peek().place;
  line.scope = std::string(cursor.expect_name("a scope after 'as'" + std::string(kUsage)).text);
  if (const Declared* other = outer.find(line.scope))
    cursor.fail(line.scope_place, "'" + line.scope + "' is already the name of the " +
                                      std::string(to_string(other->role)) + " of " +
                                      cursor.block().line(other->tensor.place) + ": choose another scope");
  cursor.expect("(", "and the block's input" + std::string(kUsage));
  do {
    const Place place = cursor.peek().place;
    const std::string name = dashed_name(cursor, "the block's input, an index or an option" + std::string(kUsage));
    cursor.expect("=", "and a value after '" + name + "'");
    const UseLine::Given given = given_value(cursor, name);
    if (line.parts.contains(name) || line.options.contains(name))
      cursor.fail(place, "'" + name + "' is given twice to '" + line.block + "'");
    const bool letter = name.size() == 1 && name[0] >= 'a' && name[0] <= 'z';
    if (letter || outer.find(given.value)) {
      line.parts.emplace(name, given);
    } else {
      line.options.emplace(name, given.value);
    }
  } while (cursor.skip(","));
  cursor.expect(")", "to close the arguments of '" + line.block + "'");
  return line;
}

BlockSyntax placed(const BlockText& block, BlockSyntax used, const std::map<std::string, Index>& extents,
                   const UseLine& line, const BlockSyntax& outer) {
  Placing(block, used, line, outer).run(extents);
  return used;
}

}  // namespace invar
