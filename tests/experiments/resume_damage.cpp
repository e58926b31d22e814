// What a job saved and then is damaged, exchanged or edited: a resumed job ends with the numbers of one that was not
// interrupted, and says which runs begin anew.
#include <hdf5.h>

#include <functional>

#include "tests/experiments/program.h"

using namespace invar;
using namespace invar::testing;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

const std::string kBlock = "--model swiglu --set width=4 outputs=3 d=5 --data teacher --samples 96 ";
const std::string kJob =
    kBlock + "--method gd --time 5 --steps 0 --schedule constant --records 10 --checkpoint 1 --threads 1 ";
const std::string kSizes =
    "--step-size 0.01 0.02 1e-4 ";  // the last one takes a while: it is at work when it is killed

/// A job of three runs, two of which have ended, one is saved at a row; and the whole of it.
struct Interrupted {
  TemporaryFolder folder;
  fs::path whole = folder / "whole.h5", left = folder / "left.h5";

  Interrupted() {
    const std::string sizes = kSizes + "--output";
    REQUIRE(run_program(folder, line(kJob + sizes, {whole})).code == 0);
    Process program(folder, line(kJob + sizes, {left}));
    REQUIRE(program.reaches([&] { return fs::exists(saved(left, 2)); }));
    program.send(SIGKILL);
    program.wait();
    REQUIRE(RunView(hdf5::File::open(left), 2).status() == "running");
  }

  static fs::path saved(const fs::path& results, int run) {
    return results.string() + ".checkpoints/000" + std::to_string(run) + ".h5";
  }

  /// Damages a copy, resumes it, and compares: what was said.
  std::string resume(const std::function<void(const fs::path&)>& damage, const fs::path& wanted) const {
    const fs::path copy = folder / "copy.h5";
    for (const char* tail : {"", ".checkpoints"}) {
      fs::remove_all(copy.string() + tail);
      fs::copy(left.string() + tail, copy.string() + tail, fs::copy_options::recursive);
    }
    damage(copy);
    const Ended ended = run_program(folder, {"--resume", copy, "--threads", "1", "--quiet"});
    CAPTURE(ended.out, ended.err);
    CHECK(ended.code == 0);
    CHECK(differences(wanted, copy) == std::vector<std::string>{});
    return ended.out.substr(0, ended.out.find('\n'));
  }
};

void change_byte(const fs::path& path, std::uint64_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

/// The first number that a run has in a dataset of all three.
void change_number(const fs::path& path, int run, const std::string& name) {
  const hdf5::File file = hdf5::File::open(path);
  const hdf5::Dataset dataset = file.dataset(RunView(file, run).path() + "/" + name);
  const auto before = static_cast<std::uint64_t>(dataset.size() / 3 * 8 * run);
  change_byte(path, dataset.location()->begin + before + 6);
}

}  // namespace

TEST_CASE("a checkpoint that is damaged, of another run or of another job is not gone on from") {
  if (program_is_missing()) return;
  const Interrupted job;
  CHECK_THAT(job.resume([](const fs::path&) {}, job.whole),
             Contains("2 of 3 runs are done, 1 goes on from its row") && !Contains("anew"));
  const auto anew = [&](int runs, const std::function<void(const fs::path&)>& damage) {
    CHECK_THAT(job.resume(damage, job.whole), Contains(std::to_string(runs) + " of them anew, for what was saved"));
  };
  for (const int run : {0, 2})
    for (const double part : {0.0, 0.3, 0.6, 0.95}) {
      CAPTURE(run, part);
      anew(1, [&](const fs::path& copy) {
        const fs::path file = Interrupted::saved(copy, run);
        change_byte(file, static_cast<std::uint64_t>(part * static_cast<double>(fs::file_size(file))));
      });
    }
  anew(1, [](const fs::path& copy) { fs::resize_file(Interrupted::saved(copy, 2), 3000); });
  anew(2, [](const fs::path& copy) {
    fs::rename(Interrupted::saved(copy, 0), Interrupted::saved(copy, 7));
    fs::rename(Interrupted::saved(copy, 1), Interrupted::saved(copy, 0));
    fs::rename(Interrupted::saved(copy, 7), Interrupted::saved(copy, 1));
  });
}

TEST_CASE("rows, starts and ends that were changed in the results are computed again") {
  if (program_is_missing()) return;
  const Interrupted job;
  const std::vector<std::pair<int, std::string>> changes{
      {0, "start/W"}, {0, "end/W"}, {0, "value"}, {2, "start/W"}, {2, "loss"}};
  for (const auto& [run, name] : changes) {
    CAPTURE(run, name);
    CHECK_THAT(
        job.resume([&, run = run, name = name](const fs::path& copy) { change_number(copy, run, name); }, job.whole),
        Contains("1 of them anew"));
  }
}

TEST_CASE("names that were changed in the results are refused") {
  if (program_is_missing()) return;
  const Interrupted job;
  change_number(job.left, 1, "step_size");
  const Ended ended = run_program(job.folder, {"--resume", job.left, "--quiet"});
  CHECK(ended.code == 2);
  CHECK_THAT(ended.err, Contains("/swiglu/step_size: what it holds is not what the configuration"));
}

TEST_CASE("a job whose configuration was changed in its file is the job of that configuration in the end") {
  if (program_is_missing()) return;
  const Interrupted job;
  const fs::path other = job.folder / "other.h5";
  REQUIRE(run_program(job.folder, line(kJob + kSizes + "--max-gradients 40 --output", {other})).code == 0);
  const std::string said = job.resume(
      [](const fs::path& copy) {
        std::string text = hdf5::File::open(copy).text_attribute("configuration");
        const std::string key = "max-gradients = ";
        const std::size_t begin = text.find(key) + key.size();
        text.replace(begin, text.find('\n', begin) - begin, "40");
        const hid_t file = H5Fopen(copy.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
        H5Adelete(file, "configuration");
        hdf5::Object(hdf5::Handle(H5Gopen2(file, "/", H5P_DEFAULT)), {copy.string(), "/"})
            .set_attribute("configuration", text);
        H5Fclose(file);
      },
      other);
  CHECK_THAT(said, Contains("3 of them anew") && Contains("the configuration in the file"));
}
