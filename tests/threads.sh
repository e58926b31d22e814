#!/usr/bin/env bash
# What several threads do at once, under ThreadSanitizer: threads.sh FOLDER, the folder of the preset `tsan`. Runs of a
# job side by side, chunks of a batch, checkpoints, an interruption, a comparison of methods, a device's double; and the
# tests of what threads share. Ends with an error at the first race.
set -euo pipefail
programs=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# Clang's OpenMP tells the sanitizer, through archer, what its barriers order; of GCC's it knows nothing and takes every
# loop for a race. Libraries that were built without the sanitizer are not looked into.
OMP_TOOL_LIBRARIES=$(clang++ -print-file-name=libarcher.so)
export OMP_TOOL_LIBRARIES TSAN_OPTIONS="ignore_noninstrumented_modules=1 halt_on_error=1 exitcode=66 ${TSAN_OPTIONS:-}"

step() {  # WHAT COMMAND...
  echo "== $1"
  "${@:2}" > log 2>&1 || { cat log; exit 1; }
}

small=(--model swiglu attention --samples 32 --time 0.1 --rtol 1e-4 1e-6 --step-size 0.02 0.01 --quiet --force)
step "runs side by side" "$programs/drift" "${small[@]}" --sampling-seeds 1 2 --checkpoint 2 --threads 4 --output a.h5
step "chunks of a batch" "$programs/drift" --model swiglu --method gd --samples 256 --time 0.1 --step-size 0.02 \
  --threads 3 --quiet --output b.h5
step "a comparison of methods" "$programs/accuracy" --model swiglu --samples 16 --time 0.1 --threads 4 --quiet \
  --output c.h5

interrupted() {
  "$programs/drift" "${small[@]}" --time 50 --checkpoint 1 --threads 4 --output d.h5 &
  sleep 5
  kill -TERM $!
  code=0
  wait $! || code=$?
  test $code = 75 || test $code = 143
}
step "an interruption" interrupted

net=(--model vit --data fashion-mnist --samples 64 --set layers=1 width=8 hidden=6 heads=2 patch=7 --batch 32 --steps 6
  --every 2 --seeds 1 2 --step-size 0.05 0.02 --quiet)
step "trainings side by side" "$programs/train" "${net[@]}" --threads 4 --output e.h5
step "a device's double" "$programs/tests/train_on_double" "${net[@]}" --backend cuda --threads 4 --output f.h5

tests=$programs/tests
step "tests of chunks" "$tests/test_backend" "a full batch*,a batch has*,a sample that cannot be read*,wide blocks*"
step "tests of files" "$tests/test_record" "runs that several threads*,a checkpoint gives*"
step "tests of the spool" "$tests/test_data" "what is put down*"
echo "no race"
