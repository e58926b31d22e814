#!/usr/bin/env bash
# Fuzzes every target in turn: run.sh FOLDER SECONDS [TARGET ...]. FOLDER has the programs; new inputs go to its
# corpus/, what is found to findings/, what libFuzzer says to log/. SECONDS are for all targets together. Ends with 1
# where something is found; what HDF5 itself stumbles over is set aside (findings/libhdf5) and the target goes on.
set -euo pipefail
programs=$(realpath "$1") seconds=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
targets=("$@")
test ${#targets[@]} -gt 0 || mapfile -t targets < <(basename -s .cpp "$here"/*.cpp)
each=$((seconds / ${#targets[@]} > 1 ? seconds / ${#targets[@]} : 1))
mkdir -p "$programs/findings/libhdf5" "$programs/log"

# The files that the targets read.
scratch=$(mktemp -d "$(test -d /dev/shm && echo /dev/shm || echo /tmp)/invar-fuzz-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch

# Whether the innermost call that is neither libc's nor the sanitizer's is HDF5's.
is_of_hdf5() {
  awk '/^ *#[0-9]+ 0x/ && !/sysdeps|interceptor|libc\.so| in (malloc|calloc|realloc|fuzzer::|__)/ {
         found = /libhdf5/
         exit
       }
       END { exit !found }' "$1"
}

# One process, until its time is over or something is found.
fuzz() {  # TARGET SECONDS LOG
  local target=$1 options=()
  test ! -f "$here/$target.dict" || options+=("-dict=$here/$target.dict")
  # Memory that grows beyond what any input may ask for, or one allocation that no small file justifies, is a finding.
  options+=(-rss_limit_mb=2048 -malloc_limit_mb=512 -timeout="${FUZZ_TIMEOUT:-120}")
  # HDF5 loses memory of damaged files: to look through all memory for it behind each input takes a third of a second.
  # It is looked for at the end.
  case $target in hdf5_*) options+=(-detect_leaks=0) ;; esac
  case $target in  # the longest input, in bytes
    cifar) options+=(-max_len=12400) ;;
    hdf5_problem) options+=(-max_len=32768) ;;
    *) options+=(-max_len=4096) ;;
  esac
  "$programs/fuzz_$target" "${options[@]}" -max_total_time="$2" -print_final_stats=1 \
    -artifact_prefix="$scratch/found-" "$programs/corpus/$target" "$here/corpus/$target" > "$3" 2>&1
}

for target in "${targets[@]}"; do
  if ! test -d "$programs/corpus/$target"; then
    mkdir -p "$programs/corpus/$target"
    test ! -f "$here/corpus/$target.tar.gz" || tar -C "$programs/corpus/$target" -xzf "$here/corpus/$target.tar.gz"
  fi
  begin=$SECONDS inputs=0 stumbled=0
  while test $((left = each - (SECONDS - begin))) -gt 0; do
    log=$(mktemp "$programs/log/$target.$(date +%Y%m%d-%H%M%S)-XXX")
    fuzz "$target" "$left" "$log" && code=0 || code=$?
    inputs=$((inputs + $(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)))
    test $code != 0 || break
    found=$(find "$scratch" -name 'found-*' | head -n 1)
    if is_of_hdf5 "$log"; then
      test -z "$found" || mv "$found" "$programs/findings/libhdf5/$target-${found##*found-}"
      stumbled=$((stumbled + 1))
      continue
    fi
    test -z "$found" || mv "$found" "$programs/findings/$target-${found##*found-}"
    tail -n 60 "$log"
    echo "fuzz_$target found something: the input is in $programs/findings, the log is $log" >&2
    exit 1
  done
  echo "$target: $inputs inputs in $((SECONDS - begin)) s, HDF5 itself stumbled over $stumbled"
done
