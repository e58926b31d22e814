#include "job/stored_job.h"

#include "error.h"
#include "hdf5/file.h"
#include "job/provenance.h"
#include "problem/program.h"
#include "record/plan.h"

namespace invar {
namespace {

void expect_same(const std::string& path, const hdf5::File& file, const std::string& attribute,
                 const std::string& here) {
  const std::string there = file.text_attribute(attribute);
  if (there != here)
    throw InputError("--resume: '" + path + "' was begun with " + attribute + " " + there + ", and this program has " +
                     here +
                     ", so its numbers could differ; resume with the program that began it, or run the job anew");
}

}  // namespace

std::string stored_configuration(const std::string& path, const Program& expected) {
  const hdf5::File file = hdf5::File::open(path);
  if (!file.has_attribute("schema") || !file.has_attribute("configuration"))
    throw InputError("--resume: '" + path + "' is no results file; give the one that was interrupted");
  if (const auto schema = file.attribute<std::int64_t>("schema"); schema != record::kSchema)
    throw InputError("--resume: '" + path + "' is of schema " + std::to_string(schema) + ", and this program writes " +
                     std::to_string(record::kSchema) + "; read what is in it, show " + path +
                     " --convert NEW.h5, and resume it with the version that "
                     "began it, or run the job anew");
  const std::string program = file.has_attribute("experiment") ? file.text_attribute("experiment") : "unknown";
  if (program != expected.name)
    throw InputError("--resume: '" + path + "' is a results file of " + program + ", not of " +
                     std::string(expected.name) + "; give the one that was interrupted");
  const record::FileDescription here = provenance({}, {});
  if (file.dataset("status").read_text().front() == to_string(record::FileStatus::finished))
    throw InputError("--resume: '" + path + "' is finished: nothing is left to be resumed");
  expect_same(path, file, "version", here.version);
  expect_same(path, file, "git_commit", here.git_commit);
  expect_same(path, file, "compiler", here.compiler);
  return file.text_attribute("configuration");
}

std::string other_processor(const std::string& path) {
  const std::string there = hdf5::File::open(path).text_attribute("processor");
  const std::string here = provenance({}, {}).processor;
  if (there == here) return "";
  return "it was begun on " + there + ", this is " + here +
         ": mathematical functions may round differently, so the last bits may not be those of one machine";
}

}  // namespace invar
