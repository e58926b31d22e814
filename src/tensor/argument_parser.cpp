#include "tensor/argument_parser.h"

#include <algorithm>
#include <utility>

namespace invar {
namespace {

bool is_comparison(const TokenCursor& cursor) {
  for (const std::string_view symbol : {"<", "<=", ">", ">=", "==", "!=", "="})
    if (cursor.peek().is(symbol)) return true;
  return false;
}

std::string compared(TokenCursor& cursor) {
  if (cursor.peek().is("=")) cursor.fail(cursor.peek().place, "a condition compares with '==', not '='");
  if (!is_comparison(cursor)) cursor.refuse("one of <, <=, >, >=, ==, != in the condition, as in 'where u <= t'");
  return std::string(cursor.take().text);
}

IndexSum index_sum(TokenCursor& cursor) {
  IndexSum sum;
  int sign = cursor.skip("-") ? -1 : 1;
  while (true) {
    if (cursor.peek().kind == Token::Kind::name) {
      sum.indices.emplace_back(sign, parse_index(cursor, "an index"));
    } else {
      sum.constant += sign * parse_integer(cursor, "an index or an integer in the condition, as in 'where u <= t'");
    }
    if (cursor.skip("+")) {
      sign = 1;
    } else if (cursor.skip("-")) {
      sign = -1;
    } else {
      return sum;
    }
  }
}

}  // namespace

void parse_option(TokenCursor& cursor, Factor& result, const FunctionRule& rule) {
  const std::string function(rule.name);
  if (cursor.peek().kind != Token::Kind::name || !cursor.peek(1).is("="))
    cursor.fail(cursor.peek().place, "'" + function +
                                         "' takes one expression; its other arguments have names: write it like " +
                                         std::string(rule.usage));
  const Token& name = cursor.take();
  cursor.take();
  const OptionRule* wanted = nullptr;
  std::vector<std::string> names;
  for (const OptionRule& candidate : rule.options) {
    names.emplace_back(candidate.name);
    if (candidate.name == name.text) wanted = &candidate;
  }
  if (!wanted) {
    const std::string rest = names.empty() ? ": it has none" : known_names(name.text, names);
    cursor.fail(name.place, "'" + function + "' has no argument named '" + std::string(name.text) + "'" + rest);
  }
  for (const Option& written : result.options)
    if (written.name == wanted->name)
      cursor.fail(name.place, "'" + std::string(name.text) + "=' is given twice to '" + function + "'");
  Option option{.name = std::string(name.text), .word = {}, .place = cursor.peek().place};
  if (wanted->kind == OptionRule::Kind::word) {
    const Token& word = cursor.expect_name("one of " + list_text(wanted->words) + " after '" + option.name + "='");
    option.word = std::string(word.text);
    if (std::find(wanted->words.begin(), wanted->words.end(), option.word) == wanted->words.end())
      cursor.fail(word.place,
                  "'" + option.name + "=' is one of " + list_text(wanted->words) + ", not '" + option.word + "'");
  } else {
    const bool negative = cursor.skip("-");
    const bool whole = wanted->kind == OptionRule::Kind::integer;
    if (cursor.peek().kind != Token::Kind::number || (whole && !cursor.peek().integer))
      cursor.refuse((whole ? "an integer after '" : "a number after '") + option.name + "='");
    option.number = (negative ? -1.0 : 1.0) * cursor.take().number;
  }
  result.options.push_back(std::move(option));
}

void parse_condition(TokenCursor& cursor, const KnownTensors& known, Factor& result, const FunctionRule& rule) {
  const Place place = cursor.take().place;
  if (!rule.takes_condition)
    cursor.fail(place, "'" + std::string(rule.name) + "' takes no condition: 'where' belongs to softmax");
  if (!result.where.empty() || result.mask) cursor.fail(place, "a second 'where': join the conditions with 'and'");
  if (cursor.peek().kind == Token::Kind::name && cursor.peek(1).is("[")) {
    const Token& name = cursor.take();
    result.mask = parse_tensor(cursor, known, name);
    return;
  }
  do {
    if (!result.where.empty()) cursor.take();
    Condition comparison{.left = index_sum(cursor), .right = {}, .comparison = {}, .place = cursor.peek().place};
    comparison.comparison = compared(cursor);
    comparison.right = index_sum(cursor);
    if (is_comparison(cursor)) cursor.fail(cursor.peek().place, "one comparison at a time: write 0 <= u and u <= t");
    result.where.push_back(std::move(comparison));
  } while (cursor.peek().is_name("and"));
}

}  // namespace invar
