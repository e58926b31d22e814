// See checkpoint.h. A name of the archive is a dataset, or a group where it has members.
#include "record/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "error.h"
#include "record/seal.h"
#include "record/whole_file.h"

namespace invar::record {
namespace {

namespace fs = std::filesystem;

class FileArchive : public Archive {
 protected:
  explicit FileArchive(const hdf5::File& file) : file_(file) {}

  void open(std::string_view group) final { groups_.emplace_back(group); }
  void close() final { groups_.pop_back(); }

  std::string path(std::string_view name) const {
    std::string path;
    for (const std::string& group : groups_) path += "/" + group;
    return path.append("/").append(name);
  }

  const hdf5::File& file_;

 private:
  std::vector<std::string> groups_;
};

class Saving final : public FileArchive {
 public:
  explicit Saving(const hdf5::File& file) : FileArchive(file) {}
  bool loading() const override { return false; }

 private:
  std::int64_t size(std::string_view, std::int64_t size) override { return size; }
  void numbers(std::string_view name, double* values, std::int64_t count) override { write(name, values, count); }
  void numbers(std::string_view name, float* values, std::int64_t count) override { write(name, values, count); }
  void integers(std::string_view name, std::int64_t* values, std::int64_t count) override {
    write(name, values, count);
  }
  void text(std::string_view name, std::string& value) override { file_.write_text(path(name), {1}, {&value, 1}); }

  template <class T>
  void write(std::string_view name, const T* values, std::int64_t count) {
    file_.write<T>(path(name), {count}, {values, static_cast<std::size_t>(count)});
  }
};

class Loading final : public FileArchive {
 public:
  explicit Loading(const hdf5::File& file) : FileArchive(file) {}
  bool loading() const override { return true; }

 private:
  std::int64_t size(std::string_view name, std::int64_t) override { return file_.dataset(path(name)).size(); }
  void numbers(std::string_view name, double* values, std::int64_t count) override { read(name, values, count); }
  void numbers(std::string_view name, float* values, std::int64_t count) override { read(name, values, count); }
  void integers(std::string_view name, std::int64_t* values, std::int64_t count) override { read(name, values, count); }
  void text(std::string_view name, std::string& value) override {
    const std::vector<std::string> found = file_.dataset(path(name)).read_text();
    if (found.size() != 1) hdf5::fail(file_.dataset(path(name)).place(), "must hold one text");
    value = found.front();
  }

  template <class T>
  void read(std::string_view name, T* values, std::int64_t count) {
    const hdf5::Dataset dataset = file_.dataset(path(name));
    const std::vector<T> found = dataset.read<T>();
    if (static_cast<std::int64_t>(found.size()) != count)
      hdf5::fail(dataset.place(),
                 "holds " + std::to_string(found.size()) + " numbers where " + std::to_string(count) + " are needed");
    std::copy(found.begin(), found.end(), values);
  }
};

}  // namespace

Checkpoints::Checkpoints(const fs::path& results) {
  std::error_code error;
  const fs::path path = fs::weakly_canonical(results, error);  // beside the file itself, not beside a link to it
  folder_ = (error ? results : path).string() + ".checkpoints";
}

fs::path Checkpoints::file_of(std::size_t run) const {
  char name[32];
  std::snprintf(name, sizeof name, "%04zu.h5", run);
  return folder_ / name;
}

void Checkpoints::save(std::size_t run, bool to_disk, const List& list) {
  const std::lock_guard guard(mutex_);
  std::error_code error;
  fs::create_directory(folder_, error);
  if (error)
    throw InputError(folder_.string() + ": cannot be made a folder for checkpoints: " + error.message() +
                     ": choose another output");
  const auto fill = [&](const hdf5::File& file) {
    Saving archive(file);
    list(archive);
  };
  write_whole(file_of(run), to_disk, fill, seal);
}

bool Checkpoints::exists(std::size_t run) const {
  std::error_code ignored;
  return fs::exists(file_of(run), ignored);
}

bool Checkpoints::load(std::size_t run, const List& list) {
  const std::lock_guard guard(mutex_);
  if (!is_sealed(file_of(run))) return false;
  const hdf5::File file = hdf5::File::open(file_of(run));
  Loading archive(file);
  list(archive);
  return true;
}

void Checkpoints::remove() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace invar::record
