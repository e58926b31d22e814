#include "tensor/expression_parser.h"

#include <algorithm>
#include <utility>

#include "tensor/argument_parser.h"
#include "tensor/function_table.h"

namespace invar {
namespace {

constexpr std::size_t kMostFactors = 32;  // of a term
constexpr int kDeepest = 100;             // nested parentheses: a bound on the parser's own recursion

class ExpressionParser {
 public:
  ExpressionParser(TokenCursor& cursor, const KnownTensors& known) : cursor_(cursor), known_(known) {}

  Expression expression() {
    if (++depth_ > kDeepest)
      cursor_.fail(cursor_.peek().place, "parentheses are nested more than " + std::to_string(kDeepest) +
                                             " deep: name the inner terms on lines of their own");
    Expression result;
    result.span.begin = cursor_.peek().span.begin;
    double sign = cursor_.skip("-") ? -1.0 : (cursor_.skip("+"), 1.0);
    while (true) {
      result.terms.push_back(term(sign));
      if (cursor_.skip("+")) {
        sign = 1.0;
      } else if (cursor_.skip("-")) {
        sign = -1.0;
      } else {
        break;
      }
    }
    result.span.end = cursor_.taken_to();
    --depth_;
    return result;
  }

 private:
  bool starts_factor() const {
    const Token& token = cursor_.peek();
    return token.kind == Token::Kind::name || token.kind == Token::Kind::number || token.is("(");
  }

  Term term(double sign) {
    Term result{.sign = sign, .factors = {}, .place = cursor_.peek().place, .span = {cursor_.peek().span.begin, 0}};
    result.factors.push_back(factor(false));
    while (true) {
      const bool times = cursor_.skip("*");
      const bool divides = !times && cursor_.skip("/");
      if (!times && !divides && !starts_factor()) break;
      if ((times || divides) && cursor_.skip("-")) result.sign = -result.sign;
      if (result.factors.size() == kMostFactors)
        cursor_.fail(cursor_.peek().place,
                     "a product of more than " + std::to_string(kMostFactors) + " factors: name a part of it first");
      result.factors.push_back(factor(divides));
    }
    result.span.end = cursor_.taken_to();
    return result;
  }

  Factor factor(bool divides) {
    if (!starts_factor()) cursor_.refuse("a tensor, a number, a function or '('");
    const Token& token = cursor_.take();
    Factor result;
    result.place = token.place;
    result.divides = divides;
    if (token.kind == Token::Kind::number) {
      result.kind = Factor::Kind::number;
      result.number = token.number;
    } else if (token.is("(")) {
      result.kind = Factor::Kind::parentheses;
      result.arguments.push_back(expression());
      cursor_.expect(")", "to close the parentheses");
    } else if (token.text == "dim") {
      result.kind = Factor::Kind::dim;
      cursor_.expect("(", "after 'dim': dim(a) is the extent of index a");
      result.dim = parse_index(cursor_, "an index, as in dim(a)");
      cursor_.expect(")", "to close 'dim('");
    } else if (const FunctionRule* rule = find_function(token.text)) {
      call(result, *rule);
    } else {
      result.kind = Factor::Kind::tensor;
      result.tensor = parse_tensor(cursor_, known_, token);
    }
    if (cursor_.skip("^")) result.power = power();
    result.span = {token.span.begin, cursor_.taken_to()};
    return result;
  }

  int power() {
    const Place place = cursor_.peek().place;
    const int sign = cursor_.skip("-") ? -1 : 1;
    const Index exponent = parse_integer(cursor_, "an integer exponent (for a root write sqrt(…))");
    if (exponent == 0 || exponent > 64)
      cursor_.fail(place, "an exponent is an integer from 1 to 64, or minus one of these");
    if (cursor_.peek().is("^")) cursor_.fail(cursor_.peek().place, "a power of a power: write parentheses, (x^2)^3");
    return sign * static_cast<int>(exponent);
  }

  void call(Factor& result, const FunctionRule& rule) {
    const std::string name(rule.name), usage = ": write it like " + std::string(rule.usage);
    result.kind = Factor::Kind::call;
    result.function = name;
    const bool several = rule.most_arguments > 1 && !cursor_.peek().is("[");
    if (rule.form == FunctionRule::Form::elementwise) {
      if (cursor_.peek().is("["))
        cursor_.fail(cursor_.peek().place,
                     "'" + name + "' works on each number by itself and takes no index list" + usage);
    } else if (!several) {
      cursor_.expect("[", "after '" + name + "'" + usage);
      while (!cursor_.skip("]")) {
        result.axes.push_back(parse_index(cursor_, "an index of '" + name + "'" + usage));
        cursor_.skip(",");
      }
      if (result.axes.size() < rule.fewest_indices || result.axes.size() > rule.most_indices)
        cursor_.fail(result.place,
                     "'" + name + "' takes " + (rule.fewest_indices == rule.most_indices ? "" : "at least ") +
                         (rule.fewest_indices == 1 ? "one index" : std::to_string(rule.fewest_indices) + " indices") +
                         ", not " + std::to_string(result.axes.size()) + usage);
      for (std::size_t i = 0; i < result.axes.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
          if (result.axes[i].letter == result.axes[j].letter)
            cursor_.fail(result.axes[i].place,
                         "index '" + result.axes[i].letter + "' stands twice in the list of '" + name + "'");
    }
    cursor_.expect("(", "after '" + name + "'" + usage);
    if (rule.form == FunctionRule::Form::tensors) return tensors(result, rule, usage);
    bool first = true;
    if (rule.form != FunctionRule::Form::generated) {
      if (cursor_.peek().is(")")) cursor_.fail(cursor_.peek().place, "'" + name + "' has nothing to work on" + usage);
      result.arguments.push_back(expression());
      first = false;
    }
    if (several) {
      while (cursor_.skip(",")) result.arguments.push_back(expression());
      require_count(result, rule, usage);
    }
    while (!cursor_.peek().is(")")) {
      if (!first) cursor_.expect(",", "or ')' in the arguments of '" + name + "'");
      first = false;
      if (cursor_.peek().is_name("where")) {
        parse_condition(cursor_, known_, result, rule);
      } else {
        parse_option(cursor_, result, rule);
      }
    }
    cursor_.take();
    for (const OptionRule& wanted : rule.options) {
      bool given = wanted.standard.has_value();
      for (const Option& written : result.options) given = given || written.name == wanted.name;
      if (!given)
        cursor_.fail(result.place, "'" + name + "' needs '" + std::string(wanted.name) + "='" +
                                       (wanted.words.empty() ? "" : " (one of " + list_text(wanted.words) + ")") +
                                       usage);
    }
  }

  void require_count(const Factor& result, const FunctionRule& rule, const std::string& usage) const {
    const std::size_t given = result.arguments.size();
    if (given >= rule.fewest_arguments && given <= rule.most_arguments) return;
    cursor_.fail(result.place, "'" + std::string(rule.name) + "' takes " +
                                   (given < rule.fewest_arguments && rule.fewest_arguments < rule.most_arguments
                                        ? "at least " + std::to_string(rule.fewest_arguments)
                                        : std::to_string(rule.most_arguments)) +
                                   " expressions" + (rule.fewest_indices > 0 ? " where it has no index list" : "") +
                                   ", not " + std::to_string(given) + usage);
  }

  void tensors(Factor& result, const FunctionRule& rule, const std::string& usage) {
    const std::string name(rule.name);
    do {
      const Token& tensor = cursor_.expect_name("a tensor in the arguments of '" + name + "'" + usage);
      result.tensors.push_back(parse_tensor(cursor_, known_, tensor));
    } while (cursor_.skip(","));
    cursor_.expect(")", "or ',' and a tensor: '" + name + "' takes tensors as they are, so name other terms first");
    if (result.tensors.size() < rule.fewest_tensors || result.tensors.size() > rule.most_tensors)
      cursor_.fail(result.place, "'" + name + "' takes " +
                                     (rule.fewest_tensors == rule.most_tensors ? "" : "at least ") +
                                     std::to_string(rule.fewest_tensors) + " tensors, not " +
                                     std::to_string(result.tensors.size()) + usage);
  }

  TokenCursor& cursor_;
  const KnownTensors& known_;
  int depth_ = 0;
};

}  // namespace

Expression parse_expression(TokenCursor& cursor, const KnownTensors& known) {
  return ExpressionParser(cursor, known).expression();
}

}  // namespace invar
