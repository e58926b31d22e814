#include "job/guarded_main.h"

#include <exception>
#include <iostream>
#include <new>

#include "error.h"
#include "job/exit_code.h"
#include "unicode.h"

namespace invar {

int guarded_main(std::string_view program, const std::function<int()>& act) {
  try {
    const int code = act();
    if (!std::cout.flush()) {
      std::cerr << program << ": standard output cannot be written: what was printed there is not complete\n";
      return kExitError;
    }
    return code;
  } catch (const InputError& error) {
    std::cerr << program << ": " << printable_utf8(error.what()) << "\n";
    return kExitInput;
  } catch (const std::bad_alloc&) {
    std::cerr << program << ": not enough memory for this job: choose smaller sizes, fewer samples, runs or records\n";
    return kExitInput;
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << "\n";
    return kExitError;
  }
}

}  // namespace invar
