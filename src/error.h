// What the user can mend: a wrong option, text, file or size. Programs print the message and end with exit code 2.
// A message names the value, the place and the remedy.
#pragma once

#include <stdexcept>
#include <string>

namespace invar {

class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace invar
