// A position in a block's tokens, and the messages for a token that does not fit.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tensor/lexer.h"

namespace invar {

class TokenCursor {
 public:
  TokenCursor(const BlockText& block, std::vector<Token> tokens) : block_(block), tokens_(std::move(tokens)) {}

  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  /// Takes the symbol if it is next.
  bool skip(std::string_view symbol) {
    if (!peek().is(symbol)) return false;
    take();
    return true;
  }
  /// Takes the symbol; `purpose` completes "expected 'SYMBOL' …".
  const Token& expect(std::string_view symbol, const std::string& purpose) {
    if (!peek().is(symbol)) refuse("'" + std::string(symbol) + "' " + purpose);
    return take();
  }
  const Token& expect_name(const std::string& what) {
    if (peek().kind != Token::Kind::name) refuse(what);
    return take();
  }
  /// End of the last token taken.
  std::size_t taken_to() const { return at_ == 0 ? 0 : tokens_[at_ - 1].span.end; }

  /// Throws "expected …, found …" at the next token.
  [[noreturn]] void refuse(const std::string& expected) const {
    const Token& token = peek();
    std::string found = "'" + std::string(token.text) + "'";
    if (token.kind == Token::Kind::line_end) found = "the end of the line";
    if (token.kind == Token::Kind::end) found = "the end of the text";
    fail(token.place, "expected " + expected + ", found " + found);
  }
  [[noreturn]] void fail(Place place, const std::string& message) const { block_.fail(place, message); }

  const BlockText& block() const { return block_; }
  const std::vector<Token>& tokens() const { return tokens_; }

 private:
  const BlockText& block_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace invar
