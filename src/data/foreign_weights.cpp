// See foreign_weights.h.
#include "data/foreign_weights.h"

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>

#include "error.h"

namespace invar::data {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

/// `python`: lines that make safetensors of it.
[[noreturn]] void refuse(const fs::path& path, const std::string& what, const std::string& python) {
  throw InputError("weights: '" + path.string() + "' is " + what + ", which is not read here; convert it in Python:\n" +
                   python);
}

[[noreturn]] void refuse_torch(const fs::path& path) {
  refuse(path, "a pickle of PyTorch",
         "  state = torch.load('" + path.filename().string() +
             "', map_location='cpu', weights_only=True)\n"
             "  safetensors.torch.save_file(state, 'weights.safetensors')\n"
             "(of a checkpoint of a training the state is a part, such as ['state_dict'])");
}

/// `one`: an array without a name.
[[noreturn]] void refuse_numpy(const fs::path& path, bool one) {
  const std::string loaded = "numpy.load('" + path.filename().string() + "')";
  refuse(path, "of NumPy",
         "  arrays = " + (one ? "{'W': " + loaded + "}  # by the name in the block" : "dict(" + loaded + ")") +
             "\n"
             "  safetensors.numpy.save_file(arrays, 'weights.safetensors')");
}

[[noreturn]] void refuse_model(const fs::path& path, const std::string& what) {
  refuse(path, what, "  safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')");
}

std::string first_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError("weights: '" + path.string() + "' cannot be read; give a file of safetensors or HDF5");
  std::string bytes(64, '\0');
  file.read(bytes.data(), std::ssize(bytes));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

WeightKind kind_of_folder(const fs::path& path) {
  std::error_code ignored;
  const auto has = [&](const char* name) { return fs::exists(path / name, ignored); };
  if (has("model.safetensors.index.json")) return WeightKind::shards;
  const std::string folder = "weights: '" + path.string() + "' is a folder without model.safetensors.index.json";
  if (has("model.safetensors"))
    throw InputError(folder + "; give the file in it, " + (path / "model.safetensors").string());
  if (has("pytorch_model.bin") || has("pytorch_model.bin.index.json"))
    refuse_model(path, "a folder of pickles of PyTorch");
  throw InputError(folder + "; give a file of safetensors or HDF5");
}

/// The signature stands behind a block of the user's, if there is one: at 0, 512, 1024, 2048, …
bool is_hdf5(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  for (std::streamoff at = 0; file.seekg(at); at = at == 0 ? 512 : 2 * at) {
    std::string bytes(8, '\0');
    if (!file.read(bytes.data(), 8)) return false;
    if (bytes == "\x89HDF\r\n\x1a\n"sv) return true;
  }
  return false;
}

}  // namespace

WeightKind weight_kind(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return kind_of_folder(path);
  const std::string bytes = first_bytes(path), name = path.filename().string(), extension = path.extension().string();
  const auto begins = [&](std::string_view with) { return std::string_view(bytes).starts_with(with); };
  const auto named = [&](std::initializer_list<std::string_view> known) {
    return std::ranges::find(known, extension) != known.end();
  };
  if (is_hdf5(path)) return WeightKind::hdf5;
  if (begins("PK\x03\x04"sv)) named({".npz"}) ? refuse_numpy(path, false) : refuse_torch(path);
  if (begins("\x93NUMPY"sv)) refuse_numpy(path, true);
  if (bytes.size() > 1 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5) refuse_torch(path);
  if (begins("GGUF"sv)) refuse_model(path, "of llama.cpp (GGUF), mostly in a few bits a number");
  if (name.ends_with(".index.json") || begins("{"sv)) return WeightKind::shards;
  if (extension == ".safetensors" || (bytes.size() > 8 && bytes[8] == '{')) return WeightKind::safetensors;
  if (named({".h5", ".hdf5"})) return WeightKind::hdf5;  // a damaged one: it says what is wrong
  if (named({".bin", ".pt", ".pth", ".ckpt", ".pkl"})) refuse_torch(path);
  if (named({".npz", ".npy"})) refuse_numpy(path, extension == ".npy");
  if (named({".gguf"})) refuse_model(path, "of llama.cpp (GGUF)");
  throw InputError("weights: '" + path.string() +
                   "' is neither safetensors nor HDF5; give one of these, for example by\n"
                   "  safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')");
}

}  // namespace invar::data
