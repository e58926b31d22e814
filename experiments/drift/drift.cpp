// drift: trains blocks by gradient flow, GD and SGD, and measures what becomes of every law.
#include "experiments/drift/program.h"
#include "job/job.h"
#include "job/program_main.h"

int main(int argc, char** argv) {
  return invar::program_main({invar::drift_program(), invar::run_job, invar::resume_job, invar::print_dry_run, nullptr},
                             argc, argv);
}
