// See safetensors.h.
#include "data/safetensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "error.h"

namespace invar::data {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian, as these are written");

using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& problem) {
  throw InputError(path.string() + ": " + problem + "; give a whole file of safetensors");
}

template <class T>
T at(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

double from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return fraction == 0 ? sign * HUGE_VAL : std::nan("");
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

double from_bfloat(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

struct Type {
  std::string_view name;
  std::size_t bytes;
  double (*read)(const char*);
};

constexpr Type kTypes[] = {
    {"F64", 8, [](const char* p) { return at<double>(p); }},
    {"F32", 4, [](const char* p) { return static_cast<double>(at<float>(p)); }},
    {"F16", 2, [](const char* p) { return from_half(at<std::uint16_t>(p)); }},
    {"BF16", 2, [](const char* p) { return from_bfloat(at<std::uint16_t>(p)); }},
};

NamedTensor read_tensor(const std::filesystem::path& path, const std::string& name, const Json& entry,
                        std::string_view data) {
  const std::string type = entry.at("dtype").get<std::string>();
  const auto known = std::ranges::find(kTypes, type, &Type::name);
  if (known == std::end(kTypes))
    throw InputError(path.string() + ": " + name + " has the type " + type + "; give F64, F32, F16 or BF16");
  NamedTensor tensor;
  tensor.name = name;
  tensor.shape = entry.at("shape").get<Shape>();
  const auto range = entry.at("data_offsets").get<std::vector<std::uint64_t>>();
  std::uint64_t count = 1;
  for (const std::int64_t extent : tensor.shape) {
    if (extent < 0 || (extent > 0 && count > data.size() / static_cast<std::uint64_t>(extent)))
      fail(path, name + " has the shape " + shape_text(tensor.shape) + ", more than the file holds");
    count *= static_cast<std::uint64_t>(extent);
  }
  if (range.size() != 2 || range[0] > range[1] || range[1] > data.size() || range[1] - range[0] != count * known->bytes)
    fail(path, name + " lies where its shape " + shape_text(tensor.shape) + " does not fit, or beyond the end");
  tensor.values.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i)
    tensor.values.push_back(known->read(data.data() + range[0] + i * known->bytes));
  return tensor;
}

}  // namespace

std::vector<NamedTensor> load_safetensors(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    throw InputError(path.string() + ": cannot be read; give a file of safetensors");
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  if (bytes.size() < 8) fail(path, "holds " + std::to_string(bytes.size()) + " bytes, fewer than a header has");
  const auto length = at<std::uint64_t>(bytes.data());
  if (length > bytes.size() - 8)
    fail(path, "has a header of " + std::to_string(length) + " bytes and holds " + std::to_string(bytes.size()));
  const std::string_view all = bytes;
  std::vector<NamedTensor> tensors;
  std::uint64_t taken = 0;
  try {
    const Json header = Json::parse(all.substr(8, length));
    for (const auto& [name, entry] : header.items())
      if (name != "__metadata__") {
        tensors.push_back(read_tensor(path, name, entry, all.substr(8 + length)));
        taken +=
            entry.at("data_offsets").at(1).get<std::uint64_t>() - entry.at("data_offsets").at(0).get<std::uint64_t>();
      }
  } catch (const nlohmann::json::exception& error) {
    fail(path, std::string("its header is damaged (") + error.what() + ")");
  }
  if (taken != bytes.size() - 8 - length)
    fail(path, "its tensors take " + std::to_string(taken) + " bytes, and behind the header it has " +
                   std::to_string(bytes.size() - 8 - length));
  std::ranges::sort(tensors, {}, &NamedTensor::name);
  return tensors;
}

void save_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors, WeightFormat format,
                      const std::map<std::string, std::string>& metadata) {
  const bool wide = format == WeightFormat::float64;
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t end = 0;
  for (const NamedTensor& tensor : tensors) {
    const std::uint64_t begin = end;
    end += tensor.values.size() * (wide ? sizeof(double) : sizeof(float));
    header[tensor.name] = {{"dtype", wide ? "F64" : "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the data begin at a multiple of 8

  const std::filesystem::path part = path.string() + ".tmp";
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  {
    std::ofstream file(part, std::ios::binary);
    const std::uint64_t length = text.size();
    file.write(reinterpret_cast<const char*>(&length), sizeof length);
    file.write(text.data(), std::ssize(text));
    for (const NamedTensor& tensor : tensors)
      for (const double value : tensor.values) {
        const auto narrow = static_cast<float>(value);
        file.write(wide ? reinterpret_cast<const char*>(&value) : reinterpret_cast<const char*>(&narrow),
                   wide ? sizeof value : sizeof narrow);
      }
    if (!file.flush()) {
      std::filesystem::remove(part, error);
      throw InputError(path.string() + ": cannot be written; give a folder that can be, with room for " +
                       std::to_string(8 + text.size() + end) + " bytes");
    }
  }
  std::filesystem::rename(part, path, error);
  if (error) throw InputError(path.string() + ": cannot be written: " + error.message());
}

}  // namespace invar::data
