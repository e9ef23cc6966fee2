#!/bin/sh
# Compiles requirements.txt (the app) and tests/requirements.txt (what its tests need on top) from pyproject.toml.
# torch's CUDA companions are left out, so that a CPU build of torch stays one.
set -eu

compile() {
    uv pip compile pyproject.toml --quiet --no-header --no-annotate --python-version 3.11 "$@"
}
without_cuda() {
    grep -v -E '^(nvidia-|triton|cuda-)'
}
new=$(mktemp)
trap 'rm -f "$new"' EXIT

{
    echo "# The whole pinned closure of pyproject.toml's dependencies. Written by: make lock"
    compile --universal --fork-strategy fewest | without_cuda |
        sed -e "s/python_full_version < '3.15' and //" \
            -e "s/ and sys_platform != 'emscripten'//g" -e "s/ ; sys_platform != 'emscripten'//"
} >"$new"
cp "$new" requirements.txt

{
    echo "# What the tests need on top of ../requirements.txt, pinned. Written by: make lock"
    echo "-r ../requirements.txt"
    compile --extra dev --python-platform linux --constraints requirements.txt | without_cuda |
        grep -v -x -F -e "$(sed 's/ ;.*//' requirements.txt)"
} >"$new"
cp "$new" tests/requirements.txt
