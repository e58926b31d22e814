// See stretches.h.
#include "hdf5/stretches.h"

#include <algorithm>
#include <filesystem>

#include "hdf5/stored.h"

namespace invar::hdf5 {

std::vector<Stretch> raw_stretches(const Dataset& dataset, const Handle& creation, std::uint64_t bytes) {
  const Place where = stored_place(dataset);
  const Handle access(checked(H5Dget_access_plist(dataset.id()), where, "cannot tell how it is read"));
  std::string prefix(4096, '\0'), name(4096, '\0');
  if (H5Pget_efile_prefix(access.id(), prefix.data(), prefix.size()) <= 0) prefix.clear();
  std::vector<Stretch> result;
  const int count = H5Pget_external_count(creation.id());
  for (int i = 0; i < count && bytes > 0; ++i) {
    off_t begin = 0;
    hsize_t size = 0;
    checked(H5Pget_external(creation.id(), static_cast<unsigned>(i), name.size() - 1, name.data(), &begin, &size),
            where, "cannot tell its raw files");
    const std::uint64_t here = std::min<std::uint64_t>(bytes, size);
    const std::filesystem::path path = std::filesystem::path(prefix.c_str()) / name.c_str();
    result.push_back({path.string(), static_cast<std::uint64_t>(begin), here});
    bytes -= here;
  }
  return result;
}

std::vector<hsize_t> chunk_extents(const Dataset& dataset, const Handle& creation) {
  const Place where = stored_place(dataset);
  std::vector<hsize_t> chunk(dataset.shape().size());
  checked(H5Pget_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data()), where, "cannot tell its chunks");
  if (std::ranges::find(chunk, 0U) != chunk.end())
    fail(where, "says that its chunks are empty: the file is damaged or cut off; get a complete copy");
  return chunk;
}

void for_each_chunk(const Shape& shape, const std::vector<hsize_t>& chunk, hsize_t begin, hsize_t end,
                    const std::function<void(const std::vector<hsize_t>&)>& visit) {
  std::vector<hsize_t> first(shape.size(), 0);
  first[0] = begin / chunk[0] * chunk[0];
  for (std::vector<hsize_t> at = first; at[0] < end;) {
    visit(at);
    std::size_t axis = at.size();
    do {
      --axis;
      at[axis] += chunk[axis];
      if (axis == 0 || at[axis] < static_cast<hsize_t>(shape[axis])) break;
      at[axis] = first[axis];
    } while (true);
  }
}

std::vector<Stretch> stretches(const Dataset& dataset) {
  prepare_library();
  if (dataset.size() == 0) return {};
  const Place where = stored_place(dataset);
  const Handle creation(checked(H5Dget_create_plist(dataset.id()), where, "cannot tell how it is stored"));
  const H5D_layout_t layout = H5Pget_layout(creation.id());
  std::vector<Stretch> result;
  if (layout == H5D_CONTIGUOUS && H5Pget_external_count(creation.id()) > 0) {
    const Type type(Handle(checked(H5Dget_type(dataset.id()), where, "cannot tell its type")));
    result = raw_stretches(dataset, creation, static_cast<std::uint64_t>(dataset.size()) * H5Tget_size(type.id()));
    // Two names of one file are one place.
    std::error_code error;
    for (Stretch& stretch : result)
      if (const auto path = std::filesystem::canonical(stretch.file, error); !error) stretch.file = path.string();
  } else if (layout == H5D_CONTIGUOUS) {
    if (const std::optional<Location> at = dataset.location())
      result.push_back({at->file, at->begin, H5Dget_storage_size(dataset.id())});
  } else if (layout == H5D_CHUNKED) {
    const Shape shape = dataset.shape();
    for_each_chunk(shape, chunk_extents(dataset, creation), 0, static_cast<hsize_t>(shape[0]), [&](const auto& at) {
      unsigned mask = 0;
      haddr_t address = HADDR_UNDEF;
      hsize_t bytes = 0;
      checked(H5Dget_chunk_info_by_coord(dataset.id(), at.data(), &mask, &address, &bytes), where,
              "cannot tell where its chunks are");
      if (address != HADDR_UNDEF) result.push_back({where.file, address, bytes});
    });
  }
  return result;
}

}  // namespace invar::hdf5
