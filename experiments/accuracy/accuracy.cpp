// accuracy: what integrators cost on a gradient flow, in gradients and seconds, how near they come to it, and what
// becomes of the laws.
#include "experiments/accuracy/job.h"
#include "experiments/accuracy/program.h"
#include "job/program_main.h"

int main(int argc, char** argv) {
  return invar::program_main(
      {invar::accuracy_program(), invar::run_accuracy_job, nullptr, invar::print_accuracy_dry_run, nullptr}, argc,
      argv);
}
