// Small text files that the user names: a block's text, a configuration.
#pragma once

#include <string>

namespace invar {

/// The whole file. Throws InputError, beginning with the path, for what is no readable text of at most 16 MB: a
/// missing file, a folder, a device without an end.
std::string read_text_file(const std::string& path);

}  // namespace invar
