// Problem files, and all else that is read out of HDF5 files of others: samples, images, weights. Input: the file.
#include "data/source.h"
#include "data/tables.h"
#include "data/weight_file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hdf5_library.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace invar;
  const auto file = fuzz::written("problem.h5", {bytes, size});
  fuzz::ends_well([&] { fuzz::read_all(data::load_problem(file).samples); });
  fuzz::ends_well([&] { fuzz::read_all(data::load(file, {})); });
  fuzz::ends_well([&] { data::load_weight_file(file); });
  fuzz::expect_all_closed();
  return 0;
}
