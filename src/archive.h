// The state of an object, named piece by piece: one function of the object lists its members, and serves to save and to
// load. Only what cannot be computed again is listed; scratch is not. src/record/checkpoint.h keeps an archive in a
// file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace invar {

class Archive {
 public:
  Archive() = default;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  virtual ~Archive() = default;

  /// True: the members take the archive's values. They throw InputError where a name is missing.
  virtual bool loading() const = 0;

  void operator()(std::string_view name, double& value) { numbers(name, &value, 1); }
  void operator()(std::string_view name, float& value) { numbers(name, &value, 1); }
  void operator()(std::string_view name, std::string& value) { text(name, value); }
  template <class T>
  requires std::is_integral_v<T> || std::is_enum_v<T>
  void operator()(std::string_view name, T& value) {
    auto wide = static_cast<std::int64_t>(value);
    integers(name, &wide, 1);
    value = static_cast<T>(wide);
  }
  /// A vector of numbers, of the standard library or Eigen's; it takes the archive's size.
  template <class Vector>
  requires requires(Vector& v) {
    v.data(), v.resize(1), v.size();
  } &&(!std::is_same_v<Vector, std::string>)void operator()(std::string_view name, Vector& values) {
    using Size = decltype(values.size());
    values.resize(static_cast<Size>(size(name, static_cast<std::int64_t>(values.size()))));
    if constexpr (std::is_floating_point_v<std::remove_reference_t<decltype(*values.data())>>) {
      numbers(name, values.data(), static_cast<std::int64_t>(values.size()));
    } else {
      integers(name, values.data(), static_cast<std::int64_t>(values.size()));
    }
  }

  /// An object that lists its own state: that lies under `name`.
  template <class Object>
  requires requires(Object& object, Archive& archive) { object.archive(archive); }
  void operator()(std::string_view name, Object& object) {
    const Group group(*this, name);
    object.archive(*this);
  }

  /// What is listed while it lives lies under `name`.
  class Group {
   public:
    Group(Archive& archive, std::string_view name) : archive_(archive) { archive_.open(name); }
    ~Group() { archive_.close(); }
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;

   private:
    Archive& archive_;
  };

 protected:
  /// Saving: `size` itself. Loading: that of the stored vector.
  virtual std::int64_t size(std::string_view name, std::int64_t size) = 0;
  virtual void numbers(std::string_view name, double* values, std::int64_t count) = 0;
  virtual void numbers(std::string_view name, float* values, std::int64_t count) = 0;
  virtual void integers(std::string_view name, std::int64_t* values, std::int64_t count) = 0;
  virtual void text(std::string_view name, std::string& value) = 0;
  virtual void open(std::string_view group) = 0;
  virtual void close() = 0;
};

}  // namespace invar
