#!/usr/bin/env bash
# Keeps what the corpora have grown to, made small: keep.sh FOLDER [TARGET ...], FOLDER as for run.sh. Writes
# corpus/TARGET.tar.gz, with those inputs alone that reach what corpus/TARGET does not.
set -euo pipefail
programs=$(realpath "$1")
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
targets=("$@")
test ${#targets[@]} -gt 0 || mapfile -t targets < <(basename -s .cpp "$here"/*.cpp)
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
for target in "${targets[@]}"; do
  test -d "$programs/corpus/$target" || continue
  small=$TMPDIR/$target
  cp -r "$here/corpus/$target" "$small"
  "$programs/fuzz_$target" -merge=1 -detect_leaks=0 -timeout=120 "$small" "$programs/corpus/$target" > "$TMPDIR/log" 2>&1
  for seed in "$here/corpus/$target"/*; do rm -f "$small/$(basename "$seed")"; done
  archive=$here/corpus/$target.tar.gz
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$small" -cf - . | gzip -9n > "$archive"
  echo "$target: $(find "$small" -type f | wc -l) inputs, $(stat -c %s "$archive") bytes"
done
