#!/usr/bin/env bash
# Builds into a folder what a release is: the sdist, the wheel that is built from it, and the SBOM of the wheel with
# all that it runs on. The release, `make dist` and the tests run it; the same commit and Python give the same bytes.
#
# What builds, what runs and what writes the SBOM is what the files beside it name by hash, each in an environment of
# its own.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$1 work=$(mktemp -d)
readonly out work
trap 'rm -rf "$work"' EXIT

# By the pip of the environment that builds: one of its own would be in the SBOM.
install() {
  "$work/build/bin/python" -m pip --python "$work/$1/bin/python" install --quiet --disable-pip-version-check "${@:2}"
}

environment() {
  python3 -m venv "${@:3}" "$work/$1"
  install "$1" --require-hashes --only-binary=:all: --requirement=".ci/$2"
}

environment build requirements-build.txt
"$work/build/bin/hatchling" build --target=sdist --directory="$work/dist" >&2
tar -xzf "$work"/dist/*.tar.gz -C "$work"
(cd "$work"/rtreview-* && "$work/build/bin/hatchling" build --target=wheel --directory="$work/dist" >&2)

environment run requirements.txt --without-pip
install run --no-deps --no-index --find-links="$work/dist" rtreview # by name: its path would be in the SBOM

environment sbom requirements-sbom.txt --without-pip
"$work/sbom/bin/cyclonedx-py" environment --output-reproducible --output-file="$work/sbom.json" "$work/run/bin/python"

mkdir -p "$out"
wheel=("$work"/dist/*.whl)
name=${wheel##*/}
cp "$work"/dist/* "$out"
cp "$work/sbom.json" "$out/${name%-py3-*}.cdx.json"
