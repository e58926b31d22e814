// See number_format.h.
#include "hdf5/number_format.h"

namespace invar::hdf5 {
namespace {

bool fits(hid_t type) {
  const std::size_t bits = H5Tget_precision(type);
  const int begin = H5Tget_offset(type);
  return bits > 0 && begin >= 0 && static_cast<std::size_t>(begin) + bits <= 8 * H5Tget_size(type);
}

/// A sign, an exponent and a fraction behind each other, the exponent's bias half of its range: IEEE's formats,
/// bfloat16 and x87's.
bool is_floating(hid_t type) {
  std::size_t sign = 0, exponent = 0, exponent_bits = 0, fraction = 0, fraction_bits = 0;
  if (H5Tget_fields(type, &sign, &exponent, &exponent_bits, &fraction, &fraction_bits) < 0) return false;
  return exponent_bits >= 2 && exponent_bits <= 15 && fraction + fraction_bits == exponent &&
         exponent + exponent_bits == sign && sign - fraction + 1 == H5Tget_precision(type) &&
         H5Tget_ebias(type) == (std::size_t{1} << (exponent_bits - 1)) - 1;
}

}  // namespace

void expect_number_format(const Dataset& dataset) {
  const Type type(Handle(checked(H5Dget_type(dataset.id()), dataset.place(), "cannot tell its type")));
  const bool floating = dataset.kind() == Kind::floating;
  if ((floating || dataset.kind() == Kind::integer) && (!fits(type.id()) || (floating && !is_floating(type.id()))))
    fail(dataset.place(), "holds numbers of a format that is not known: the file is damaged; get a complete copy");
}

}  // namespace invar::hdf5
