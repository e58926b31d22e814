// An archive in memory. One name can be left out when it is loaded: what was listed there then keeps the value that a
// start gives it.
#pragma once

#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "archive.h"
#include "error.h"

namespace invar::testing {

struct Entry {
  std::int64_t count = 0;
  std::vector<std::byte> bytes;
  bool operator==(const Entry&) const = default;
};
using Entries = std::map<std::string, Entry>;

class MemoryArchive final : public Archive {
 public:
  MemoryArchive() : loading_(false) {}
  explicit MemoryArchive(Entries stored, std::string left_out = {})
      : loading_(true), left_out_(std::move(left_out)), entries_(std::move(stored)) {}

  bool loading() const override { return loading_; }
  const Entries& entries() const { return entries_; }

 protected:
  std::int64_t size(std::string_view name, std::int64_t size) override {
    return !loading_ || place(name) == left_out_ ? size : entry(name).count;
  }
  void numbers(std::string_view name, double* values, std::int64_t count) override { bytes(name, values, count); }
  void numbers(std::string_view name, float* values, std::int64_t count) override { bytes(name, values, count); }
  void integers(std::string_view name, std::int64_t* values, std::int64_t count) override {
    bytes(name, values, count);
  }
  void text(std::string_view name, std::string& value) override {
    value.resize(static_cast<std::size_t>(size(name, static_cast<std::int64_t>(value.size()))));
    bytes(name, value.data(), static_cast<std::int64_t>(value.size()));
  }
  void open(std::string_view group) override { path_.push_back(std::string(group) + "/"); }
  void close() override { path_.pop_back(); }

 private:
  std::string place(std::string_view name) const {
    std::string whole;
    for (const std::string& group : path_) whole += group;
    return whole.append(name);
  }
  const Entry& entry(std::string_view name) const {
    const auto found = entries_.find(place(name));
    if (found == entries_.end()) throw InputError("the archive has no " + place(name));
    return found->second;
  }
  template <class T>
  void bytes(std::string_view name, T* values, std::int64_t count) {
    const std::size_t size = static_cast<std::size_t>(count) * sizeof(T);
    if (!loading_) {
      const auto* first = reinterpret_cast<const std::byte*>(values);
      if (!entries_.emplace(place(name), Entry{count, {first, first + size}}).second)
        throw std::logic_error(place(name) + " is listed twice");
    } else if (place(name) != left_out_) {
      if (entry(name).bytes.size() != size) throw std::logic_error(place(name) + " has another size");
      if (size > 0) std::memcpy(values, entry(name).bytes.data(), size);
    }
  }

  bool loading_;
  std::string left_out_;
  Entries entries_;
  std::vector<std::string> path_;
};

}  // namespace invar::testing
