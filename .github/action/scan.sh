#!/usr/bin/env bash
# Decides what the event brings, fetches what a shallow checkout lacks, scans, and reports.
set -euo pipefail

cd "${GITHUB_WORKSPACE:-.}"
cd "$IN_PATH"
# The checkout may belong to another user than the one a container runs as.
git() { command git -c safe.directory='*' -c core.hooksPath=/dev/null "$@"; }

is_commit() { [ -n "$1" ] && git cat-file -e "$1^{commit}" 2>/dev/null; }
is_zero() { [ -z "${1//0/}" ]; }
is_shallow() { [ "$(git rev-parse --is-shallow-repository 2>/dev/null)" = true ]; }
have_remote() { git remote get-url origin >/dev/null 2>&1; }

# Fetches a commit or ref that is not here, of a shallow checkout without its past: `join` gets as much
# of that as is needed. What cannot be had is said by the scan.
get() {
    have_remote || return 0
    local depth=()
    if is_shallow; then depth=(--depth=1); fi
    git fetch --quiet --no-tags --no-recurse-submodules "${depth[@]}" origin "$@" 2>/dev/null || true
}

# Deepens a shallow checkout until the two commits have a common past.
join() {
    local base="$1" head="$2" step
    for step in 50 500 5000; do
        git merge-base "$base" "$head" >/dev/null 2>&1 && return 0
        is_shallow && have_remote || return 0
        git fetch --quiet --no-tags --no-recurse-submodules --deepen="$step" origin 2>/dev/null || true
    done
    git merge-base "$base" "$head" >/dev/null 2>&1 || unshallow
}

unshallow() {
    if is_shallow && have_remote; then
        echo "The checkout is shallow; fetching its history (fetch-depth: 0 in actions/checkout saves this)."
        git fetch --quiet --no-recurse-submodules --unshallow origin || true
    fi
}

pull_request() {
    is_commit "$PR_HEAD" || get "+refs/pull/$PR_NUMBER/head"
    is_commit "$PR_HEAD" || get "$PR_HEAD"
    is_commit "$PR_BASE" || get "$PR_BASE"
    if ! is_commit "$PR_HEAD" || ! is_commit "$PR_BASE"; then
        echo "::warning::the commits of the pull request are not here; scanning everything instead"
        everything
        return
    fi
    join "$PR_BASE" "$PR_HEAD"
    what=(--range "$PR_BASE..$PR_HEAD")
}

push() {
    if is_zero "$PUSH_AFTER"; then
        echo "A branch was deleted; nothing came with that."
        what=(--range HEAD..HEAD)
        return
    fi
    is_commit "$PUSH_AFTER" || get "$PUSH_AFTER"
    local base="$PUSH_BEFORE"
    is_zero "$base" || is_commit "$base" || get "$base"
    if is_zero "$base" || ! is_commit "$base"; then
        # A new branch, or a forced push over a commit that nobody has any more.
        base=
        if [ -n "$DEFAULT_BRANCH" ] && [ "$REF_NAME" != "$DEFAULT_BRANCH" ]; then
            get "+refs/heads/$DEFAULT_BRANCH:refs/remotes/origin/$DEFAULT_BRANCH"
            base=$(git rev-parse --verify --quiet "refs/remotes/origin/$DEFAULT_BRANCH^{commit}" || true)
        fi
    fi
    if [ -z "$base" ] || ! is_commit "$PUSH_AFTER" || [ "$base" = "$PUSH_AFTER" ]; then
        # An empty range would be a clean answer about nothing.
        everything
        return
    fi
    join "$base" "$PUSH_AFTER"
    what=(--range "$base..$PUSH_AFTER")
}

everything() {
    unshallow
    what=()
}

mode="$IN_MODE"
if [ "$mode" = auto ]; then
    case "$EVENT" in
        pull_request | pull_request_target) mode=pull-request ;;
        push) mode=push ;;
        *) mode=history ;;
    esac
fi
what=()
case "$mode" in
    pull-request) pull_request ;;
    push) push ;;
    history) everything ;;
    tree) what=(--tree) ;;
    *) echo "::error::mode '$IN_MODE' is not auto, pull-request, push, history or tree" && exit 2 ;;
esac
case "$IN_FAIL_ON" in
    review | soon | now | never) ;;
    *) echo "::error::fail-on '$IN_FAIL_ON' is not review, soon, now or never" && exit 2 ;;
esac

reports=$(mktemp -d "${RUNNER_TEMP:-/tmp}/unleak-XXXXXX")
options=(--quiet --format github --report "jsonl=$reports/unleak.jsonl" --report "sarif=$reports/unleak.sarif"
    --report "markdown=$reports/unleak.md")
IFS=', ' read -r -a formats <<<"$IN_FORMATS"
for format in "${formats[@]}"; do
    options+=(--report "$format=$reports/report.$format")
done
[ "$IN_VERIFY" != true ] || options+=(--verify)
[ "$IN_ALLOW_INCOMPLETE" != true ] || options+=(--allow-incomplete)
[ -z "$IN_BASELINE" ] || options+=(--baseline "$IN_BASELINE")
read -r -a further <<<"$IN_ARGS"

scan() {
    code=0
    "$IN_PROGRAM" scan "${what[@]}" "${options[@]}" "${further[@]}" || code=$?
}
scan
if [ "$code" = 3 ] && is_shallow && have_remote; then
    unshallow
    scan
fi

count() { grep -c "$1" "$reports/unleak.jsonl" || true; }
findings=0 live=0 failing=0
if [ -f "$reports/unleak.jsonl" ]; then
    findings=$(count '^{"type":"finding"')
    live=$(count '^{"type":"finding".*"status":"live"')
    case "$IN_FAIL_ON" in
        review) failing=$findings ;;
        soon) failing=$(count '^{"type":"finding".*"urgency":"\(soon\|now\)"') ;;
        now) failing=$(count '^{"type":"finding".*"urgency":"now"') ;;
    esac
fi
{
    echo "findings=$findings"
    echo "live=$live"
    echo "sarif=$reports/unleak.sarif"
    echo "reports=$reports"
    echo "exit-code=$code"
} >>"$GITHUB_OUTPUT"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$reports/unleak.md" ]; then
    cat "$reports/unleak.md" >>"$GITHUB_STEP_SUMMARY"
fi

case "$code" in
    0) exit 0 ;;
    1)
        [ "$failing" = 0 ] || exit 1
        # Below the threshold, or a refused suppression, which has no finding to count.
        if [ "$findings" = 0 ] && [ "$IN_FAIL_ON" != never ]; then exit 1; fi
        ;;
    *) exit "$code" ;;
esac
