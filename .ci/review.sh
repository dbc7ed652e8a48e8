#!/usr/bin/env bash
# Reviews the designs of a checkout on a GitHub runner; action.yml runs it.
#
# What an input or the event says arrives in the environment, never in the text of a script. No token does:
# comment.sh has it. The exit status is that of the review, and the last thing that happens: first everything is
# told.
# It keeps to bash 3.2, which macOS has.
set -euo pipefail

work=$(mktemp -d "$RUNNER_TEMP/rtreview.XXXXXX")
readonly work sarif=$work/rtreview.sarif comment=$work/comment.md change=$work/change.json
readonly base=${RTREVIEW_BASE:-}
status=0

# -I keeps Python from importing what the checkout, which may be a stranger's, has lying about. What is installed
# beside this tool, and what builds it, is what the two files name by its hash, and nothing else.
install() {
  local pip=("$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check)
  if ! python3 -I -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "::error title=rtreview::It needs Python 3.11 or newer: run actions/setup-python before it."
    exit 2
  fi
  python3 -I -m venv "$work/venv"
  "${pip[@]}" --require-hashes --only-binary=:all: \
    --requirement="$GITHUB_ACTION_PATH/.ci/requirements.txt" \
    --requirement="$GITHUB_ACTION_PATH/.ci/requirements-build.txt"
  "${pip[@]}" --no-deps --no-build-isolation "$GITHUB_ACTION_PATH"
}

# Where `.git` is not, git would take files of the checkout that look like a repository for one.
checkout() {
  git --git-dir=.git -c core.fsmonitor=false -c core.hooksPath=/dev/null "$@"
}

# A checkout of depth 1 does not have the base. Where it cannot be fetched, the review says so.
fetch_base() {
  checkout rev-parse --verify --quiet --end-of-options "$base^{commit}" >/dev/null ||
    checkout fetch --quiet --no-tags --no-recurse-submodules --depth=1 -- origin "$base" || true
}

# The arguments are options and paths that all calls get.
review_change() {
  "$rtreview" review --base="$base" --new-only --format=github "$@" || status=$?
  if [[ $status -ne 2 ]]; then
    "$rtreview" diff --base="$base" --format="json=$change" --format="markdown=$comment" "$@" || status=$?
    # Code scanning compares with the base by itself, so it gets the whole, by the rules of the base too.
    "$rtreview" review --base="$base" --format="sarif=$sarif" "$@" || true
  fi
}

# Code scanning opens an alert for every result, also for one that is suppressed
# (github.com/github/codeql-action/issues/1230).
leave_out_suppressed() {
  python3 -I - "$sarif" <<'END'
import json, pathlib, sys

file = pathlib.Path(sys.argv[1])
log = json.loads(file.read_text("utf-8"))
for run in log["runs"]:
    run["results"] = [one for one in run["results"] if not one.get("suppressions")]
file.write_text(json.dumps(log, indent=2) + "\n", "utf-8")
END
}

review_all() {
  "$rtreview" review --format=github --format="sarif=$sarif" --format="markdown=$comment" "$@" || status=$?
}

tell() {
  if [[ -f $sarif ]]; then
    leave_out_suppressed
    echo "sarif=$sarif" >>"$GITHUB_OUTPUT"
  fi
  if [[ -f $comment ]]; then
    cat "$comment" >>"$GITHUB_STEP_SUMMARY"
    # Nobody who writes a design can guess the line that ends the output.
    local end
    end=end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf 'comment-file=%s\ncomment<<%s\n%s\n%s\n' "$comment" "$end" "$(<"$comment")" "$end" >>"$GITHUB_OUTPUT"
  fi
}

rtreview=${RTREVIEW:-}
if [[ -z $rtreview ]]; then
  install
  rtreview=$work/venv/bin/rtreview
fi

set --
while IFS= read -r path; do
  if [[ -n $path ]]; then set -- "$@" "$path"; fi
done <<<"${RTREVIEW_PATH:-}"
if [[ -n $base ]]; then fetch_base; fi
# Without an input the paths are those of the configuration; with a base, of the configuration there.
if [[ $# -eq 0 ]] && "$rtreview" config ${base:+--base="$base"} | grep -Eq '^paths +none +default$'; then
  set -- .
fi
set -- -- "$@"
if [[ -n ${RTREVIEW_FAIL_ON:-} ]]; then
  set -- --fail-on="$RTREVIEW_FAIL_ON" "$@"
fi

if [[ -n $base ]]; then review_change "$@"; else review_all "$@"; fi
tell
if [[ $status -eq 2 ]]; then
  echo "::error title=rtreview::Nothing was reviewed: the log of this step says why."
fi
exit "$status"
