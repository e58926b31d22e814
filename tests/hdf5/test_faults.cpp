// What is wrong in a file is said with file, object and HDF5's own reason; HDF5 itself prints nothing.
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "error.h"
#include "hdf5/file.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar::hdf5;
using Catch::Contains;
using invar::InputError;
using invar::testing::message_of;
using invar::testing::TemporaryFolder;

namespace {

std::string reference(const std::string& name) {
  return std::string(INVAR_TESTS) + "/reference/" + name + ".h5";
}

}  // namespace

TEST_CASE("a file that is no complete HDF5 file is refused with the reason") {
  const TemporaryFolder folder;
  const std::string absent = (folder / "absent.h5").string();
  CHECK_THAT(message_of<InputError>([&] { File::open(absent); }), Contains(absent) && Contains("no such file"));
  CHECK_THAT(message_of<InputError>([&] { File::open(folder.path()); }), Contains("is a folder"));

  std::ofstream(folder / "text.h5") << "no HDF5\n";
  CHECK_THAT(message_of<InputError>([&] { File::open(folder / "text.h5"); }),
             Contains("text.h5") && Contains("file signature not found"));

  std::filesystem::copy_file(reference("SwiGLU"), folder / "cut.h5");
  std::filesystem::resize_file(folder / "cut.h5", 9000);
  CHECK_THAT(message_of<InputError>([&] { File::open(folder / "cut.h5"); }),
             Contains("cut.h5") && Contains("truncated file"));

  CHECK_THAT(message_of<InputError>([&] { File::create(folder / "absent" / "a.h5"); }),
             Contains("absent/a.h5") && Contains("No such file or directory"));
}

TEST_CASE("a missing or unfit object is named with its path") {
  const File file = File::open(reference("toy_abx"));
  CHECK_THAT(message_of<InputError>([&] { static_cast<void>(file.dataset("/data/z")); }),
             Contains("toy_abx.h5") && Contains("/data/z") && Contains("no such dataset"));
  CHECK_THAT(message_of<InputError>([&] { static_cast<void>(file.group("data").dataset("z")); }), Contains("/data/z"));
  CHECK_THAT(message_of<InputError>([&] { static_cast<void>(file.group("/data/x")); }),
             Contains("/data/x: is no group"));
  CHECK_THAT(message_of<InputError>([&] { static_cast<void>(file.dataset("/data")); }),
             Contains("/data: is no dataset"));
  CHECK_THAT(message_of<InputError>([&] { static_cast<void>(file.attribute<double>("T")); }),
             Contains("attribute 'T'") && Contains("HDF5:"));
  CHECK_THAT(message_of<InputError>([&] { static_cast<void>(file.attribute<double>("case")); }),
             Contains("attribute 'case'") && Contains("holds text where a number is needed"));
}

TEST_CASE("numbers are not read as what they are not") {
  const TemporaryFolder folder;
  const File file = File::create(folder / "a.h5");
  const Dataset floating = file.write<double>("floating", {1}, std::vector<double>{1.5});
  const Dataset whole = file.write<std::int64_t>("whole", {1}, std::vector<std::int64_t>{3});
  const Dataset text = file.write_text("text", {1}, std::vector<std::string>{"a"});
  const Type pair(Handle(H5Tcreate(H5T_COMPOUND, 16)));
  H5Tinsert(pair.id(), "r", 0, H5T_NATIVE_DOUBLE);
  H5Tinsert(pair.id(), "i", 8, H5T_NATIVE_DOUBLE);
  const Dataset complex = file.create_dataset("complex", pair, {1});

  CHECK(whole.read<double>() == std::vector<double>{3.0});
  CHECK_THAT(message_of<InputError>([&] { static_cast<void>(floating.read<std::int64_t>()); }),
             Contains("/floating: holds floating-point numbers where integers are needed"));
  CHECK_THAT(message_of<InputError>([&] { static_cast<void>(text.read<double>()); }), Contains("/text: holds text"));
  CHECK_THAT(message_of<InputError>([&] { static_cast<void>(whole.read_text()); }), Contains("/whole: holds integers"));
  CHECK_THAT(message_of<InputError>([&] { static_cast<void>(complex.read<double>()); }),
             Contains("/complex: holds neither numbers nor text"));
}

TEST_CASE("a failure is thrown, not printed") {
  const TemporaryFolder folder;
  std::ofstream(folder / "text.h5") << "no HDF5\n";
  const int saved = dup(STDERR_FILENO);
  const int captured = open((folder / "stderr").c_str(), O_RDWR | O_CREAT, 0600);
  dup2(captured, STDERR_FILENO);
  std::string message;
  try {
    File::open(folder / "text.h5");
  } catch (const InputError& error) {
    message = error.what();
  }
  dup2(saved, STDERR_FILENO);
  close(saved);
  close(captured);
  CHECK_FALSE(message.empty());
  CHECK(std::filesystem::file_size(folder / "stderr") == 0);
}
