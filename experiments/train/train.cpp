// train: trains nets by GD and SGD at their full size, and measures what becomes of every law of every layer.
#include "experiments/train/device_estimate.h"
#include "experiments/train/program.h"
#include "job/job.h"
#include "job/program_main.h"

int main(int argc, char** argv) {
  return invar::program_main(
      {invar::train_program(), invar::run_job, invar::resume_job, invar::print_dry_run, invar::print_device_estimate},
      argc, argv);
}
