#!/bin/sh
# Makes (or repairs) the virtual environment and installs the locked requirements into it, every file checked by hash.
# Called by the Makefile: sh tools/setup_venv.sh PYTHON VENV. Exit 1 with a message in Chinese and English if it cannot.
set -eu
python=$1
venv=$2

fail() {
    printf '\n%s\n%s\n\n' "$1" "$2" >&2
    exit 1
}

if ! command -v "$python" >/dev/null 2>&1; then
    fail "找不到 $python。请先安装 Python 3.11 或更新版本（Debian: apt-get install python3 python3-venv），或用 make PYTHON=/path/to/python3 指定。" \
         "$python was not found. Install Python 3.11 or newer (Debian: apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3."
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    found=$("$python" -c 'import platform; print(platform.python_version())')
    fail "需要 Python 3.11 或更新版本，$python 是 $found。请安装新版本，或用 make PYTHON=/path/to/python3.11 指定。" \
         "Python 3.11 or newer is needed; $python is $found. Install a newer one, or name it: make PYTHON=/path/to/python3.11."
fi
if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    fail "$python 缺少 venv 模块。请安装（Debian: apt-get install python3-venv）。" \
         "$python lacks the venv module. Install it (Debian: apt-get install python3-venv)."
fi

# A venv left behind by another or a removed Python, or copied from another folder, cannot be trusted: make it anew.
wanted=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
here=$(pwd -P)/$venv
if [ -e "$venv" ]; then
    usable=$("$venv/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true)
    if [ "$usable" != "$wanted" ] || ! grep -qF "$here" "$venv/bin/activate" 2>/dev/null; then
        echo "重建虚拟环境 · making the virtual environment anew: $venv"
        rm -rf "$venv"
    fi
fi
if [ ! -e "$venv" ]; then
    echo "创建虚拟环境 · making the virtual environment: $venv (Python $wanted)"
    "$python" -m venv "$venv"
fi
echo "安装依赖（逐个校验哈希）· installing the locked requirements, each checked by hash"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt ||
    fail "依赖安装失败：请检查能否访问 Python 软件包索引，然后重试 make setup。" \
         "Installing the requirements failed: check that a Python package index can be reached, then run make setup again."
