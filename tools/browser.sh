#!/bin/sh
# Makes sure that there is a Chromium, and a Chinese font for its pictures, for the tests in a browser; as root by apt-get.
# Called by the Makefile: sh tools/browser.sh. Exit 1, saying what to install, when it cannot.
set -eu
missing=
command -v chromium >/dev/null 2>&1 || missing=" chromium"
# Without a font for Chinese every character is a box. The small one will do: 3 MB, where Noto's takes 90.
if ! command -v fc-list >/dev/null 2>&1 || [ -z "$(fc-list :lang=zh-cn family)" ]; then
    missing="$missing fontconfig fonts-wqy-zenhei"
fi
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    printf '\n%s\n%s\n\n' "浏览器测试缺少软件，请先安装 · Debian: apt-get install$missing" \
        "The tests in a browser need software that is missing; install it first." >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086  # several packages are several words
apt-get install -y -qq --no-install-recommends $missing
