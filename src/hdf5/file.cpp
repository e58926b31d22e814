// See file.h. HDF5's own locking is off: readers may look at a file that is being written, and read-only or network
// folders without locks can be read.
#include "hdf5/file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "error.h"
#include "hdf5/links.h"

namespace invar::hdf5 {
namespace {

Handle access_without_locks() {
  prepare_library();
  Handle access(checked(H5Pcreate(H5P_FILE_ACCESS), {}, "cannot create HDF5 properties"));
  checked(H5Pset_file_locking(access.id(), false, true), {}, "cannot switch HDF5's locking off");
  return access;
}

Handle link_creation_with_parents() {
  Handle creation(checked(H5Pcreate(H5P_LINK_CREATE), {}, "cannot create HDF5 properties"));
  checked(H5Pset_create_intermediate_group(creation.id(), 1), {}, "cannot set HDF5 properties");
  return creation;
}

}  // namespace

Place Group::below(const std::string& path) const {
  if (path.starts_with('/')) return {place().file, path};
  return {place().file, place().object.ends_with('/') ? place().object + path : place().object + "/" + path};
}

bool Group::contains(const std::string& path) const {
  prepare_library();
  // H5Lexists fails where a group on the way is absent, so each link is asked in turn.
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    if (prefix.empty() || prefix == "/") return true;
    if (H5Lexists(id(), prefix.c_str(), H5P_DEFAULT) <= 0) return false;
    if (H5Oexists_by_name(id(), prefix.c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) return true;
  }
}

bool Group::names_one(const std::string& path) const {
  prepare_library();
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    if (H5Lexists(id(), prefix.c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos || H5Oexists_by_name(id(), prefix.c_str(), H5P_DEFAULT) <= 0) return true;
  }
}

bool Group::contains_group(const std::string& path) const {
  if (!contains(path)) return false;
  const Handle object(H5Oopen(id(), path.c_str(), H5P_DEFAULT));
  return H5Iget_type(object.id()) == H5I_GROUP;
}

bool Group::contains_dataset(const std::string& path) const {
  if (!contains(path)) return false;
  const Handle object(H5Oopen(id(), path.c_str(), H5P_DEFAULT));
  return H5Iget_type(object.id()) == H5I_DATASET;
}

std::vector<std::string> Group::names() const {
  prepare_library();
  std::vector<std::string> names;
  const auto keep = [](hid_t, const char* name, const H5L_info_t*, void* result) -> herr_t {
    static_cast<std::vector<std::string>*>(result)->emplace_back(name);
    return 0;
  };
  checked(H5Literate(id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, keep, &names), place(), "cannot list its members");
  return names;
}

Group Group::group(const std::string& path) const {
  prepare_library();
  const Place at = below(path);
  if (!contains(path)) throw InputError(at.file + ": " + at.object + ": " + why_missing(id(), path, "group"));
  return Group(Handle(checked(H5Gopen2(id(), path.c_str(), H5P_DEFAULT), at, "is no group")), at);
}

Dataset Group::dataset(const std::string& path) const {
  prepare_library();
  const Place at = below(path);
  if (!contains(path)) throw InputError(at.file + ": " + at.object + ": " + why_missing(id(), path, "dataset"));
  return Dataset(Handle(checked(H5Dopen2(id(), path.c_str(), H5P_DEFAULT), at, "is no dataset")), at);
}

Group Group::create_group(const std::string& path) const {
  const Place at = below(path);
  const Handle links = link_creation_with_parents();
  return Group(Handle(checked(H5Gcreate2(id(), path.c_str(), links.id(), H5P_DEFAULT, H5P_DEFAULT), at,
                              "cannot create the group")),
               at);
}

Dataset Group::create_dataset(const std::string& path, const Type& type, const Shape& shape,
                              const Storage& storage) const {
  prepare_library();
  const Place at = below(path);
  const Handle links = link_creation_with_parents();
  const Handle creation(checked(H5Pcreate(H5P_DATASET_CREATE), at, "cannot create HDF5 properties"));
  H5Pset_layout(creation.id(), H5D_CONTIGUOUS);
  if (storage.early) {
    H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(creation.id(), H5D_FILL_TIME_ALLOC);
  }
  if (storage.fill) H5Pset_fill_value(creation.id(), Type::of<double>().id(), &*storage.fill);
  return Dataset(Handle(checked(H5Dcreate2(id(), path.c_str(), type.id(), Space(shape).id(), links.id(), creation.id(),
                                           H5P_DEFAULT),
                                at, "cannot create the dataset")),
                 at);
}

template <Number T>
Dataset Group::write(const std::string& path, const Shape& shape, std::span<const T> values) const {
  Dataset dataset = create_dataset(path, Type::of<T>(), shape);
  dataset.write(values);
  return dataset;
}
template Dataset Group::write<double>(const std::string&, const Shape&, std::span<const double>) const;
template Dataset Group::write<float>(const std::string&, const Shape&, std::span<const float>) const;
template Dataset Group::write<std::int64_t>(const std::string&, const Shape&, std::span<const std::int64_t>) const;
template Dataset Group::write<std::int32_t>(const std::string&, const Shape&, std::span<const std::int32_t>) const;
template Dataset Group::write<std::uint8_t>(const std::string&, const Shape&, std::span<const std::uint8_t>) const;

Dataset Group::write_text(const std::string& path, const Shape& shape, std::span<const std::string> strings) const {
  Dataset dataset = create_dataset(path, Type::variable_text(), shape);
  dataset.write_text(strings);
  return dataset;
}

Dataset Group::view(const Dataset& existing, const std::string& path) const {
  const Place at = below(path);
  const Handle links = link_creation_with_parents(),
               creation(checked(H5Pcreate(H5P_DATASET_CREATE), at, "cannot create HDF5 properties")),
               type(H5Dget_type(existing.id()));
  const Space space(existing.shape());
  checked(H5Pset_virtual(creation.id(), space.id(), ".", existing.place().object.c_str(), space.id()), at,
          "cannot be made a view");
  return Dataset(
      Handle(checked(H5Dcreate2(id(), path.c_str(), type.id(), space.id(), links.id(), creation.id(), H5P_DEFAULT), at,
                     "cannot create the dataset")),
      at);
}

void Group::link(const std::string& existing, const std::string& path) const {
  const Handle links = link_creation_with_parents();
  checked(H5Lcreate_hard(id(), existing.c_str(), id(), path.c_str(), links.id(), H5P_DEFAULT), below(path),
          "cannot link it to " + existing);
}

File::File(Handle file, Handle root, const std::string& name)
    : Group(std::move(root), {name, "/"}), file_(std::move(file)) {}

File File::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    throw InputError(name + ": there is no such file: give the path of an HDF5 file");
  if (std::filesystem::is_directory(status)) throw InputError(name + ": is a folder: give the path of an HDF5 file");
  if (!std::filesystem::is_regular_file(status))
    throw InputError(name + ": is a device or a pipe: give the path of an HDF5 file");
  const Handle access = access_without_locks();
  const Place place{name, ""};
  Handle file(checked(H5Fopen(name.c_str(), H5F_ACC_RDONLY, access.id()), place,
                      "cannot be opened: it must be a complete, readable HDF5 file"));
  Handle root(checked(H5Gopen2(file.id(), "/", H5P_DEFAULT), place, "cannot open the root group: the file is damaged"));
  return File(std::move(file), std::move(root), name);
}

File File::create(const std::filesystem::path& path) {
  const std::string name = path.string();
  const Handle access = access_without_locks();
  const Place place{name, ""};
  Handle file(checked(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), place,
                      "cannot be created: is the folder there and writable?"));
  Handle root(checked(H5Gopen2(file.id(), "/", H5P_DEFAULT), place, "cannot open the root group"));
  return File(std::move(file), std::move(root), name);
}

void File::flush() const {
  checked(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL), place(), "cannot be flushed");
}

}  // namespace invar::hdf5
