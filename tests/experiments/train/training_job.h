// Jobs of `train` in this process, and what they leave.
#pragma once

#include <sstream>

#include "experiments/train/program.h"
#include "experiments/train/study.h"
#include "job/command_line.h"
#include "job/job.h"
#include "tests/experiments/program.h"

namespace invar::testing {

inline Configuration training(const std::string& words, const Arguments& paths) {
  Arguments arguments = line("train " + words, paths);
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  return read_command_line(static_cast<int>(pointers.size()), pointers.data(), train_program()).configuration;
}

inline std::string run_training(const Configuration& configuration) {
  std::ostringstream out, messages;
  run_job(train_study(), configuration, {"train"}, out, messages, -1);
  return out.str();
}

inline std::vector<double> column(const hdf5::File& file, const std::string& name, int run = 0) {
  return RunView(file, run).column(name);
}

}  // namespace invar::testing
