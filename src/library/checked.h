// What the library throws: std::invalid_argument, whose message names value, place and remedy.
#pragma once

#include <stdexcept>
#include <utility>

#include "error.h"

namespace invar::api {

/// What `act` returns; an InputError becomes the standard's.
template <class Act>
decltype(auto) checked(Act&& act) {
  try {
    return std::forward<Act>(act)();
  } catch (const InputError& error) {
    throw std::invalid_argument(error.what());
  }
}

}  // namespace invar::api
