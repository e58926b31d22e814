// drift: trains blocks by gradient flow, GD and SGD, and measures what becomes of every law.
#include "experiments/drift/program.h"
#include "experiments/drift/study.h"
#include "job/program_of_runs.h"

int main(int argc, char** argv) {
  return invar::program_main(invar::program_of_runs<invar::drift_study>(invar::drift_program()), argc, argv);
}
