// The sources of a virtual dataset: see stored.h.
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "error.h"
#include "hdf5/file.h"
#include "hdf5/stored.h"

namespace invar::hdf5 {
namespace {

constexpr int kDeepest = 16;  // virtual datasets of virtual datasets: more are a circle

/// Whether a part of a virtual dataset has any of these entries along the first axis.
bool meets(const Space& part, Rows rows, const Place& where) {
  std::array<hsize_t, H5S_MAX_RANK> begin{}, last{};
  checked(H5Sget_select_bounds(part.id(), begin.data(), last.data()), where, "cannot tell its parts");
  return static_cast<std::int64_t>(begin[0]) < rows.begin + rows.count &&
         static_cast<std::int64_t>(last[0]) >= rows.begin;
}

/// Adds a part to what is selected. (H5Scombine_select of HDF5 1.10 crashes on parts that do not meet.)
void add(const Space& selected, const Space& part, const Place& where) {
  const auto select = [&](const hsize_t* begin, const hsize_t* stride, const hsize_t* count, const hsize_t* block) {
    checked(H5Sselect_hyperslab(selected.id(), H5S_SELECT_OR, begin, stride, count, block), where,
            "cannot put its parts together");
  };
  std::array<hsize_t, H5S_MAX_RANK> begin{}, stride{}, count{}, block{};
  if (H5Sget_select_type(part.id()) == H5S_SEL_ALL) {
    H5Sselect_all(selected.id());
  } else if (H5Sis_regular_hyperslab(part.id()) > 0) {
    checked(H5Sget_regular_hyperslab(part.id(), begin.data(), stride.data(), count.data(), block.data()), where,
            "cannot tell its parts");
    select(begin.data(), stride.data(), count.data(), block.data());
  } else {
    const auto rank = part.shape().size();
    const hssize_t blocks = checked(H5Sget_select_hyper_nblocks(part.id()), where, "cannot tell its parts");
    for (hssize_t i = 0; i < blocks; ++i) {
      std::array<hsize_t, 2 * H5S_MAX_RANK> corners{};
      checked(H5Sget_select_hyper_blocklist(part.id(), static_cast<hsize_t>(i), 1, corners.data()), where,
              "cannot tell its parts");
      count.fill(1);
      for (std::size_t axis = 0; axis < rank; ++axis) block[axis] = corners[rank + axis] - corners[axis] + 1;
      select(corners.data(), nullptr, count.data(), block.data());
    }
  }
}

hssize_t points(const Space& space) {
  return H5Sget_select_npoints(space.id());
}

/// A name in the properties, which HDF5 gives with each % doubled.
template <class Get>
std::string source_name(const Get& get, const Place& where) {
  const ssize_t length = checked(get(nullptr, 0), where, "cannot tell its sources");
  std::string name(static_cast<std::size_t>(length) + 1, '\0');
  checked(get(name.data(), name.size()), where, "cannot tell its sources");
  name.pop_back();
  for (std::size_t at = name.find("%%"); at != std::string::npos; at = name.find("%%", at + 1)) name.erase(at, 1);
  return name;
}

/// Where HDF5 looks for a source; where none is, its first place.
std::filesystem::path find_source(const Dataset& dataset, const std::filesystem::path& name, const Place& where) {
  if (name == ".") return where.file;
  const Handle access(checked(H5Dget_access_plist(dataset.id()), where, "cannot tell how it is read"));
  std::string prefix(4096, '\0');
  if (H5Pget_virtual_prefix(access.id(), prefix.data(), prefix.size()) <= 0) prefix.clear();
  const std::filesystem::path beside = std::filesystem::path(where.file).parent_path();
  const std::filesystem::path relative = name.is_absolute() ? name.filename() : name;
  std::vector<std::filesystem::path> places;
  if (name.is_absolute()) places.push_back(name);
  if (*prefix.c_str() != '\0') places.push_back(std::filesystem::path(prefix.c_str()) / relative);
  places.push_back(beside / relative);
  places.push_back(relative);
  std::error_code ignored;
  places.push_back(std::filesystem::canonical(where.file, ignored).parent_path() / relative);
  for (const std::filesystem::path& place : places)
    if (std::filesystem::exists(place, ignored)) return place;
  return places.front();
}

/// HDF5 takes a source's numbers as they are stored there, and cuts them off where the reader's type is too small.
bool holds_all_of(const Dataset& dataset, const Dataset& source) {
  const Type to(Handle(H5Dget_type(dataset.id()))), from(Handle(H5Dget_type(source.id())));
  if (source.kind() != dataset.kind()) return false;
  if (source.kind() == Kind::floating) return true;
  if (source.kind() != Kind::integer) return H5Tequal(to.id(), from.id()) > 0;
  const bool is_signed = H5Tget_sign(to.id()) == H5T_SGN_2, was_signed = H5Tget_sign(from.id()) == H5T_SGN_2;
  const std::size_t bits = H5Tget_precision(to.id()), before = H5Tget_precision(from.id());
  return is_signed == was_signed ? before <= bits : is_signed && before < bits;
}

/// `taken`: of the source, for so many numbers. Its extents are not stored, nor its rank where all is taken.
void expect_source(const Dataset& dataset, const Dataset& source, const Space& taken, hssize_t numbers, int depth) {
  if (!holds_all_of(dataset, source))
    fail(source.place(), "holds other numbers than the virtual dataset says; give both the same type");
  const Shape shape = source.shape();
  const auto refuse = [&] { fail(source.place(), "is not as large as what is taken of it; get a complete copy"); };
  if (H5Sget_select_type(taken.id()) == H5S_SEL_ALL) {
    if (source.size() != numbers) refuse();
    return expect_stored(source, {0, shape.empty() ? 1 : shape.front()}, depth);
  }
  std::vector<hsize_t> begin(shape.size()), last(shape.size());
  if (H5Sget_simple_extent_ndims(taken.id()) != static_cast<int>(shape.size())) refuse();
  checked(H5Sget_select_bounds(taken.id(), begin.data(), last.data()), source.place(),
          "cannot tell what is taken of it");
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (last[axis] >= static_cast<hsize_t>(shape[axis])) refuse();
  expect_stored(source, {static_cast<std::int64_t>(begin[0]), static_cast<std::int64_t>(last[0] - begin[0] + 1)},
                depth);
}

}  // namespace

void expect_sources(const Dataset& dataset, const Handle& creation, Rows rows, int depth) {
  const Place where = stored_place(dataset);
  if (depth >= kDeepest) fail(where, "is virtual, and its sources lead back to it; give the data themselves");
  const Space all(Handle(checked(H5Dget_space(dataset.id()), where, "cannot tell its shape")));
  const Space covered(Handle(checked(H5Scopy(all.id()), where, "cannot tell its shape")));
  H5Sselect_none(covered.id());
  const Shape shape = all.shape();
  std::size_t count = 0;
  checked(H5Pget_virtual_count(creation.id(), &count), where, "cannot tell its sources");
  for (std::size_t i = 0; i < count; ++i) {
    const Space to(Handle(checked(H5Pget_virtual_vspace(creation.id(), i), where, "cannot tell its sources")));
    if (points(to) < 0 || to.shape() != shape)
      fail(where,
           "is virtual, of a size that its sources leave open, so that nobody can tell whether one is missing; "
           "copy it, for example with h5py: new['images'] = old['images'][()]");
    if (points(to) == 0 || !meets(to, rows, where)) continue;
    add(covered, to, where);
    const std::string name = source_name(
        [&](char* text, std::size_t size) { return H5Pget_virtual_filename(creation.id(), i, text, size); }, where);
    const std::string object = source_name(
        [&](char* text, std::size_t size) { return H5Pget_virtual_dsetname(creation.id(), i, text, size); }, where);
    const Space from(Handle(checked(H5Pget_virtual_srcspace(creation.id(), i), where, "cannot tell its sources")));
    try {
      const File file = File::open(find_source(dataset, name, where));
      expect_source(dataset, file.dataset(object.starts_with('/') ? object : "/" + object), from, points(to),
                    depth + 1);
    } catch (const InputError& error) {
      if (depth > 0) throw;  // the first and the last of a chain are named
      throw InputError(where.file + ": " + where.object + ": is virtual, and HDF5 would give its fill value where a " +
                       "source is missing: " + error.what());
    }
  }
  std::vector<hsize_t> begin(shape.size(), 0), extent(shape.begin(), shape.end());
  begin[0] = static_cast<hsize_t>(rows.begin);
  extent[0] = static_cast<hsize_t>(rows.count);
  if (H5Sget_select_type(covered.id()) != H5S_SEL_NONE)
    checked(H5Sselect_hyperslab(covered.id(), H5S_SELECT_AND, begin.data(), nullptr, extent.data(), nullptr), where,
            "cannot put its parts together");
  const hssize_t wanted = points(all) / shape.front() * rows.count, missing = wanted - points(covered);
  if (missing != 0)
    fail(where,
         "is virtual, and " + std::to_string(missing) + " of the " + std::to_string(wanted) +
             " numbers to be read come from no source, so that HDF5 would give its fill value there; map all of " +
             "it, or make it smaller");
}

}  // namespace invar::hdf5
