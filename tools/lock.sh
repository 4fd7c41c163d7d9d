#!/bin/sh
# Compiles requirements/*.in (and what benchmarks run against) into *.txt with hashes, for all platforms and Python 3.11 to 3.13.
# Called by the Makefile: sh tools/lock.sh PYTHON. No index address is written: any index may serve what is locked.
set -eu
python=$1
venv=build/lock-venv

[ -x "$venv/bin/uv" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt
# lock.txt comes last: it locks the tool that is running.
for name in requirements/runtime requirements/dev requirements/node bench/requirements-rivals requirements/lock; do
    echo "锁定 · locking $name.txt"
    # dev includes runtime.in; the constraint keeps both files on the same versions.
    constraint=
    [ "$name" = requirements/dev ] && constraint='--constraint requirements/runtime.txt'
    # shellcheck disable=SC2086  # the option and its value are two words
    "$venv/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header $constraint \
        --output-file "$name.txt" "$name.in"
done
