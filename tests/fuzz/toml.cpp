// Configuration files of `drift` and `train`, up to the ladder of runs; and what --print-config shows of one is read
// back to the same. Input: the text.
#include <cstdlib>

#include "experiments/drift/program.h"
#include "experiments/train/program.h"
#include "problem/ladder.h"
#include "problem/program.h"
#include "tests/fuzz/fuzz.h"

namespace invar {
namespace {

Configuration read(std::string_view text, const Program& program) {
  std::vector<std::string> problems;
  const Settings settings = read_toml(text, "job.toml", problems, key_table(program));
  return read_configuration({settings}, problems, program);
}

}  // namespace
}  // namespace invar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace invar;
  for (const Program* program : {&drift_program(), &train_program()})
    fuzz::ends_well([&] {
      const Configuration configuration = read(fuzz::text_of({bytes, size}), *program);
      const std::string shown = configuration.toml();
      if (read(shown, *program).toml() != shown) std::abort();
      run_count(ladder(configuration));
    });
  return 0;
}
