// Tables of the host on a device.
#pragma once

#include <vector>

#include "tensor/layout.h"

namespace invar::cuda {

template <class T, class Device>
const T* placed_on(Device& device, const std::vector<T>& values, const char* what) {
  T* place = device.template allocate<T>(static_cast<Index>(values.size()), what);
  device.upload(place, values.data(), static_cast<Index>(values.size()));
  return place;
}

}  // namespace invar::cuda
