// What groups and datasets share: a place (for messages), an identifier, attributes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hdf5/failure.h"
#include "hdf5/handle.h"
#include "hdf5/type.h"

namespace invar::hdf5 {

class Object {
 public:
  Object(Handle handle, Place place) : handle_(std::move(handle)), place_(std::move(place)) {}

  hid_t id() const { return handle_.id(); }
  const Place& place() const { return place_; }

  bool has_attribute(const std::string& name) const;
  std::vector<std::string> attribute_names() const;
  /// The only value of an attribute (a scalar or one element); InputError where it is absent or of another kind.
  template <Number T>
  T attribute(const std::string& name) const;
  std::string text_attribute(const std::string& name) const;
  /// All numbers of an attribute, of any shape.
  std::vector<double> numbers_attribute(const std::string& name) const;

  void set_attribute(const std::string& name, double value) const;
  void set_attribute(const std::string& name, std::int64_t value) const;
  /// Text is stored with variable length: h5py then gives `str`, and 64 KiB, the limit of an attribute, is none.
  void set_attribute(const std::string& name, std::string_view text) const;

 private:
  Handle handle_;
  Place place_;
};

}  // namespace invar::hdf5
