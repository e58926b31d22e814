// What HDF5 1.10.8 itself does wrong with damaged files, and what is asked of us all the same: see README.md.
#pragma once

#include <hdf5.h>

#include <cstdio>
#include <cstdlib>

// It loses memory of what it cannot decode. (Not inline: nobody here calls these.)
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libhdf5_serial\n";
}
extern "C" const char* __lsan_default_options() {
  return "print_suppressions=0";
}

namespace invar::fuzz {

/// Nothing that was opened stays open.
inline void expect_all_closed() {
  const ssize_t open = H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL);
  if (open <= 0) return;
  std::fprintf(stderr, "%zd objects of HDF5 are still open\n", open);
  std::abort();
}

}  // namespace invar::fuzz
