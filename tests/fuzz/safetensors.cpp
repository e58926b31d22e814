// Weights: a file, told by its content, or an index of shards. Input: the length of an index (two bytes; 0: there is
// none), the index, the file, which is the shards a.safetensors and b.safetensors, too.
#include "data/safetensors.h"
#include "data/sharded_safetensors.h"
#include "data/weight_file.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace invar;
  fuzz::Input input(bytes, size);
  const auto index_bytes = input.take(input.word());
  const auto file_bytes = input.rest();
  const auto file = fuzz::written("a.safetensors", file_bytes);
  fuzz::ends_well([&] { data::load_weight_file(file); });
  if (index_bytes.empty()) return 0;
  fuzz::written("b.safetensors", file_bytes);
  const auto index = fuzz::written("model.safetensors.index.json", index_bytes);
  fuzz::ends_well([&] { data::load_sharded_safetensors(index); });
  return 0;
}
