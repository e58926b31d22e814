// The frame of every program: what it throws becomes a message and an exit code.
#pragma once

#include <functional>
#include <string_view>

namespace invar {

/// What `act` returns; kExitInput with the message of an InputError, kExitError with that of anything else, or where
/// standard output could not be written.
int guarded_main(std::string_view program, const std::function<int()>& act);

}  // namespace invar
