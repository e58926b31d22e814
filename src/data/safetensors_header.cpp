// See safetensors_header.h. The text is taken event by event, for a tree would keep one of two values of a key.
#include "data/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "data/samples.h"
#include "error.h"

namespace invar::data {
namespace {

[[noreturn]] void fail(const std::string& problem) {
  throw InputError(problem);
}

constexpr std::string_view kMetadata = "__metadata__";

struct StoredType {
  std::string_view name;
  std::uint64_t bits;
};

constexpr StoredType kStoredTypes[] = {
    {"BOOL", 8},    {"U8", 8},      {"I8", 8},          {"F8_E5M2", 8},     {"F8_E4M3", 8}, {"F8_E8M0", 8},
    {"I16", 16},    {"U16", 16},    {"F16", 16},        {"BF16", 16},       {"I32", 32},    {"U32", 32},
    {"F32", 32},    {"I64", 64},    {"U64", 64},        {"F64", 64},        {"C64", 64},    {"F4", 4},
    {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8},
};

/// The events of the text: an object of objects, the deepest values numbers in arrays.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeader header;

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a truth value"); }
  bool number_integer(number_integer_t value) override { return negative(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return negative(text); }
  bool binary(binary_t&) override { return unexpected("bytes"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (state_ != State::shape && state_ != State::offsets) return unexpected("a number");
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return negative(std::to_string(value));
    (state_ == State::shape ? shape_ : offsets_).push_back(value);
    return true;
  }

  bool string(string_t& value) override {
    if (state_ == State::metadata) {
      header.metadata[inner_key_] = value;
    } else if (state_ == State::entry && inner_key_ == "dtype") {
      entry_.type = value;
    } else {
      return unexpected("the text '" + value + "'");
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (state_ == State::nothing) {
      state_ = State::header;
      return true;
    }
    if (state_ != State::header) return unexpected("an object");
    inner_keys_.clear();
    entry_ = {};
    entry_.name = outer_key_;
    shape_.clear();
    offsets_.clear();
    state_ = outer_key_ == kMetadata ? State::metadata : State::entry;
    return true;
  }

  bool end_object() override {
    if (state_ == State::entry) add_entry();
    state_ = State::header;
    return true;
  }

  bool start_array(std::size_t) override {
    if (state_ == State::entry && inner_key_ == "shape")
      state_ = State::shape;
    else if (state_ == State::entry && inner_key_ == "data_offsets")
      state_ = State::offsets;
    else
      return unexpected("a list");
    return true;
  }

  bool end_array() override {
    state_ = State::entry;
    return true;
  }

  bool key(string_t& key) override {
    if (state_ == State::header) {
      outer_key_ = key;
      if (!outer_keys_.insert(key).second) fail("has the key '" + key + "' twice in its header");
      return true;
    }
    inner_key_ = key;
    if (!inner_keys_.insert(key).second) fail("has the key '" + key + "' twice in '" + outer_key_ + "'");
    if (state_ == State::entry && key != "dtype" && key != "shape" && key != "data_offsets")
      fail("says '" + key + "' of " + outer_key_ + ", and a tensor has dtype, shape and data_offsets alone");
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    // "[json.exception.parse_error.101] parse error at …: REASON"
    const std::string what = error.what();
    const std::size_t reason = what.find(": ");
    fail("has a damaged header, at byte " + std::to_string(8 + position) + ": " +
         (reason == std::string::npos ? what : what.substr(reason + 2)));
  }

 private:
  enum class State : std::uint8_t { nothing, header, metadata, entry, shape, offsets };

  std::string place() const {
    if (state_ == State::nothing) return "its header";
    if (state_ == State::header) return "'" + outer_key_ + "'";
    return "'" + inner_key_ + "' of '" + outer_key_ + "'";
  }

  bool unexpected(const std::string& what) const { fail("has " + what + " as " + place()); }
  bool negative(const std::string& number) const {
    fail("has " + number + " in " + place() + ", where whole numbers from 0 on are");
  }

  void add_entry() {
    for (const char* needed : {"dtype", "shape", "data_offsets"})
      if (!inner_keys_.contains(needed)) fail("says no " + std::string(needed) + " of " + entry_.name);
    if (offsets_.size() != 2)
      fail("has " + std::to_string(offsets_.size()) + " data_offsets of " + entry_.name + ", where two are");
    entry_.shape.assign(shape_.begin(), shape_.end());
    entry_.begin = offsets_[0];
    entry_.end = offsets_[1];
    header.tensors.push_back(std::move(entry_));
  }

  State state_ = State::nothing;
  std::set<std::string, std::less<>> outer_keys_, inner_keys_;
  std::string outer_key_, inner_key_;
  SafetensorsEntry entry_;
  std::vector<std::uint64_t> shape_, offsets_;
};

void check_size(const SafetensorsEntry& entry, std::uint64_t data_bytes) {
  const auto type = std::ranges::find(kStoredTypes, entry.type, &StoredType::name);
  if (type == std::end(kStoredTypes)) fail("has the unknown type '" + entry.type + "' of " + entry.name);
  const auto does_not_fit = [&](const std::string& why) {
    fail("has " + entry.name + " " + shape_text(entry.shape) + " of " + entry.type + " at the bytes " +
         std::to_string(entry.begin) + " to " + std::to_string(entry.end) + why);
  };
  if (entry.begin > entry.end) does_not_fit(", which end before they begin");
  if (entry.end > data_bytes) does_not_fit(", beyond the end: behind the header are " + std::to_string(data_bytes));
  std::uint64_t bits = type->bits;
  for (const std::int64_t extent : entry.shape)
    if (__builtin_mul_overflow(bits, static_cast<std::uint64_t>(extent), &bits))
      does_not_fit(", more than any file holds");
  if (bits % 8 != 0 || bits / 8 != entry.end - entry.begin) does_not_fit(", which are not what shape and type take");
}

/// Side by side, from the first byte to the last.
void check_places(const std::vector<SafetensorsEntry>& tensors, std::uint64_t data_bytes) {
  std::uint64_t end = 0;
  const SafetensorsEntry* before = nullptr;
  for (const SafetensorsEntry& entry : tensors) {
    if (entry.begin < end)
      fail("has " + entry.name + " over the bytes " + std::to_string(entry.begin) + " to " +
           std::to_string(std::min(entry.end, end)) + " of " + before->name);
    if (entry.begin > end)
      fail("has " + std::to_string(entry.begin - end) + " bytes before " + entry.name + " that are of no tensor");
    end = entry.end;
    before = &entry;
  }
  if (end != data_bytes)
    fail("has tensors of " + std::to_string(end) + " bytes, and behind its header " + std::to_string(data_bytes));
}

}  // namespace

std::int64_t SafetensorsEntry::count() const {
  return elements(shape);
}

SafetensorsHeader read_safetensors_header(std::string_view text, std::uint64_t data_bytes) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  if (text.empty() || text.front() != '{' || text[last] != '}')
    fail("has a header that is not one of safetensors, from { to }");
  // The parser would take a zero byte for the end of the text.
  if (text.find('\0') != std::string_view::npos) fail("has a damaged header: a zero byte stands in it");
  Reader reader;
  nlohmann::json::sax_parse(text, &reader);
  SafetensorsHeader header = std::move(reader.header);
  for (const SafetensorsEntry& entry : header.tensors) check_size(entry, data_bytes);
  std::ranges::stable_sort(header.tensors, [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  check_places(header.tensors, data_bytes);
  return header;
}

}  // namespace invar::data
