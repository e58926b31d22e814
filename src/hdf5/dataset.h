// A dataset: shape, kind, typed reading and writing. Reading converts between widths of numbers, and from integers to
// floating point; floating-point data are not read as integers, for that would cut fractions in silence. What is read
// is there (stored.h) and means what it says (packing.h); memory is taken as it is read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hdf5/object.h"

namespace invar::hdf5 {

/// How a new dataset is laid out.
struct Storage {
  bool early = false;          // space is allocated and filled at creation, else when first written
  std::optional<double> fill;  // the value of what is never written; zero without it
};

/// A place in a file, which a link may have made another than the one that was opened.
struct Location {
  std::string file;
  std::uint64_t begin = 0;
};

class Dataset : public Object {
 public:
  using Object::Object;

  Shape shape() const;
  std::int64_t size() const;
  Kind kind() const;

  template <Number T>
  std::vector<T> read() const;
  /// `count` entries along axis 0 from `begin` on, which must exist.
  template <Number T>
  std::vector<T> read_part(std::int64_t begin, std::int64_t count) const;
  /// The first of them.
  template <Number T>
  std::vector<T> read_first(std::int64_t count) const {
    return read_part<T>(0, count);
  }
  std::vector<std::string> read_text() const;

  /// All values, row-major.
  template <Number T>
  void write(std::span<const T> values) const;
  /// `count` entries along axis 0 from `begin` on.
  void write_part(std::int64_t begin, std::int64_t count, std::span<const double> values) const;
  /// What is longer than text of fixed width is cut between UTF-8 characters.
  void write_text(std::span<const std::string> strings) const;

  /// Where numbers lie that follow each other in a file; none where nothing is allocated, or they lie in pieces.
  std::optional<Location> location() const;
  /// Whether the elements are stored just so.
  bool stores(const Type& type) const;
  /// InputError where `count` entries from `begin` on are not wholly there, as reading them would find.
  void expect_part(std::int64_t begin, std::int64_t count) const;
};

/// `text` cut to at most `width` bytes, between UTF-8 characters, and padded with zero bytes to exactly `width`.
std::string padded(std::string_view text, std::size_t width);

}  // namespace invar::hdf5
