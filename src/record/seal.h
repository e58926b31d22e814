// A file that knows whether it is whole: behind its bytes stand their number and their CRC-32, 12 bytes that HDF5 does
// not look at. Any change of a few bytes, wherever it is, is seen, and any cut.
#pragma once

#include <filesystem>

namespace invar::record {

/// InputError where the file cannot be read or written.
void seal(const std::filesystem::path& file);
/// False where it is not there or cannot be read, too.
bool is_sealed(const std::filesystem::path& file);

}  // namespace invar::record
