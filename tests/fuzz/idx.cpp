// Images and labels in IDX, plain or packed. Input: a byte of options, the length of the labels' file (two bytes), that
// file, the images' file.
#include "data/idx.h"
#include "tests/fuzz/image_options.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace invar;
  fuzz::Input input(bytes, size);
  const data::ImageOptions options = fuzz::image_options(input.byte());
  const auto labels = fuzz::written("labels", input.take(input.word()));
  const auto images = fuzz::written("images", input.rest());
  fuzz::ends_well([&] { fuzz::read_all(data::load_idx(images, labels, options)); });
  return 0;
}
