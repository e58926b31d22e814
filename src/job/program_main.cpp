#include "job/program_main.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "backend/cuda/device_executor.h"
#include "error.h"
#include "job/command_line.h"
#include "job/guarded_main.h"
#include "job/provenance.h"
#include "job/signals.h"
#include "problem/chosen_models.h"
#include "problem/parameter_list.h"
#include "problem/unit_text.h"

namespace invar {
namespace {

/// Before anything is read or written.
void require_backend(const Command& command) {
  const Backend backend = command.configuration.backend;
  if (backend == Backend::host) return;
  const std::string why = cuda::cuda_unavailable();
  if (why.empty()) return;
  throw InputError("backend: '" + std::string(Configuration::name(backend)) + "' cannot run here: " + why +
                   (command.action == Command::Action::resume
                        ? "; resume the job where it can, or begin it anew with --backend host"
                        : "; use --backend host, or a machine with an NVIDIA GPU, its driver and CUDA 13's cuBLAS"));
}

int act(const ProgramJob& job, const Command& command, int argc, const char* const* argv) {
  using Action = Command::Action;
  switch (command.action) {
    case Action::help:
      std::cout << help_text(job.program);
      return EXIT_SUCCESS;
    case Action::version:
      std::cout << version_text();
      return EXIT_SUCCESS;
    case Action::list:
      std::cout << list_text(job.program);
      return EXIT_SUCCESS;
    case Action::print_config:
      std::cout << command.configuration.toml();
      return EXIT_SUCCESS;
    case Action::print_block:
      std::cout << block_texts(command.configuration);
      return EXIT_SUCCESS;
    case Action::print_parameters:
      print_parameters(std::cout, command.configuration);
      return EXIT_SUCCESS;
    case Action::dry_run:
      job.print_dry_run(std::cout, command.configuration);
      return EXIT_SUCCESS;
    case Action::plan:
      job.print_plan(std::cout, command.configuration);
      return EXIT_SUCCESS;
    case Action::resume:
      require_backend(command);
      return exit_code(job.resume(command.configuration, std::cout, std::cerr, STDERR_FILENO),
                       command.configuration.strict);
    case Action::run:
      break;
  }
  require_backend(command);
  return exit_code(job.run(command.configuration, {argv, argv + argc}, std::cout, std::cerr, STDERR_FILENO),
                   command.configuration.strict);
}

}  // namespace

int program_main(const ProgramJob& job, int argc, const char* const* argv) {
  keep_signals_of_writing();
  return guarded_main(job.program.name,
                      [&] { return act(job, read_command_line(argc, argv, job.program), argc, argv); });
}

}  // namespace invar
