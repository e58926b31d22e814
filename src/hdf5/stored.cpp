// See stored.h. Virtual datasets are in sources.cpp.
#include "hdf5/stored.h"

#include <algorithm>
#include <filesystem>

#include "hdf5/dataset.h"
#include "hdf5/inflated.h"
#include "hdf5/stretches.h"
#include "read_log.h"

namespace invar::hdf5 {
namespace {

constexpr const char* kNeverWritten = ", so that HDF5 would give its fill value there; write all of it";
constexpr const char* kDamaged = ": the file is damaged or cut off; get a complete copy";

/// What the entries up to `rows`' end take from the dataset's begin on. InputError where that is no number of bytes.
std::uint64_t bytes_up_to(const Dataset& dataset, Rows rows, const Place& where) {
  const Type type(Handle(checked(H5Dget_type(dataset.id()), where, "cannot tell its type")));
  std::uint64_t bytes = H5Tget_size(type.id());
  const Shape shape = dataset.shape();
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const std::int64_t extent = axis == 0 ? rows.begin + rows.count : shape[axis];
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes))
      fail(where, "says that it holds more than 2^64 bytes" + std::string(kDamaged));
  }
  return bytes;
}

/// Up to its end as HDF5 knows it, which counts what it has not written yet: what it reads behind it are zeros.
std::uint64_t size_of_file(const Dataset& dataset, const Place& where) {
  const Handle file(checked(H5Iget_file_id(dataset.id()), where, "cannot tell its file"));
  haddr_t end = 0;
  checked(H5Fget_eoa(file.id(), &end), where, "cannot tell the size of its file");
  return end;
}

/// All of it: where the end is missing the file is damaged, whatever is read.
void expect_contiguous(const Dataset& dataset, const Place& where) {
  const haddr_t begin = H5Dget_offset(dataset.id());
  if (begin == HADDR_UNDEF)
    fail(where, "was made but never written" + std::string(kNeverWritten) + ", or leave it out");
  const Shape shape = dataset.shape();
  const Rows all{0, shape.empty() ? 1 : shape.front()};
  const std::uint64_t needed = bytes_up_to(dataset, all, where), there = size_of_file(dataset, where);
  if (begin > there || needed > there - begin)
    fail(where, "says that it holds " + std::to_string(needed) + " bytes from byte " + std::to_string(begin) +
                    " on, where its file has " + std::to_string(there) + kDamaged);
}

/// Numbers in files beside the HDF5 file, one after the other.
void expect_raw_files(const Dataset& dataset, const Handle& creation, Rows rows, const Place& where) {
  for (const Stretch& part : raw_stretches(dataset, creation, bytes_up_to(dataset, rows, where))) {
    ReadLog::note(part.file);
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(part.file, error);
    const std::string what = "its numbers are in the raw file " + part.file;
    if (error)
      fail(where, what + ", which is not there (" + error.message() +
                      "); put it there, seen from the folder where the " +
                      "program runs, or say with HDF5_EXTFILE_PREFIX in which folder it is");
    if (size < part.bytes || part.begin > size - part.bytes)
      fail(where, what + ", which has " + std::to_string(size) + " bytes where " + std::to_string(part.bytes) +
                      " from byte " + std::to_string(part.begin) + " on are needed; get a complete copy");
  }
}

/// How many bytes a stored one can become: 1032 by deflate, whose least is two bits for 258 bytes; 0: not known, also
/// where something but a check sum is done to what deflate gave.
std::uint64_t most_expansion(const Handle& creation) {
  std::uint64_t most = 1;
  const int filters = H5Pget_nfilters(creation.id());
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0, configuration = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter =
        H5Pget_filter2(creation.id(), static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &configuration);
    if ((filter == H5Z_FILTER_SHUFFLE && most == 1) || filter == H5Z_FILTER_FLETCHER32) continue;
    if (filter != H5Z_FILTER_DEFLATE || most > 1) return 0;
    most = 1032;
  }
  return most;
}

void expect_chunks(const Dataset& dataset, const Handle& creation, Rows rows, const Place& where) {
  const std::vector<hsize_t> chunk = chunk_extents(dataset, creation);
  const Type type(Handle(checked(H5Dget_type(dataset.id()), where, "cannot tell its type")));
  std::uint64_t bytes = H5Tget_size(type.id());
  for (const hsize_t extent : chunk) bytes *= extent;  // HDF5 makes none of 4 GiB or more
  const std::uint64_t expansion = most_expansion(creation), size = size_of_file(dataset, where);
  std::uint64_t stored_in_all = 0;
  bool first = true;
  const auto expect_chunk = [&](const std::vector<hsize_t>& at) {
    hsize_t stored = 0;
    if (H5Dget_chunk_storage_size(dataset.id(), at.data(), &stored) < 0 || stored == 0) {
      H5Eclear2(H5E_DEFAULT);
      std::string place;
      for (const hsize_t index : at) place += (place.empty() ? "[" : ", ") + std::to_string(index);
      fail(where, "the chunk from " + place + "] on was never written" + kNeverWritten + ", or make it smaller");
    }
    stored_in_all += stored;
    if (stored_in_all > size || (expansion > 0 && stored < bytes / expansion))
      fail(where, "says that " + std::to_string(stored) + " bytes of its file are a chunk of " + std::to_string(bytes) +
                      kDamaged);
    // One chunk tells of all, whose size is the same; a check sum of four bytes may be in it.
    if (first && expansion > 1)
      if (const auto size_of_one = inflated_size(dataset, at, stored);
          size_of_one && *size_of_one != bytes && *size_of_one != bytes + 4)
        fail(where, "says that its chunks have " + std::to_string(bytes) + " bytes, and the first one has " +
                        std::to_string(*size_of_one) + kDamaged);
    first = false;
  };
  for_each_chunk(dataset.shape(), chunk, static_cast<hsize_t>(rows.begin),
                 static_cast<hsize_t>(rows.begin + rows.count), expect_chunk);
}

}  // namespace

Place stored_place(const Dataset& dataset) {
  std::string file(4096, '\0'), object(4096, '\0');
  if (H5Fget_name(dataset.id(), file.data(), file.size()) <= 0) return dataset.place();
  if (H5Iget_name(dataset.id(), object.data(), object.size()) <= 0) return {file.c_str(), dataset.place().object};
  return {file.c_str(), object.c_str()};
}

void expect_stored(const Dataset& dataset, Rows rows, int depth) {
  if (dataset.size() == 0 || rows.count == 0) return;
  const Place where = stored_place(dataset);
  ReadLog::note(where.file);
  const Handle creation(checked(H5Dget_create_plist(dataset.id()), where, "cannot tell how it is stored"));
  switch (H5Pget_layout(creation.id())) {
    case H5D_COMPACT:  // in the file's description of the dataset itself
      return;
    case H5D_CONTIGUOUS:
      return H5Pget_external_count(creation.id()) > 0 ? expect_raw_files(dataset, creation, rows, where)
                                                      : expect_contiguous(dataset, where);
    case H5D_CHUNKED:
      return expect_chunks(dataset, creation, rows, where);
    case H5D_VIRTUAL:
      return expect_sources(dataset, creation, rows, depth);
    default:
      fail(where, "is stored in a way that is not known here");
  }
}

void expect_stored(const Dataset& dataset, Rows rows) {
  prepare_library();
  expect_stored(dataset, rows, 0);
}

}  // namespace invar::hdf5
