#!/bin/sh
# What the system tests need besides Python: three browsers, an office suite, a database and a broker;
# and the Nu HTML checker (MIT licence), from npm, which proves what it downloads.
set -eu
nu=.cache/vnu.jar
if [ ! -f "$nu" ] && command -v npm >/dev/null; then
    mkdir -p .cache
    aside=$(mktemp -d)
    (cd "$aside" && npm pack --silent vnu-jar@26.9.27 >/dev/null && tar xzf vnu-jar-26.9.27.tgz)
    mv "$aside/package/build/dist/vnu.jar" "$nu"
    rm -r "$aside"
fi
wanted=""
command -v java >/dev/null || wanted="$wanted default-jre-headless"
command -v chromium >/dev/null || wanted="$wanted chromium"
command -v firefox-esr >/dev/null || command -v firefox >/dev/null || wanted="$wanted firefox-esr"
command -v WebKitWebDriver >/dev/null || wanted="$wanted webkit2gtk-driver"
command -v Xvfb >/dev/null || wanted="$wanted xvfb"
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
