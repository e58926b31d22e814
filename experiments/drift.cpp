// drift: trains blocks by gradient flow, GD and SGD, and measures what becomes of every law.
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>

#include "error.h"
#include "experiments/chosen_models.h"
#include "experiments/command_line.h"
#include "experiments/job.h"
#include "experiments/signals.h"

namespace {

constexpr int kUserError = 2;

int act(const invar::Command& command, int argc, const char* const* argv) {
  using Action = invar::Command::Action;
  switch (command.action) {
    case Action::help:
      std::cout << invar::help_text();
      return EXIT_SUCCESS;
    case Action::version:
      std::cout << invar::version_text();
      return EXIT_SUCCESS;
    case Action::list:
      std::cout << invar::list_text();
      return EXIT_SUCCESS;
    case Action::print_config:
      std::cout << command.configuration.toml();
      return EXIT_SUCCESS;
    case Action::print_block:
      std::cout << invar::block_texts(command.configuration);
      return EXIT_SUCCESS;
    case Action::dry_run:
      invar::print_dry_run(std::cout, command.configuration);
      return EXIT_SUCCESS;
    case Action::run:
      break;
  }
  invar::run_job(command.configuration, {argv, argv + argc}, std::cout, std::cerr, STDERR_FILENO);
  return invar::interruption_exit_code();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int code = act(invar::read_command_line(argc, argv), argc, argv);
    if (!std::cout.flush()) {
      std::cerr << "drift: standard output cannot be written: what was printed there is not complete\n";
      return EXIT_FAILURE;
    }
    return code;
  } catch (const invar::InputError& error) {
    std::cerr << "drift: " << error.what() << "\n";
    return kUserError;
  } catch (const std::bad_alloc&) {
    std::cerr << "drift: not enough memory for this job: choose smaller sizes, fewer samples, runs or records\n";
    return kUserError;
  } catch (const std::exception& error) {
    std::cerr << "drift: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
