// A block's text with gaps, filled from the options: {name} stands for a part that depends on them, possibly empty.
// Braces are no sign of the notation.
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace invar {

inline std::string fill(std::string_view text,
                        std::initializer_list<std::pair<std::string_view, std::string_view>> parts) {
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t open = std::min(text.find('{', begin), text.size());
    result += text.substr(begin, open - begin);
    if (open == text.size()) break;
    const std::size_t close = text.find('}', open);
    const std::string_view name = text.substr(open + 1, close - open - 1);
    const auto* part = parts.begin();
    while (part != parts.end() && part->first != name) ++part;
    if (part == parts.end()) throw std::logic_error("a block's text has the unknown gap " + std::string(name));
    result += part->second;
    begin = close + 1;
  }
  return result;
}

}  // namespace invar
