// Element types: what this project writes and reads (numbers and strings), and what a file may hold.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

#include "hdf5/handle.h"

namespace invar::hdf5 {

using Shape = std::vector<std::int64_t>;

/// The numbers that are read and written; std::uint8_t also serves for truth values.
template <class T>
concept Number = std::is_same_v<T, double> || std::is_same_v<T, float> || std::is_same_v<T, std::int64_t> ||
    std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::uint8_t>;

/// What a dataset or an attribute holds. `boolean` is h5py's enumeration of FALSE and TRUE.
enum class Kind : std::uint8_t { integer, floating, boolean, text, other };
std::string_view to_string(Kind kind);
Kind kind_of(hid_t type);

/// A type of one's own, or a copy of one of HDF5's.
class Type {
 public:
  explicit Type(Handle handle) : handle_(std::move(handle)) {}
  template <Number T>
  static Type of();
  static Type variable_text();
  /// UTF-8, padded with zero bytes.
  static Type fixed_text(std::int64_t width);
  hid_t id() const { return handle_.id(); }

 private:
  Handle handle_;
};

/// A dataspace; the empty shape is a scalar.
class Space {
 public:
  explicit Space(const Shape& shape);
  explicit Space(Handle handle) : handle_(std::move(handle)) {}
  Shape shape() const;
  /// Narrows the selection to `count` entries along axis 0, from `begin` on.
  void select(std::int64_t begin, std::int64_t count);
  hid_t id() const { return handle_.id(); }

 private:
  Handle handle_;
};

}  // namespace invar::hdf5
