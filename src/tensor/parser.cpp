#include "tensor/parser.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>

#include "error.h"
#include "tensor/expression_parser.h"
#include "tensor/function_table.h"
#include "tensor/index_rules.h"
#include "tensor/used_block.h"

namespace invar {
namespace {

constexpr std::array<std::string_view, 11> kKeywords{"sizes", "defaults", "parameters", "constants", "input", "output",
                                                     "law",   "control",  "claim",      "use",       "with"};
// Words with a meaning inside expressions; function names are taken as well.
constexpr std::array<std::string_view, 3> kWords{"dim", "where", "and"};

constexpr int kDeepestUse = 8;  // blocks that use blocks: a bound on a block that uses itself

bool is_keyword(std::string_view name) {
  return std::find(kKeywords.begin(), kKeywords.end(), name) != kKeywords.end();
}

class BlockParser {
 public:
  BlockParser(BlockText& block, const BlockText::Piece& piece, const BlockLibrary& library, int depth,
              TextKind kind = TextKind::block)
      : cursor_(block, tokens_of(block, piece)), block_(block), library_(library), depth_(depth), kind_(kind) {
    known_.declared = &syntax_;
    known_.later_line = [this](std::string_view name) {
      const auto found = last_line_.find(name);
      return found == last_line_.end() ? 0 : found->second;
    };
    note_lines();
  }

  BlockSyntax run() {
    while (cursor_.peek().kind != Token::Kind::end) {
      line();
      if (cursor_.peek().kind != Token::Kind::line_end && cursor_.peek().kind != Token::Kind::end)
        cursor_.refuse("the end of the line");
      if (cursor_.peek().kind == Token::Kind::line_end) cursor_.take();
    }
    close();
    return std::move(syntax_);
  }

 private:
  // Where each name is declared, for messages about names that are used before their line.
  void note_lines() {
    const std::vector<Token>& tokens = cursor_.tokens();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (i > 0 && tokens[i - 1].kind != Token::Kind::line_end) continue;
      if (tokens[i].kind != Token::Kind::name) continue;
      if (tokens[i].is_name("use")) {
        for (std::size_t j = i + 1; tokens[j].kind != Token::Kind::line_end && tokens[j].kind != Token::Kind::end; ++j)
          if (tokens[j].is_name("as") && tokens[j + 1].kind == Token::Kind::name)
            last_line_[tokens[j + 1].text] = tokens[j].place.line;
      } else if (!is_keyword(tokens[i].text)) {
        last_line_[tokens[i].text] = tokens[i].place.line;
      } else if (tokens[i].is_name("parameters") || tokens[i].is_name("constants") || tokens[i].is_name("input")) {
        int depth = 0;
        for (std::size_t j = i + 1; tokens[j].kind != Token::Kind::line_end && tokens[j].kind != Token::Kind::end;
             ++j) {
          depth += tokens[j].is("[") ? 1 : tokens[j].is("]") ? -1 : 0;
          if (depth == 0 && tokens[j].kind == Token::Kind::name) last_line_[tokens[j].text] = tokens[j].place.line;
        }
      }
    }
  }

  void line() {
    const Token& first = cursor_.peek();
    if (first.kind != Token::Kind::name) {
      if (first.is("+") || first.is("-") || first.is("*") || first.is("/"))
        cursor_.fail(first.place, "a line starts with '" + std::string(first.text) +
                                      "': to go on with the line above, end that line with the operator");
      cursor_.refuse("a line that starts with " + starts_text());
    }
    if (kind_ == TextKind::laws) require_no_net();
    if (first.is_name("sizes")) return sizes(SizeRole::standard);
    if (first.is_name("defaults")) return sizes(SizeRole::fallback);
    if (first.is_name("parameters")) return declarations(Role::parameter);
    if (first.is_name("constants")) return declarations(Role::constant);
    if (first.is_name("input")) return input();
    if (first.is_name("output")) return output();
    if (first.is_name("law")) return law(LawKind::law);
    if (first.is_name("control")) return law(LawKind::control);
    if (first.is_name("claim")) return law(LawKind::claim);
    if (first.is_name("use")) return use();
    if (first.is_name("with")) return cross_entropy();
    definition();
  }

  // Of a text of laws alone: what they are laws of is elsewhere.
  void require_no_net() const {
    const Token& first = cursor_.peek();
    const bool word =
        first.is_name("input") || first.is_name("output") || first.is_name("use") || first.is_name("with");
    if (!word && (is_keyword(first.text) || (!cursor_.peek(1).is("[") && !cursor_.peek(1).is("=")))) return;
    cursor_.fail(first.place, "'" + std::string(first.text) + "' begins a line of a net, and laws alone have none: " +
                                  (word ? "leave it out" : "write the right side in the laws that need it"));
  }

  std::string starts_text() const {
    if (kind_ == TextKind::laws) return "sizes, defaults, parameters, constants, law, control or claim";
    return "sizes, defaults, parameters, constants, input, output, law, control, claim, use, with or NAME[…] = …";
  }

  TensorUse tensor_with_axes(const std::string& what) {
    const Token& name = cursor_.expect_name(what);
    TensorUse tensor{
        .name = std::string(name.text), .axes = parse_subscripts(cursor_), .place = name.place, .span = {}};
    tensor.span = {name.span.begin, cursor_.taken_to()};
    return tensor;
  }

  void declare(Role role, const TensorUse& tensor) {
    const bool word = std::find(kWords.begin(), kWords.end(), tensor.name) != kWords.end();
    if (word || find_function(tensor.name) || is_keyword(tensor.name))
      cursor_.fail(tensor.place,
                   "'" + tensor.name + "' is a word of the notation and cannot name a tensor: choose another name");
    if (const Declared* other = syntax_.find(tensor.name))
      cursor_.fail(tensor.place, "'" + tensor.name + "' is already the name of the " +
                                     std::string(to_string(other->role)) + " of " +
                                     cursor_.block().line(other->tensor.place) + ": choose another name");
    syntax_.tensors.add({role, tensor});
  }

  // Axes of a tensor that is given, or of a law: single letters.
  void require_letters(const TensorUse& tensor, const std::string& remedy) {
    for (const Subscript& axis : tensor.axes)
      if (axis.letters.size() != 1 || axis.has_constant())
        cursor_.fail(axis.place,
                     "'" + axis_text(axis) + "' cannot be an axis of '" + tensor.name + "' here: " + remedy);
  }

  void require_distinct(const TensorUse& tensor) {
    std::vector<std::string> seen;
    for (const Subscript& axis : tensor.axes)
      for (const IndexUse& use : axis.letters) {
        if (std::find(seen.begin(), seen.end(), use.letter) != seen.end())
          cursor_.fail(use.place, "index '" + use.letter + "' stands twice on the left of '" + tensor.name +
                                      "': give the two axes two letters");
        seen.push_back(use.letter);
      }
  }

  void sizes(SizeRole role) {
    cursor_.take();
    do {
      const Token& name = cursor_.expect_name("an index and its extent, as in 'sizes h=128 c=2'");
      if (name.text.find('.') != std::string_view::npos)
        cursor_.fail(name.place, "an index has no dots: '" + std::string(name.text) + "'");
      for (const SizeDefault& other : syntax_.sizes)
        if (other.role == role && other.index.letter == name.text)
          cursor_.fail(name.place, "the extent of index '" + std::string(name.text) + "' is given twice, here and in " +
                                       cursor_.block().line(other.index.place));
      cursor_.expect("=", "and an extent after index '" + std::string(name.text) + "'");
      const Place place = cursor_.peek().place;
      const Index extent = parse_integer(
          cursor_, "an extent, an integer from 1 to 1000000000, for index '" + std::string(name.text) + "'");
      if (extent < 1)
        cursor_.fail(place, "index '" + std::string(name.text) + "' has extent 0: an extent is at least 1");
      syntax_.sizes.push_back({{std::string(name.text), name.place}, extent, role});
      cursor_.skip(",");
    } while (cursor_.peek().kind == Token::Kind::name);
  }

  void declarations(Role role) {
    const std::string keyword(cursor_.take().text);
    do {
      const TensorUse tensor = tensor_with_axes("a tensor after '" + keyword + "', as in 'W[h d]'");
      require_letters(tensor,
                      "a declared axis is one letter; split, join or fix axes where '" + tensor.name + "' is used");
      declare(role, tensor);
      if (role == Role::parameter && cursor_.skip("=")) syntax_.tensors.back().start = start_of(tensor.name);
      cursor_.skip(",");
    } while (cursor_.peek().kind == Token::Kind::name);
  }

  double start_of(const std::string& name) {
    const double sign = cursor_.skip("-") ? -1.0 : 1.0;
    if (cursor_.peek().kind != Token::Kind::number)
      cursor_.refuse("the number with which all of '" + name + "' begins, as in 'gamma[d]=1'");
    return sign * cursor_.take().number;
  }

  void input() {
    cursor_.take();
    const TensorUse tensor = tensor_with_axes("the input tensor after 'input', as in 'x[t d]'");
    for (const Declared& other : syntax_.tensors)
      if (other.role == Role::input)
        cursor_.fail(tensor.place, "a block has one input: '" + tensor.name + "' is a second one beside '" +
                                       other.tensor.name + "' of " + cursor_.block().line(other.tensor.place));
    require_letters(tensor,
                    "a declared axis is one letter; split, join or fix axes where '" + tensor.name + "' is used");
    declare(Role::input, tensor);
  }

  void output() {
    cursor_.take();
    const Token& name = cursor_.expect_name("the name of a definition after 'output'");
    if (!syntax_.output.empty() && output_place_.line > section_line_)
      cursor_.fail(name.place, "a block has one output: '" + syntax_.output + "' is already named in " +
                                   cursor_.block().line(output_place_));
    syntax_.output = std::string(name.text);
    output_place_ = name.place;
  }

  // Who calls has cut the text here for another loss. An output that is named below is instead of the one above.
  void cross_entropy() {
    const Place place = cursor_.take().place;
    const bool known = cursor_.peek().is_name("cross") && cursor_.peek(1).is("-") &&
                       cursor_.peek(2).is_name("entropy") && cursor_.peek(2).place.line == place.line;
    if (!known) cursor_.refuse("'cross-entropy' after 'with': the lines below 'with cross-entropy' are for that loss");
    if (section_line_ > 0)
      cursor_.fail(place, "a second 'with cross-entropy' beside that of " + cursor_.block().line({section_line_, 1}) +
                              ": put all such lines below the first");
    section_line_ = place.line;
    for (int i = 0; i < 3; ++i) cursor_.take();
  }

  void definition() {
    const Token& name = cursor_.peek();
    if (!cursor_.peek(1).is("[") && !cursor_.peek(1).is("=")) {
      std::vector<std::string> keywords(kKeywords.begin(), kKeywords.end());
      std::string near = known_names(name.text, keywords);
      if (near.find("nearest") == std::string::npos) near.clear();
      cursor_.fail(name.place, "'" + std::string(name.text) +
                                   "' starts neither a definition, NAME[…] = …, nor a line of a known kind" +
                                   (near.empty() ? " (" + starts_text() + ")" : near));
    }
    Definition line{.left = tensor_with_axes("a name"), .right = {}};
    for (const Subscript& axis : line.left.axes)
      if (axis.has_constant())
        cursor_.fail(axis.place, "the number " + std::to_string(axis.constant) +
                                     " cannot be an axis on the left: define all of '" + line.left.name + "' at once");
    require_distinct(line.left);
    cursor_.expect("=", "after '" + cursor_.block().quote(line.left.span) + "'");
    line.right = parse_expression(cursor_, known_);
    note_joined(line);
    declare(Role::definition, line.left);
    last_defined_ = line.left.name;
    syntax_.definitions.push_back(std::move(line));
  }

  // Which index of each tensor a concat joins: the one that is not on the left. So it stands alone on the right.
  void note_joined(Definition& line) {
    const bool alone = line.right.terms.size() == 1 && line.right.terms[0].factors.size() == 1;
    change_factors(line.right, [&](Factor& factor) {
      if (factor.function != "concat") return;
      if (!alone || &factor != &line.right.terms[0].factors[0] || factor.power != 1)
        cursor_.fail(factor.place, "'concat' stands alone on the right of its line: give it a line and a name");
      for (const TensorUse& tensor : factor.tensors) {
        std::string joined;
        for (const Subscript& axis : tensor.axes)
          for (const IndexUse& use : axis.letters) {
            if (use.letter == factor.axes[0].letter)
              cursor_.fail(use.place, "index '" + use.letter + "' is the joined one: give the axis of '" + tensor.name +
                                          "' that goes into it a letter of its own");
            if (on_left(line.left, use.letter)) continue;
            if (!joined.empty())
              cursor_.fail(use.place, "indices '" + joined + "' and '" + use.letter +
                                          "' are not on the left, but 'concat' joins one axis of a tensor");
            joined = use.letter;
          }
        factor.joined.push_back(joined);
      }
    });
  }

  static bool on_left(const TensorUse& left, const std::string& letter) {
    for (const Subscript& axis : left.axes)
      for (const IndexUse& use : axis.letters)
        if (use.letter == letter) return true;
    return false;
  }

  void use() {
    cursor_.take();
    const UseLine line = parse_use(cursor_, syntax_);
    if (!library_) cursor_.fail(line.place, "'use': no blocks are at hand here");
    if (depth_ == kDeepestUse)
      cursor_.fail(line.place, "blocks use blocks more than " + std::to_string(kDeepestUse) + " deep");
    LibraryBlock found;
    try {
      found = library_(line.block, line.options);
    } catch (const InputError& error) {
      cursor_.fail(line.place, error.what());
    }
    const BlockText::Piece& piece = block_.add(std::move(found.text), line.block, line.place);
    BlockSyntax inner = BlockParser(block_, piece, library_, depth_ + 1).run();
    check_indices(block_, inner);
    inner = placed(block_, std::move(inner), found.extents, line, syntax_);
    for (const Declared& declared : inner.tensors) {
      declare(declared.role, declared.tensor);
      syntax_.tensors.back().start = declared.start;
    }
    std::move(inner.sizes.begin(), inner.sizes.end(), std::back_inserter(syntax_.sizes));
    std::move(inner.definitions.begin(), inner.definitions.end(), std::back_inserter(syntax_.definitions));
    std::move(inner.laws.begin(), inner.laws.end(), std::back_inserter(syntax_.laws));
    last_defined_ = line.scope;
  }

  void law(LawKind kind) {
    const std::string keyword(cursor_.take().text);
    LawLine line{.kind = kind, .left = tensor_with_axes("the name of the " + keyword), .right = {}};
    for (const LawLine& other : syntax_.laws)
      if (other.left.name == line.left.name)
        cursor_.fail(line.left.place, "'" + line.left.name + "' is already the name of the " +
                                          std::string(to_string(other.kind)) + " of " +
                                          cursor_.block().line(other.left.place) + ": choose another name");
    require_letters(line.left, "an index of a " + keyword + " is one letter");
    require_distinct(line.left);
    line.indices = letters_of(line.left);
    cursor_.expect("=", "after '" + keyword + " " + cursor_.block().quote(line.left.span) + "'");
    line.right = parse_expression(cursor_, known_);
    visit_factors(line.right, [&](const Factor& factor) {
      for (const TensorUse* use : tensors_of(factor)) {
        const Declared& declared = *syntax_.find(use->name);
        if (declared.role == Role::parameter || declared.role == Role::constant) continue;
        cursor_.fail(use->place, "a " + keyword + " is a function of the parameters and constants alone: '" +
                                     use->name + "' is " +
                                     (declared.role == Role::input ? "the input of " : "defined in ") +
                                     cursor_.block().line(declared.tensor.place) + "; write '" + line.left.name +
                                     "' in terms of parameters");
      }
    });
    syntax_.laws.push_back(std::move(line));
  }

  void close() {
    if (kind_ == TextKind::laws) return;
    const Place end = cursor_.peek().place;
    const bool has_input = std::any_of(syntax_.tensors.begin(), syntax_.tensors.end(),
                                       [](const Declared& declared) { return declared.role == Role::input; });
    if (!has_input) cursor_.fail(end, "the block has no input: write a line such as 'input x[d]'");
    if (syntax_.definitions.empty())
      cursor_.fail(end, "the block defines nothing: write a line such as 'y[m] = A[m d] x[d]'");
    if (syntax_.output.empty()) {
      syntax_.output = last_defined_;
      return;
    }
    const Declared* declared = syntax_.find(syntax_.output);
    if (declared && declared->role == Role::definition) return;
    std::vector<std::string> names;
    for (const Definition& definition : syntax_.definitions) names.push_back(definition.left.name);
    if (declared)
      cursor_.fail(output_place_,
                   "the output '" + syntax_.output + "' is a" + (declared->role == Role::input ? "n " : " ") +
                       std::string(to_string(declared->role)) + ", not a definition; definitions: " + list_text(names));
    cursor_.fail(output_place_,
                 "no definition of the output '" + syntax_.output + "'" + known_names(syntax_.output, names));
  }

  TokenCursor cursor_;
  BlockText& block_;
  const BlockLibrary& library_;
  int depth_;  // of blocks that use this one
  TextKind kind_;
  std::string last_defined_;
  BlockSyntax syntax_;
  KnownTensors known_;
  std::map<std::string_view, int> last_line_;
  Place output_place_;
  int section_line_ = 0;  // of 'with cross-entropy'
};

}  // namespace

BlockSyntax parse_block(BlockText& block, const BlockLibrary& library, TextKind kind) {
  return BlockParser(block, block.whole(), library, 0, kind).run();
}

}  // namespace invar
