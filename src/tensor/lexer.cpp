#include "tensor/lexer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace invar {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool continues_name(char c) {
  return starts_name(c) || is_digit(c);
}

// What people paste from papers, and what to write for it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kTypography{{{"−", "'-'"},
                                                                                    {"–", "'-'"},
                                                                                    {"·", "a space or '*'"},
                                                                                    {"×", "a space or '*'"},
                                                                                    {"²", "'^2'"},
                                                                                    {"≤", "'<='"},
                                                                                    {"≥", "'>='"},
                                                                                    {"≠", "'!='"},
                                                                                    {"√", "'sqrt(…)'"}}};

class Lexer {
 public:
  Lexer(const BlockText& block, const BlockText::Piece& piece)
      : block_(block), text_(piece.text), begin_(piece.begin), place_{piece.line, 1}, last_end_(place_) {}

  std::vector<Token> run() {
    while (at_ < text_.size()) next();
    if (!open_.empty()) block_.fail(open_.back().place, "'" + std::string(open_.back().text) + "' is never closed");
    end_line();
    const Place behind = last_end_;  // comments and empty lines at the end are no lines that lack anything
    push(Token::Kind::end, 0);
    tokens_.back().place = behind;
    return std::move(tokens_);
  }

 private:
  void next() {
    const char c = text_[at_];
    if (c == '#') {
      while (at_ < text_.size() && text_[at_] != '\n') advance();
    } else if (c == '\n') {
      if (open_.empty() && !continues()) end_line();
      advance();
    } else if (c == ' ' || c == '\t' || c == '\r') {
      advance();
    } else if (starts_name(c)) {
      name();
    } else if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      number();
    } else {
      symbol();
    }
  }

  void name() {
    std::size_t end = at_;
    while (end < text_.size() && continues_name(text_[end])) ++end;
    while (end + 1 < text_.size() && text_[end] == '.' && continues_name(text_[end + 1])) {
      ++end;
      while (end < text_.size() && continues_name(text_[end])) ++end;
    }
    push(Token::Kind::name, end - at_);
  }

  void number() {
    double value = 0.0;
    const char* const begin = text_.data() + at_;
    const auto [last, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    const auto length = static_cast<std::size_t>(last - begin);
    if (error != std::errc{} || !std::isfinite(value))
      block_.fail(place_, "the number '" + std::string(begin, length) + "' is outside the range of double precision");
    const bool integer = std::string_view(begin, length).find_first_of(".eE") == std::string_view::npos;
    push(Token::Kind::number, length);
    tokens_.back().number = value;
    tokens_.back().integer = integer;
  }

  void symbol() {
    static constexpr std::array<std::string_view, 17> kSymbols{"<=", ">=", "==", "!=", "(", ")", "[", "]", ",",
                                                               "=",  "+",  "-",  "*",  "/", "^", "<", ">"};
    for (const std::string_view symbol : kSymbols)
      if (text_.substr(at_).starts_with(symbol)) return bracket_or_operator(symbol.size());
    const std::string_view rest = text_.substr(at_);
    for (const auto& [written, meant] : kTypography)
      if (rest.starts_with(written))
        block_.fail(place_, "unexpected character '" + std::string(written) + "': write " + std::string(meant));
    std::size_t length = 1;
    while (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xC0U) == 0x80U) ++length;
    block_.fail(place_, "unexpected character '" + std::string(rest.substr(0, length)) +
                            "': names are made of the letters a–z, A–Z, digits, '_' and '.'");
  }

  void bracket_or_operator(std::size_t length) {
    push(Token::Kind::symbol, length);
    const Token& token = tokens_.back();
    if (token.is("(") || token.is("[")) open_.push_back(token);
    if (!token.is(")") && !token.is("]")) return;
    const std::string_view partner = token.is(")") ? "(" : "[";
    if (open_.empty())
      block_.fail(token.place, "'" + std::string(token.text) + "' closes nothing: remove it or write '" +
                                   std::string(partner) + "' before");
    if (!open_.back().is(partner))
      block_.fail(token.place, "'" + std::string(token.text) + "' meets '" + std::string(open_.back().text) + "' of " +
                                   block_.line(open_.back().place) + ", column " +
                                   std::to_string(open_.back().place.column) + ", which is still open");
    open_.pop_back();
  }

  // The line goes on after a binary operator.
  bool continues() const {
    if (tokens_.empty()) return false;
    for (const std::string_view symbol : {"+", "-", "*", "/", "^", "=", ",", "<", ">", "<=", ">=", "==", "!="})
      if (tokens_.back().is(symbol)) return true;
    return false;
  }

  void end_line() {
    if (!tokens_.empty() && tokens_.back().kind != Token::Kind::line_end) {
      tokens_.push_back(
          {.kind = Token::Kind::line_end, .text = {}, .place = last_end_, .span = {begin_ + at_, begin_ + at_}});
    }
  }

  void push(Token::Kind kind, std::size_t length) {
    tokens_.push_back({.kind = kind,
                       .text = text_.substr(at_, length),
                       .place = place_,
                       .span = {begin_ + at_, begin_ + at_ + length}});
    for (std::size_t i = 0; i < length; ++i) advance();
    last_end_ = place_;
  }

  void advance() {
    const auto byte = static_cast<unsigned char>(text_[at_++]);
    if (byte == '\n') {
      place_ = {place_.line + 1, 1};
    } else if (at_ == text_.size() || (static_cast<unsigned char>(text_[at_]) & 0xC0U) != 0x80U) {
      ++place_.column;
    }
  }

  const BlockText& block_;
  std::string_view text_;
  std::size_t begin_;  // of the text among all texts
  std::size_t at_ = 0;
  Place place_;
  Place last_end_;  // just behind the last token
  std::vector<Token> tokens_;
  std::vector<Token> open_;
};

}  // namespace

std::vector<Token> tokens_of(const BlockText& block, const BlockText::Piece& piece) {
  return Lexer(block, piece).run();
}

}  // namespace invar
