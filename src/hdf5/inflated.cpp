// See inflated.h.
#include "hdf5/inflated.h"

#include <zlib.h>

#include <array>

namespace invar::hdf5 {

std::optional<std::uint64_t> inflated_size(const Dataset& dataset, const std::vector<hsize_t>& at,
                                           std::uint64_t stored) {
  std::vector<unsigned char> packed(stored);
  std::uint32_t skipped = 0;  // filters that this chunk went past
  checked(H5Dread_chunk(dataset.id(), H5P_DEFAULT, at.data(), &skipped, packed.data()), dataset.place(),
          "cannot read a chunk");
  if (skipped != 0) return std::nullopt;
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) fail(dataset.place(), "cannot be unpacked");
  stream.next_in = packed.data();
  stream.avail_in = static_cast<uInt>(packed.size());  // HDF5's chunks are below 4 GiB
  std::array<unsigned char, 1 << 16> some{};
  std::uint64_t size = 0;
  int code = Z_OK;
  while (code == Z_OK) {
    stream.next_out = some.data();
    stream.avail_out = static_cast<uInt>(some.size());
    code = inflate(&stream, Z_NO_FLUSH);
    size += some.size() - stream.avail_out;
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END) fail(dataset.place(), "a chunk of it is damaged; get a complete copy");
  return size;
}

}  // namespace invar::hdf5
