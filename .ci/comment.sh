#!/usr/bin/env bash
# Writes the report of review.sh into a comment on the pull request; action.yml runs it.
#
# It has the token, and runs nothing but gh: what the checkout could get to run has ended before it.
set -euo pipefail

readonly comment=$RTREVIEW_REPORT change=${RTREVIEW_REPORT%/*}/change.json

# Whether there is anything to say: a pull request that leaves the designs alone gets no comment.
is_worth_a_comment() {
  [[ $RTREVIEW_OUTCOME != success ]] ||
    grep -Eq '^      "(new|gone|moved|accepted|broken|consequences)": \[$' "$change"
}

# One comment for all pushes to a pull request. `if` and `||` suspend `set -e` in here.
write_comment() {
  local issues="repos/$GITHUB_REPOSITORY/issues" ours found
  ours='.[] | select(.user.login == "github-actions[bot]" and (.body | startswith("<!-- rtreview -->"))) | .id'
  found=$(gh api --paginate "$issues/$RTREVIEW_PULL/comments?per_page=100" --jq "$ours") || return
  if [[ -n $found ]]; then
    gh api --silent --method PATCH "$issues/comments/${found%%$'\n'*}" -F "body=@$comment"
  elif is_worth_a_comment; then
    gh api --silent --method POST "$issues/$RTREVIEW_PULL/comments" -F "body=@$comment"
  fi
}

write_comment || echo "::notice title=rtreview::The comment could not be written: a pull request from a fork," \
  "or a job without the permission pull-requests, may not. The same stands in the summary."
