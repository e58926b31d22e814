// A file's name that is a link, for whoever is to write the file.
#pragma once

#include <filesystem>

#include "error.h"

namespace invar {

/// Where the links lead that begin with this name, though nothing may be there yet: a file under the name of the link
/// itself would lie on another disk than was meant. InputError: the links lead in a circle, cannot be read, or lead
/// into a folder that is not there.
inline std::filesystem::path behind_links(const std::filesystem::path& name) {
  constexpr int kMostLinks = 40;  // as Linux follows
  std::filesystem::path path = name;
  std::error_code error;
  for (int links = 0; std::filesystem::is_symlink(path, error); ++links) {
    if (links == kMostLinks)
      throw InputError(name.string() + ": is a link that leads in a circle: choose another output");
    path = path.parent_path() / std::filesystem::read_symlink(path, error);  // an absolute target stands alone
    if (error) throw InputError(name.string() + ": is a link that cannot be read: " + error.message());
  }
  if (path != name && path.has_parent_path() && !std::filesystem::is_directory(path.parent_path(), error))
    throw InputError(name.string() + ": is a link to " + path.string() +
                     ", whose folder is not there: make that folder, mount its disk, or choose another output");
  return path;
}

}  // namespace invar
