#include "experiments/show/old_file.h"

#include "error.h"
#include "problem/block_library.h"
#include "tensor/outline.h"

namespace invar {

std::vector<std::string> old_texts(const hdf5::Dataset& dataset) {
  std::vector<std::string> texts = dataset.read_text();
  if (H5Tget_size(hdf5::Handle(H5Dget_type(dataset.id())).id()) != 1) return texts;
  if (texts.empty() || dataset.shape().empty()) return texts;
  const auto width = static_cast<std::size_t>(dataset.shape().back());
  std::vector<std::string> joined(texts.size() / width);
  for (std::size_t i = 0; i < texts.size(); ++i) joined[i / width] += texts[i];
  return joined;
}

record::Attributes old_attributes(const hdf5::Object& object) {
  record::Attributes attributes;
  for (const std::string& name : object.attribute_names()) {
    const hdf5::Handle attribute(H5Aopen(object.id(), name.c_str(), H5P_DEFAULT));
    switch (hdf5::kind_of(hdf5::Handle(H5Aget_type(attribute.id())).id())) {
      case hdf5::Kind::text:
        attributes[name] = object.text_attribute(name);
        break;
      case hdf5::Kind::integer:
        attributes[name] = object.attribute<std::int64_t>(name);
        break;
      case hdf5::Kind::floating:
        attributes[name] = object.attribute<double>(name);
        break;
      default:
        break;
    }
  }
  return attributes;
}

record::FileDescription old_description(const hdf5::File& file) {
  record::FileDescription description;
  description.more = old_attributes(file);
  description.more.erase("schema");
  const auto take = [&](const char* name) {
    const auto found = description.more.find(name);
    if (found == description.more.end()) return std::string();
    std::string text = std::get<std::string>(found->second);
    description.more.erase(found);
    return text;
  };
  description.version = take("version");
  description.git_commit = take("git_commit");
  description.command_line = take("command_line");
  description.configuration = take("configuration");
  description.compiler = take("compiler");
  description.processor = take("processor");
  description.precision = take("precision");
  description.date = take("date");
  description.more["converted"] = std::string("from schema 1");
  return description;
}

std::map<std::string, std::vector<std::string>> old_axes(const record::Attributes& attributes) {
  std::map<std::string, std::vector<std::string>> axes;
  const auto text = attributes.find("block");
  if (text == attributes.end()) return axes;
  try {
    axes = outline(std::get<std::string>(text->second), "the block's text", built_in_blocks()).axes();
  } catch (const InputError&) {  // of a version whose notation was another
  }
  return axes;
}

}  // namespace invar
