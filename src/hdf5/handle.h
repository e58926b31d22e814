// An HDF5 identifier that closes itself. HDF5 counts references, so a copy is cheap and shares the object; a file stays
// open until the last identifier of anything in it is closed.
#pragma once

#include <hdf5.h>

#include <utility>

namespace invar::hdf5 {

class Handle {
 public:
  Handle() = default;
  explicit Handle(hid_t id) : id_(id) {}
  Handle(const Handle& other) : id_(other.id_) {
    if (id_ >= 0) H5Iinc_ref(id_);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Handle& operator=(Handle other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle() {
    // The last reference closes the object, of whatever type: no table of closing functions is needed.
    if (id_ >= 0) H5Idec_ref(id_);
  }

  hid_t id() const { return id_; }

 private:
  hid_t id_ = H5I_INVALID_HID;
};

}  // namespace invar::hdf5
