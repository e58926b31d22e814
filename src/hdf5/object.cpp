// See object.h.
#include "hdf5/object.h"

#include "hdf5/strings.h"

namespace invar::hdf5 {
namespace {

Place attribute_place(const Place& place, const std::string& name) {
  return {place.file, place.object + ": attribute '" + name + "'"};
}

struct OpenAttribute {
  Handle handle;
  Place place;
  Type type;
};

OpenAttribute open_attribute(const Object& object, const std::string& name) {
  prepare_library();
  const Place place = attribute_place(object.place(), name);
  Handle handle(checked(H5Aopen(object.id(), name.c_str(), H5P_DEFAULT), place, "cannot open it"));
  Type type(Handle(checked(H5Aget_type(handle.id()), place, "cannot tell its type")));
  return {std::move(handle), place, std::move(type)};
}

/// Number of its elements.
std::size_t size_of(const OpenAttribute& opened) {
  const Space space(Handle(checked(H5Aget_space(opened.handle.id()), opened.place, "cannot tell its shape")));
  return static_cast<std::size_t>(
      checked(H5Sget_simple_extent_npoints(space.id()), opened.place, "cannot tell its size"));
}

/// Opens an attribute of one element.
OpenAttribute open_single(const Object& object, const std::string& name) {
  OpenAttribute opened = open_attribute(object, name);
  if (size_of(opened) != 1) fail(opened.place, "must hold one value");
  return opened;
}

void expect_numbers(const OpenAttribute& opened, bool integers) {
  const Kind kind = kind_of(opened.type.id());
  if (kind == Kind::text || kind == Kind::other || (kind == Kind::floating && integers))
    fail(opened.place,
         "holds " + std::string(to_string(kind)) + " where " + (integers ? "an integer" : "a number") + " is needed");
}

void write_attribute(const Object& object, const std::string& name, const Type& type, const void* value) {
  prepare_library();
  const Place place = attribute_place(object.place(), name);
  const Space scalar(Shape{});
  const Handle attribute(
      checked(H5Acreate2(object.id(), name.c_str(), type.id(), scalar.id(), H5P_DEFAULT, H5P_DEFAULT), place,
              "cannot create it"));
  checked(H5Awrite(attribute.id(), type.id(), value), place, "cannot write it");
}

}  // namespace

bool Object::has_attribute(const std::string& name) const {
  prepare_library();
  return checked(H5Aexists(id(), name.c_str()), place_, "cannot look up its attributes") > 0;
}

std::vector<std::string> Object::attribute_names() const {
  prepare_library();
  std::vector<std::string> names;
  const auto keep = [](hid_t, const char* name, const H5A_info_t*, void* result) -> herr_t {
    static_cast<std::vector<std::string>*>(result)->emplace_back(name);
    return 0;
  };
  hsize_t position = 0;
  checked(H5Aiterate2(id(), H5_INDEX_NAME, H5_ITER_INC, &position, keep, &names), place_, "cannot list its attributes");
  return names;
}

template <Number T>
T Object::attribute(const std::string& name) const {
  const OpenAttribute opened = open_single(*this, name);
  expect_numbers(opened, std::is_integral_v<T>);
  T value{};
  checked(H5Aread(opened.handle.id(), Type::of<T>().id(), &value), opened.place, "cannot read it");
  return value;
}
template double Object::attribute<double>(const std::string&) const;
template float Object::attribute<float>(const std::string&) const;
template std::int64_t Object::attribute<std::int64_t>(const std::string&) const;
template std::int32_t Object::attribute<std::int32_t>(const std::string&) const;
template std::uint8_t Object::attribute<std::uint8_t>(const std::string&) const;

std::string Object::text_attribute(const std::string& name) const {
  const OpenAttribute opened = open_single(*this, name);
  if (kind_of(opened.type.id()) != Kind::text) {
    fail(opened.place, "holds " + std::string(to_string(kind_of(opened.type.id()))) + " where text is needed");
  }
  const auto read = [&](hid_t type, void* buffer) { return H5Aread(opened.handle.id(), type, buffer); };
  return read_strings(opened.type, Space(Shape{}), 1, opened.place, read).front();
}

std::vector<double> Object::numbers_attribute(const std::string& name) const {
  const OpenAttribute opened = open_attribute(*this, name);
  expect_numbers(opened, false);
  std::vector<double> values(size_of(opened));
  if (!values.empty())
    checked(H5Aread(opened.handle.id(), Type::of<double>().id(), values.data()), opened.place, "cannot read it");
  return values;
}

void Object::set_attribute(const std::string& name, double value) const {
  write_attribute(*this, name, Type::of<double>(), &value);
}

void Object::set_attribute(const std::string& name, std::int64_t value) const {
  write_attribute(*this, name, Type::of<std::int64_t>(), &value);
}

void Object::set_attribute(const std::string& name, std::string_view text) const {
  const std::string terminated(text);
  const char* const pointer = terminated.c_str();
  write_attribute(*this, name, Type::variable_text(), &pointer);
}

}  // namespace invar::hdf5
