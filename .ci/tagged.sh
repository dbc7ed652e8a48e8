#!/usr/bin/env bash
# Whether this commit may be released under its tag, GITHUB_REF_NAME: it is on main, the tag is the version, the
# changelog has it, and whoever releases has put their name where others are told of one.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' rtreview/__init__.py)
status=0

fail() {
  echo "::error title=release::$1"
  status=1
}

[[ $GITHUB_REF_NAME == "v$version" ]] ||
  fail "The tag is $GITHUB_REF_NAME, and rtreview/__init__.py says $version: tag v$version, or change the version."
grep -Fq "## [$version]" CHANGELOG.md ||
  fail "CHANGELOG.md has no section [$version]: move there what stands under [Unreleased]."
for file in README.md server.json editors/schemastore.json; do
  if grep -q OWNER "$file"; then
    fail "$file still says OWNER: put the owner of the repository there."
  fi
done
git merge-base --is-ancestor HEAD refs/remotes/origin/main 2>/dev/null ||
  fail "The commit of $GITHUB_REF_NAME is not on main: merge it, and tag it there."
exit "$status"
