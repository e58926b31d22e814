// CIFAR-10's binary files, plain or packed. Input: a byte of options, the length of a second file (two bytes), that
// file, the first file.
#include "data/cifar.h"
#include "tests/fuzz/image_options.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace invar;
  fuzz::Input input(bytes, size);
  const data::ImageOptions options = fuzz::image_options(input.byte());
  const auto second = fuzz::written("second.bin", input.take(input.word()));
  const auto first = fuzz::written("first.bin", input.rest());
  fuzz::ends_well([&] { fuzz::read_all(data::load_cifar({first, second}, options)); });
  fuzz::ends_well([&] { fuzz::read_all(data::load_cifar({first}, options)); });
  return 0;
}
