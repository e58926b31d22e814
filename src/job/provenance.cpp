#include "job/provenance.h"

#include <fstream>

#include "invar_version.h"

namespace invar {
namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

record::FileDescription provenance(const Configuration& configuration, const std::vector<std::string>& command_line) {
  record::FileDescription description;
  description.version = INVAR_VERSION;
  description.git_commit = INVAR_COMMIT;
  description.command_line = joined(command_line);
  description.configuration = configuration.toml();
  description.compiler = "GCC " __VERSION__;
  description.processor = processor_name();
  description.more["backend"] = std::string(Configuration::name(configuration.backend));
  for (const Configuration::Precision precision : configuration.precision)
    description.precision += (description.precision.empty() ? "" : " ") + std::string(Configuration::name(precision));
  return description;
}

std::string version_text() {
  return "invar " INVAR_VERSION " (" INVAR_COMMIT "), GCC " __VERSION__ "\n";
}

}  // namespace invar
