// See packing.h.
#include "hdf5/packing.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

namespace invar::hdf5 {
namespace {

constexpr std::array kScales{"scale_factor", "add_offset"};
constexpr std::array kMissing{"_FillValue", "missing_value"};
constexpr std::array kLimits{"valid_min", "valid_max", "valid_range"};
constexpr const char* kUnsigned = "_Unsigned";
/// netCDF's defaults for what was never written, of all types but bytes, which have none. They are in HDF5's properties
/// alone; of those that others choose, as zero, nothing follows.
constexpr std::array kNeverWritten{9.9692099683868690e+36, -32767.0,     65535.0,
                                   -2147483647.0,          4294967295.0, -9223372036854775806.0,
                                   18446744073709551614.0};

bool has_attributes(const Dataset& dataset) {
  H5O_info_t info;
  return H5Oget_info2(dataset.id(), &info, H5O_INFO_NUM_ATTRS) < 0 || info.num_attrs > 0;
}

/// The value of what was never written, where it is one of netCDF's.
std::optional<double> default_fill(const Dataset& dataset) {
  const Handle creation(H5Dget_create_plist(dataset.id())), type(H5Dget_type(dataset.id()));
  H5D_fill_value_t kind = H5D_FILL_VALUE_UNDEFINED;
  double value = 0.0;
  if (H5Tget_size(type.id()) < 2 || H5Pfill_value_defined(creation.id(), &kind) < 0 ||
      kind != H5D_FILL_VALUE_USER_DEFINED || H5Pget_fill_value(creation.id(), H5T_NATIVE_DOUBLE, &value) < 0 ||
      std::ranges::find(kNeverWritten, value) == kNeverWritten.end())
    return std::nullopt;
  return value;
}

std::string text_of(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.17g", value);
  return text.data();
}

/// What the attributes say, in the numbers that a reader gets.
struct Meaning {
  struct Missing {
    std::string reason;
    double value;
  };
  std::vector<Missing> missing;
  double least = -std::numeric_limits<double>::infinity(), greatest = std::numeric_limits<double>::infinity();
  bool is_signed = true, is_unsigned = true;  // which of the two they may be taken for
};

Meaning meaning_of(const Dataset& dataset) {
  for (const char* name : kScales) {
    if (!dataset.has_attribute(name)) continue;
    const double neutral = name == kScales[0] ? 1.0 : 0.0;
    for (const double value : dataset.numbers_attribute(name))
      if (value != neutral)
        fail(dataset.place(), "holds packed numbers: its attribute '" + std::string(name) + "' is " + text_of(value) +
                                  "; store the numbers themselves, values * scale_factor + add_offset, without these " +
                                  "attributes");
  }
  // netCDF compares in the type that is stored.
  const Type type(Handle(checked(H5Dget_type(dataset.id()), dataset.place(), "cannot tell its type")));
  const bool narrow = dataset.kind() == Kind::floating && H5Tget_size(type.id()) <= sizeof(float);
  const auto stored = [narrow](double value) { return narrow ? double{static_cast<float>(value)} : value; };
  Meaning meaning;
  for (const char* name : kMissing)
    if (dataset.has_attribute(name))
      for (const double value : dataset.numbers_attribute(name))
        meaning.missing.push_back({"its attribute '" + std::string(name) + "'", stored(value)});
  if (const std::optional<double> fill = default_fill(dataset))
    meaning.missing.push_back({"netCDF's fill value", *fill});
  for (const char* name : kLimits) {
    if (!dataset.has_attribute(name)) continue;
    const std::vector<double> values = dataset.numbers_attribute(name);
    if (values.size() != (name == kLimits[2] ? 2U : 1U))
      fail(dataset.place(), "its attribute '" + std::string(name) + "' has " + std::to_string(values.size()) +
                                " values; give a least and a greatest one, or leave it out");
    if (name != kLimits[1]) meaning.least = std::max(meaning.least, stored(values.front()));
    if (name != kLimits[0]) meaning.greatest = std::min(meaning.greatest, stored(values.back()));
  }
  if (dataset.kind() == Kind::integer && dataset.has_attribute(kUnsigned)) {
    std::string text = dataset.text_attribute(kUnsigned);
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    (text == "true" ? meaning.is_signed : meaning.is_unsigned) = false;
  }
  if (!meaning.is_signed) meaning.least = std::max(meaning.least, 0.0);
  if (!meaning.is_unsigned && H5Tget_sign(type.id()) == H5T_SGN_NONE)
    meaning.greatest =
        std::min(meaning.greatest, std::ldexp(1.0, static_cast<int>(H5Tget_precision(type.id())) - 1) - 1);
  return meaning;
}

}  // namespace

bool says_of_its_numbers(const Dataset& dataset) {
  prepare_library();
  if (default_fill(dataset)) return true;
  if (!has_attributes(dataset)) return false;
  const auto has = [&](const char* name) { return dataset.has_attribute(name); };
  return std::ranges::any_of(kScales, has) || std::ranges::any_of(kMissing, has) || std::ranges::any_of(kLimits, has) ||
         has(kUnsigned);
}

template <Number T>
void expect_plain(const Dataset& dataset, std::int64_t first, std::span<const T> values) {
  if (!says_of_its_numbers(dataset)) return;
  const Meaning meaning = meaning_of(dataset);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<double>(values[i]);
    const auto fails = [&](const std::string& why) {
      fail(dataset.place(), "its element " + std::to_string(first + static_cast<std::int64_t>(i)) + " is " +
                                text_of(value) + ", " + why + "; replace it, or leave its sample out");
    };
    for (const Meaning::Missing& missing : meaning.missing)
      if (value == missing.value) fails("which by " + missing.reason + " is none");
    if (value < meaning.least || value > meaning.greatest)
      fails("which by its attributes valid_min, valid_max, valid_range or _Unsigned is none");
  }
}
template void expect_plain<double>(const Dataset&, std::int64_t, std::span<const double>);
template void expect_plain<float>(const Dataset&, std::int64_t, std::span<const float>);
template void expect_plain<std::int64_t>(const Dataset&, std::int64_t, std::span<const std::int64_t>);
template void expect_plain<std::int32_t>(const Dataset&, std::int64_t, std::span<const std::int32_t>);
template void expect_plain<std::uint8_t>(const Dataset&, std::int64_t, std::span<const std::uint8_t>);

}  // namespace invar::hdf5
