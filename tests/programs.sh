#!/bin/sh
# What the system tests need besides Python: a browser, an office suite, a database and a broker.
set -eu
wanted=""
command -v chromium >/dev/null || wanted="$wanted chromium"
command -v soffice >/dev/null || wanted="$wanted libreoffice-calc"
command -v redis-server >/dev/null || wanted="$wanted redis-server"
[ -n "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || command -v initdb >/dev/null || wanted="$wanted postgresql"
[ -z "$wanted" ] && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "The system tests need$wanted; install them with the package manager of this machine." >&2
    exit 1
fi
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $wanted fonts-dejavu-core >/dev/null
