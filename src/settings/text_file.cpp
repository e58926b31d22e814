#include "settings/text_file.h"

#include <filesystem>
#include <fstream>

#include "error.h"

namespace invar {
namespace {

constexpr std::size_t kLargest = 16'000'000;

}  // namespace

std::string read_text_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw InputError("'" + path + "' is a folder; give the path of a text file");
  std::ifstream file(path, std::ios::binary);
  std::string text(kLargest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() && !file.good()) throw InputError("'" + path + "' cannot be read; give the path of a text file");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargest)
    throw InputError("'" + path + "' is longer than 16 MB, so no such text; give the path of a text file");
  return text;
}

}  // namespace invar
