// See filters.h.
#include "hdf5/filters.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace invar::hdf5 {
namespace {

struct Registered {
  H5Z_filter_t number;
  std::string_view name;
};

/// The HDF Group's list of registered filters, those that are met.
constexpr std::array kRegistered{
    Registered{4, "szip"},    Registered{307, "bzip2"},        Registered{32000, "lzf"},    Registered{32001, "blosc"},
    Registered{32004, "lz4"}, Registered{32008, "bitshuffle"}, Registered{32013, "zfp"},    Registered{32015, "zstd"},
    Registered{32017, "sz"},  Registered{32024, "sz3"},        Registered{32026, "blosc2"},
};

}  // namespace

std::string missing_filter(hid_t dataset) {
  const Handle creation(H5Dget_create_plist(dataset));
  const int filters = H5Pget_nfilters(creation.id());
  for (int i = 0; i < filters; ++i) {
    std::array<char, 64> text{};
    unsigned flags = 0, configuration = 0;
    std::size_t values = 0;
    const H5Z_filter_t number = H5Pget_filter2(creation.id(), static_cast<unsigned>(i), &flags, &values, nullptr,
                                               text.size(), text.data(), &configuration);
    if (number < 0 || H5Zfilter_avail(number) > 0) continue;
    const auto known = std::ranges::find(kRegistered, number, &Registered::number);
    const std::string name(known != kRegistered.end() ? known->name : std::string_view(text.data()));
    return "is packed with " + (name.empty() ? "an unnamed filter" : name) + " (filter " + std::to_string(number) +
           "), which this program cannot unpack; store it with compression=\"gzip\", or unpack the file where the "
           "filter " +
           "is known: h5repack -f NONE OLD.h5 NEW.h5";
  }
  return "";
}

}  // namespace invar::hdf5
