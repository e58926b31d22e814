// Warnings on the terminal: what a text says and nothing needs. They are stored nowhere and end nothing.
#pragma once

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace invar {

/// "drift: warning: b.txt:2:12: …", each once, in the order of their first occurrence.
class Warnings {
 public:
  Warnings(std::ostream& messages, std::string_view program) : messages_(messages), program_(program) {}

  void print(const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) {
      if (std::ranges::find(printed_, warning) != printed_.end()) continue;
      messages_ << program_ << ": warning: " << warning << "\n";
      printed_.push_back(warning);
    }
  }

 private:
  std::ostream& messages_;
  std::string_view program_;
  std::vector<std::string> printed_;
};

}  // namespace invar
