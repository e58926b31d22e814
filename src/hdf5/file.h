// Groups and files. A file is its root group; paths are relative to the group that is asked, or absolute ("/data/x").
//
//   const hdf5::File file = hdf5::File::open("case.h5");
//   const std::vector<double> x = file.dataset("/data/x").read<double>();
//   for (const std::string& name : file.group("/parameters").names()) …
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "hdf5/dataset.h"

namespace invar::hdf5 {

class Group : public Object {
 public:
  using Object::Object;

  /// Whether the path leads to an object, to a group, to a dataset. A dangling link leads to none.
  bool contains(const std::string& path) const;
  bool contains_group(const std::string& path) const;
  bool contains_dataset(const std::string& path) const;
  /// Whether there is something of this path, also a link that leads nowhere.
  bool names_one(const std::string& path) const;
  /// Names of the members, sorted.
  std::vector<std::string> names() const;

  Group group(const std::string& path) const;
  Dataset dataset(const std::string& path) const;

  Group create_group(const std::string& path) const;
  Dataset create_dataset(const std::string& path, const Type& type, const Shape& shape,
                         const Storage& storage = {}) const;
  /// Creates a dataset and writes all of it.
  template <Number T>
  Dataset write(const std::string& path, const Shape& shape, std::span<const T> values) const;
  Dataset write_text(const std::string& path, const Shape& shape, std::span<const std::string> strings) const;
  /// A dataset without data of its own that shows all of another one of this file.
  Dataset view(const Dataset& existing, const std::string& path) const;
  /// A second name, in the same file, of an object that exists.
  void link(const std::string& existing, const std::string& path) const;

 private:
  Place below(const std::string& path) const;
};

class File : public Group {
 public:
  /// For reading.
  static File open(const std::filesystem::path& path);
  /// Empty, in HDF5's earliest format; replaces what is there.
  static File create(const std::filesystem::path& path);
  void flush() const;

 private:
  File(Handle file, Handle root, const std::string& name);
  Handle file_;
};

}  // namespace invar::hdf5
