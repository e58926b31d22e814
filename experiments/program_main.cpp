#include "experiments/program_main.h"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>

#include "error.h"
#include "experiments/chosen_models.h"
#include "experiments/command_line.h"
#include "experiments/provenance.h"
#include "experiments/signals.h"

namespace invar {
namespace {

constexpr int kUserError = 2;

int act(const ProgramJob& job, const Command& command, int argc, const char* const* argv) {
  using Action = Command::Action;
  switch (command.action) {
    case Action::help:
      std::cout << help_text(job.experiment);
      return EXIT_SUCCESS;
    case Action::version:
      std::cout << version_text();
      return EXIT_SUCCESS;
    case Action::list:
      std::cout << list_text(job.experiment);
      return EXIT_SUCCESS;
    case Action::print_config:
      std::cout << command.configuration.toml();
      return EXIT_SUCCESS;
    case Action::print_block:
      std::cout << block_texts(command.configuration);
      return EXIT_SUCCESS;
    case Action::dry_run:
      job.print_dry_run(std::cout, command.configuration);
      return EXIT_SUCCESS;
    case Action::resume:
      job.resume(command.configuration, std::cout, std::cerr, STDERR_FILENO);
      return interruption_exit_code();
    case Action::run:
      break;
  }
  job.run(command.configuration, {argv, argv + argc}, std::cout, std::cerr, STDERR_FILENO);
  return interruption_exit_code();
}

}  // namespace

int program_main(const ProgramJob& job, int argc, const char* const* argv) {
  const std::string program(name(job.experiment));
  try {
    const int code = act(job, read_command_line(argc, argv, job.experiment), argc, argv);
    if (!std::cout.flush()) {
      std::cerr << program << ": standard output cannot be written: what was printed there is not complete\n";
      return EXIT_FAILURE;
    }
    return code;
  } catch (const InputError& error) {
    std::cerr << program << ": " << error.what() << "\n";
    return kUserError;
  } catch (const std::bad_alloc&) {
    std::cerr << program << ": not enough memory for this job: choose smaller sizes, fewer samples, runs or records\n";
    return kUserError;
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}

}  // namespace invar
