#!/bin/sh
# Make .venv with the locked dependencies and this package, from nothing but a Python or uv.
set -eu
cd "$(dirname "$0")/.."

usable() { "$1" -c 'import sys; sys.exit(not ((3, 12) <= sys.version_info[:2] < (3, 15)))' 2>/dev/null; }

find_python() {
    for candidate in python3.13 python3.12 python3.14 python3 python \
        "$HOME"/.pyenv/versions/3.13*/bin/python3 "$HOME"/.pyenv/versions/3.12*/bin/python3; do
        path=$(command -v "$candidate" 2>/dev/null) || continue
        if usable "$path"; then "$path" -c 'import sys; print(sys.executable)'; return; fi
    done
}

find_uv() {
    if command -v uv >/dev/null 2>&1; then command -v uv; return; fi
    if [ ! -x .tools/bin/uv ]; then
        for maker in $(find_python) python3 python; do
            if "$maker" -m venv .tools >&2 && .tools/bin/pip install -q 'uv>=0.9' >&2; then break; fi
        done
    fi
    [ -x .tools/bin/uv ] || { echo "setup: needs uv, or a Python 3 with its venv module" >&2; exit 2; }
    echo "$PWD/.tools/bin/uv"
}

stamp=.venv/.leakbound-setup
want=$(cat requirements.lock pyproject.toml .python-version scripts/setup.sh | cksum)
if [ -x .venv/bin/leakbound ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want $PWD" ] \
    && .venv/bin/python -c '' 2>/dev/null; then
    .venv/bin/python -m compileall -q src
    exit 0
fi
uv=$(find_uv)
python=$(find_python)
"$uv" venv -q --clear --python "${python:-$(cat .python-version)}" .venv
"$uv" pip install -q --python .venv/bin/python --compile-bytecode --require-hashes -r requirements.lock
"$uv" pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .
printf '%s' "$want $PWD" >"$stamp"
.venv/bin/python -m compileall -q src
