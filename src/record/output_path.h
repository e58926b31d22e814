// The name under which a program writes its results, and how a file comes to bear it for good.
#pragma once

#include <filesystem>

namespace invar::record {

/// Links followed, also to what is not there yet, and folders made, so that temporary file, lock and output lie in one
/// folder. InputError where the name is empty or that of a folder, a device, of something in a folder that cannot be
/// made, or of a link into a folder that is not there.
std::filesystem::path prepared_output(const std::filesystem::path& output);

/// InputError where the file exists and must not be replaced.
void expect_replaceable(const std::filesystem::path& output, bool force);

/// The file's bytes are on the disk when it returns; false, with errno, where that failed.
bool brought_to_disk(const std::filesystem::path& file);
/// The same for the names in the file's folder. Not all file systems can: then the names come later by themselves.
void bring_name_to_disk(const std::filesystem::path& file);

}  // namespace invar::record
