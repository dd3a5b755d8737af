#!/bin/sh
# Measures the first graphics processor that Vulkan finds: reference numbers, products, the shapes of the 14B model, the default
# model. One JSON file for each, and what each command said, in a folder.
#
#   cargo build --release -p unimed-cli
#   tests/device/measure.sh target/release/unimed OUT
#
# Further words go to the benchmark of the 14B shapes: `--layers 2 --side 64` tries the script on a software adapter. Each command has a
# limit of its own, all of them together 8 minutes. To carry the program to another machine: strip it (66 MB), gzip it (20 MB).
set -u
program=$1
out=$2
shift 2
mkdir -p "$out"
failed=0

measure() {
  name=$1
  limit=$2
  shift 2
  if timeout "$limit" "$program" "$@" >"$out/$name.json" 2>"$out/$name.log"; then
    echo "$name: done"
  else
    echo "$name: failed (exit $?); see $out/$name.log"
    failed=1
  fi
}

measure verify 60 verify tests/golden/alpha --backend gpu --json
measure kernels 60 bench kernels --json
measure full 240 bench model --shape 14b --backend gpu --json "$@"
measure default 60 bench model --model public/model --backend gpu --json
measure counts 60 bench counts --shape default --json
exit "$failed"
