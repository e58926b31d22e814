// train: trains nets by GD and SGD at their full size, and measures what becomes of every law of every layer.
#include "experiments/train/device_estimate.h"
#include "experiments/train/program.h"
#include "experiments/train/study.h"
#include "job/program_of_runs.h"

int main(int argc, char** argv) {
  invar::ProgramJob job = invar::program_of_runs<invar::train_study>(invar::train_program());
  job.print_plan = invar::print_device_estimate;
  return invar::program_main(job, argc, argv);
}
