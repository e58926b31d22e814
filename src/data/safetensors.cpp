// See safetensors.h.
#include "data/safetensors.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "behind_links.h"
#include "data/safetensors_header.h"
#include "error.h"
#include "read_log.h"

namespace invar::data {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian, as these are written");

constexpr const char* kChecksum = "invar_crc32";

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& problem) {
  throw InputError(path.string() + ": " + problem + "; give a whole file of safetensors");
}

template <class T>
double number(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<double>(value);
}

double half(const char* bytes) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes, sizeof bits);
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return fraction == 0 ? sign * HUGE_VAL : std::nan("");
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

double brain_float(const char* bytes) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes, sizeof bits);
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

struct Type {
  std::string_view name;
  std::size_t bytes;
  double (*read)(const char*);
  bool integers = false;
};

constexpr Type kTypes[] = {
    {"F64", 8, number<double>},
    {"F32", 4, number<float>},
    {"F16", 2, half},
    {"BF16", 2, brain_float},
    {"I64", 8, number<std::int64_t>, true},
    {"I32", 4, number<std::int32_t>, true},
    {"I16", 2, number<std::int16_t>, true},
    {"I8", 1, number<std::int8_t>, true},
    {"U8", 1, number<std::uint8_t>, true},
    {"BOOL", 1, number<std::uint8_t>, true},
};

/// Of the tensors in their order: what says which numbers are whose.
class Checksum {
 public:
  void add_entry(const std::string& name, std::string_view type, const Shape& shape) {
    const std::string text = name + '\0' + std::string(type) + shape_text(shape);
    add(text.data(), text.size());
  }
  void add(const char* bytes, std::size_t count) {
    sum_ = crc32_z(sum_, reinterpret_cast<const unsigned char*>(bytes), count);
  }
  std::string text() const {
    char text[16];
    std::snprintf(text, sizeof text, "%08lx", sum_);
    return text;
  }

 private:
  uLong sum_ = crc32_z(0, nullptr, 0);
};

/// Reads what it is asked for; a file that is shorter fails.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path), file_(path, std::ios::binary) {
    std::error_code error;
    if (!file_ || !std::filesystem::is_regular_file(path, error))
      throw InputError(path.string() + ": cannot be read; give a file of safetensors");
    size_ = std::filesystem::file_size(path, error);
    if (error) throw InputError(path.string() + ": cannot be read: " + error.message() + "; give another file");
    ReadLog::note(path);
  }
  std::uint64_t size() const { return size_; }
  std::string read(std::uint64_t count) {
    std::string bytes(count, '\0');
    if (!file_.read(bytes.data(), static_cast<std::streamsize>(count))) fail(path_, "cannot be read to its end");
    return bytes;
  }

 private:
  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t size_ = 0;
};

SafetensorsHeader read_header(const std::filesystem::path& path, Reader& file) {
  if (file.size() < 8) fail(path, "holds " + std::to_string(file.size()) + " bytes, fewer than a header has");
  std::uint64_t length = 0;
  std::memcpy(&length, file.read(sizeof length).data(), sizeof length);
  if (length > kMostHeaderBytes)
    fail(path, "has a header of " + std::to_string(length) + " bytes, above the " + std::to_string(kMostHeaderBytes) +
                   " that one may have");
  if (length > file.size() - 8)
    fail(path, "has a header of " + std::to_string(length) + " bytes and holds " + std::to_string(file.size()));
  try {
    return read_safetensors_header(file.read(length), file.size() - 8 - length);
  } catch (const InputError& error) {
    fail(path, error.what());
  }
}

WeightTensor tensor_of(const std::filesystem::path& path, const SafetensorsEntry& entry, const std::string& bytes) {
  const auto type = std::ranges::find(kTypes, entry.type, &Type::name);
  if (type == std::end(kTypes))
    throw InputError(path.string() + ": " + entry.name + " has the type " + entry.type +
                     "; give F64, F32, F16 or BF16");
  WeightTensor tensor;
  tensor.name = tensor.place = entry.name;
  tensor.shape = entry.shape;
  tensor.integers = type->integers;
  tensor.values.reserve(bytes.size() / type->bytes);
  for (std::size_t at = 0; at < bytes.size(); at += type->bytes) tensor.values.push_back(type->read(bytes.data() + at));
  return tensor;
}

std::string bytes_of(const SavedTensor& saved) {
  const std::vector<double>& values = saved.tensor.values;
  std::string bytes;
  if (values.empty()) return bytes;
  if (saved.format == WeightFormat::float64) {
    bytes.resize(values.size() * sizeof(double));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }
  const std::vector<float> narrow(values.begin(), values.end());
  bytes.resize(narrow.size() * sizeof(float));
  std::memcpy(bytes.data(), narrow.data(), bytes.size());
  return bytes;
}

}  // namespace

std::vector<WeightTensor> load_safetensors(const std::filesystem::path& path) {
  Reader file(path);
  const SafetensorsHeader header = read_header(path, file);
  std::vector<WeightTensor> tensors;
  Checksum checksum;
  for (const SafetensorsEntry& entry : header.tensors) {
    const std::string bytes = file.read(entry.end - entry.begin);
    checksum.add_entry(entry.name, entry.type, entry.shape);
    checksum.add(bytes.data(), bytes.size());
    tensors.push_back(tensor_of(path, entry, bytes));
  }
  const auto written = header.metadata.find(kChecksum);
  if (written != header.metadata.end() && written->second != checksum.text())
    fail(path,
         "is damaged: the checksum of its tensors is " + checksum.text() + ", and its metadata say " + written->second);
  std::ranges::sort(tensors, {}, &WeightTensor::name);
  return tensors;
}

void save_safetensors(const std::filesystem::path& path, const std::vector<SavedTensor>& tensors,
                      std::map<std::string, std::string> metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  header["__metadata__"] = nullptr;  // first; what stands there follows from the rest
  std::uint64_t end = 0;
  Checksum checksum;
  for (const SavedTensor& saved : tensors) {
    const std::string type = saved.format == WeightFormat::float64 ? "F64" : "F32", bytes = bytes_of(saved);
    const std::uint64_t begin = end;
    end += bytes.size();
    header[saved.tensor.name] = {{"dtype", type}, {"shape", saved.tensor.shape}, {"data_offsets", {begin, end}}};
    checksum.add_entry(saved.tensor.name, type, saved.tensor.shape);
    checksum.add(bytes.data(), bytes.size());
  }
  metadata[kChecksum] = checksum.text();
  header["__metadata__"] = metadata;
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the data begin at a multiple of 8

  const std::filesystem::path whole = behind_links(path), part = whole.string() + ".tmp";
  std::error_code error;
  if (whole.has_parent_path()) std::filesystem::create_directories(whole.parent_path(), error);
  {
    std::ofstream file(part, std::ios::binary);
    const std::uint64_t length = text.size();
    file.write(reinterpret_cast<const char*>(&length), sizeof length);
    file.write(text.data(), std::ssize(text));
    for (const SavedTensor& saved : tensors) {
      const std::string bytes = bytes_of(saved);
      file.write(bytes.data(), std::ssize(bytes));
    }
    if (!file.flush()) {
      std::filesystem::remove(part, error);
      throw InputError(path.string() + ": cannot be written; give a folder that can be, with room for " +
                       std::to_string(8 + text.size() + end) + " bytes");
    }
  }
  std::filesystem::rename(part, whole, error);
  if (error) throw InputError(path.string() + ": cannot be written: " + error.message());
}

}  // namespace invar::data
