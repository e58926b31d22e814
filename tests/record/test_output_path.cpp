// Where the output lands when its name is that of a link.
#include <catch2/catch.hpp>

#include "error.h"
#include "record/output_path.h"
#include "tests/hdf5/temporary_folder.h"
#include "tests/record/example.h"

using namespace invar::record;
using namespace invar::testing;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

void write_to(const fs::path& output) {
  const auto file = ResultsFile::create(output, true, example_file(), example_groups());
  file->close(FileStatus::finished);
}

}  // namespace

TEST_CASE("through a link, and a link to a link, to a file that is not there yet, the data land at its target") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "disk");
  fs::create_symlink("disk/data.h5", folder / "relative.h5");
  fs::create_symlink(folder / "disk/other.h5", folder / "absolute.h5");
  fs::create_symlink("relative.h5", folder / "twice.h5");
  for (const auto& [link, target] : {std::pair{"relative.h5", "disk/data.h5"}, {"absolute.h5", "disk/other.h5"}}) {
    CAPTURE(link);
    CHECK(prepared_output(folder / link) == fs::canonical(folder / "disk") / fs::path(target).filename());
    write_to(folder / link);
    CHECK(fs::is_symlink(folder / link));
    CHECK(fs::is_regular_file(fs::symlink_status(folder / target)));
  }
  fs::remove(folder / "disk/data.h5");
  write_to(folder / "twice.h5");
  CHECK(fs::is_symlink(folder / "twice.h5"));
  CHECK(fs::is_symlink(folder / "relative.h5"));
  CHECK(fs::exists(folder / "disk/data.h5"));
}

TEST_CASE("a link into a folder that is not there, or in a circle, is refused by name") {
  const TemporaryFolder folder;
  fs::create_symlink("unmounted/data.h5", folder / "link.h5");
  CHECK_THROWS_WITH(prepared_output(folder / "link.h5"), Contains("link.h5") && Contains("unmounted"));
  CHECK_FALSE(fs::exists(folder / "unmounted"));
  fs::create_symlink("b.h5", folder / "a.h5");
  fs::create_symlink("a.h5", folder / "b.h5");
  CHECK_THROWS_WITH(prepared_output(folder / "a.h5"), Contains("circle"));
}
