#!/bin/sh
# Hands test results to Agnox, installing its client where it is not there. For bash, dash, BusyBox; Linux and macOS.
#
#   agnox.sh upload 'build/**/TEST-*.xml' --log build.log
#   agnox.sh run --report 'build/*.xml' -- make test
#   agnox.sh                          does what these variables say:
#
#   AGNOX_STEP_COMMAND  run this, and send its output and reports; empty: send what is there
#   AGNOX_STEP_REPORTS  patterns of reports, a line each or ; between them
#   AGNOX_STEP_LOGS     log files, likewise; a command's output needs none
#   AGNOX_STEP_SERVER, AGNOX_STEP_PROJECT, AGNOX_STEP_SUITE   as AGNOX_URL, AGNOX_PROJECT, AGNOX_SUITE, and before them
#   AGNOX_STEP_VERSION  the client's version
#   AGNOX_STEP_STRICT   true: fail where the server could not be told
#
# The key is read from AGNOX_API_KEY by the client alone; tracing is off so that no shell shows it.
set +x -eu

version=${AGNOX_STEP_VERSION:-0.1.0}
client=

say() { printf 'agnox: %s\n' "$1" >&2; }

# With spaces at the ends gone, and no empty ones.
lines() { printf '%s\n' "$1" | tr ';' '\n' | sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' -e '/^$/d'; }

# A variable that Azure Pipelines does not know stays as it was written.
# shellcheck disable=SC2016
is_set() { case $1 in '' | '$('*) return 1 ;; esac }

works() { [ "$("$1" --version 2>/dev/null)" = "agnox, version $version" ]; }

find_python() {
    for python in python3 python python3.14 python3.13 python3.12 python3.11; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    done
    return 1
}

with_uv() {
    command -v uv && UV_TOOL_DIR=$1/tools UV_TOOL_BIN_DIR=$1/bin \
        uv tool install --no-build --python '>=3.11' "agnox-client==$version" && works "$1/bin/agnox"
}

with_pipx() {
    command -v pipx && find_python && PIPX_HOME=$1/pipx PIPX_BIN_DIR=$1/bin \
        pipx install --python "$(command -v "$python")" "agnox-client==$version" && works "$1/bin/agnox"
}

with_venv() {
    find_python && "$python" -m venv "$1" && "$1/bin/python" -m pip install "agnox-client==$version" &&
        works "$1/bin/agnox"
}

# For systems whose Python has no venv and keeps pip from its own and the user's packages.
with_pip() {
    find_python && "$python" -m pip install --target "$1/lib" "agnox-client==$version" && mkdir -p "$1/bin" &&
        printf '#!/bin/sh\nexec "%s" -c "import sys; sys.path.insert(0, \\"%s\\"); from agnox.__main__ import main; main()" "$@"\n' \
            "$(command -v "$python")" "$1/lib" >"$1/bin/agnox" && chmod +x "$1/bin/agnox" && works "$1/bin/agnox"
}

# A folder of its own for each, as none may be moved afterwards; a build beside this one may do the same.
install_into() {
    log=$1/install.log
    # What is installed has no use for the key.
    if (
        unset AGNOX_API_KEY
        export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_RETRIES=1 PIP_ONLY_BINARY=:all:
        for way in uv pipx venv pip; do
            mkdir -p "$1/$way"
            if "with_$way" "$1/$way"; then
                ln -s "$1/$way/bin/agnox" "$1/agnox"
                exit 0
            fi
        done
        exit 1
    ) >"$log" 2>&1; then
        client=$1/agnox
    else
        said=$(grep -v '^[[:space:]]*$' "$log" | tail -n 1)
        say "agnox-client $version can't be installed: ${said:-there is neither uv nor Python 3.11}"
        return 1
    fi
}

prepare() {
    if ! is_set "${AGNOX_API_KEY:-}" || ! is_set "${AGNOX_URL:-}"; then
        say 'AGNOX_URL or AGNOX_API_KEY is not set (a pull request from a fork may have no secrets); nothing is sent'
        return 1
    fi
    case $version in *[!0-9A-Za-z.+!-]*)
        say "AGNOX_STEP_VERSION is no version: $version"
        return 1
        ;;
    esac
    if works agnox; then
        client=agnox
        return
    fi
    kept=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/agnox-step
    client=$kept/$version/agnox
    if works "$client"; then
        return
    fi
    if place=$(mkdir -p "$kept" 2>/dev/null && mktemp -d "$kept/new.XXXXXX" 2>/dev/null); then
        if ! install_into "$place"; then
            rm -rf "$place"
            return 1
        fi
        rm -f "$kept/$version"
        ln -s "$place" "$kept/$version" || :
    else
        place=$(mktemp -d) && install_into "$place"
    fi
}

run() {
    if [ -n "$ready" ] && "$client" run --print-context >/dev/null 2>&1; then
        exec "$client" "$@"
    fi
    while [ "$#" -gt 0 ] && [ "$1" != -- ]; do shift; done
    if [ "$#" -lt 2 ]; then
        say 'there is no command: put it behind --, as in agnox.sh run -- make test'
        exit 2
    fi
    shift
    if [ -z "$strict" ]; then
        exec "$@"
    fi
    "$@" || exit
    exit 1
}

is_set "${AGNOX_STEP_SERVER:-}" && export AGNOX_URL="$AGNOX_STEP_SERVER"
is_set "${AGNOX_STEP_PROJECT:-}" && export AGNOX_PROJECT="$AGNOX_STEP_PROJECT"
is_set "${AGNOX_STEP_SUITE:-}" && export AGNOX_SUITE="$AGNOX_STEP_SUITE"
strict=
for each in "${AGNOX_STEP_STRICT:-}" "${AGNOX_STRICT:-}"; do
    case $each in 1 | [Tt]rue | TRUE | [Yy]es | YES | [Oo]n | ON) strict=1 ;; esac
done

if [ "$#" -eq 0 ]; then
    wanted=${AGNOX_STEP_COMMAND:-}
    reports=$(lines "${AGNOX_STEP_REPORTS:-}")
    logs=$(lines "${AGNOX_STEP_LOGS:-}")
    set -f
    IFS='
'
    if [ -n "$wanted" ]; then
        for each in $reports; do set -- "$@" "--report=$each"; done
        if command -v bash >/dev/null; then
            set -- run "$@" -- bash -eo pipefail -c "$wanted"
        else
            set -- run "$@" -- sh -ec "$wanted"
        fi
    else
        for each in $logs; do set -- "$@" "--log=$each"; done
        set -- upload "$@" --
        for each in $reports; do set -- "$@" "$each"; done
    fi
    unset IFS
    set +f
else
    for each in "$@"; do
        case $each in --strict) strict=1 ;; --) break ;; esac
    done
fi
# The client fails on a value that it does not know.
unset AGNOX_STRICT AGNOX_STEP_COMMAND AGNOX_STEP_REPORTS AGNOX_STEP_LOGS AGNOX_STEP_STRICT
if [ -n "$strict" ]; then
    export AGNOX_STRICT=1
fi

ready=
if prepare; then ready=1; fi
if [ "$1" = run ]; then
    run "$@"
fi
if [ -n "$ready" ] && "$client" "$@"; then
    exit 0
fi
if [ -n "$strict" ]; then
    exit 1
fi
