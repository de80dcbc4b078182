#!/bin/sh
# Installs what Bursar's build and tests need and is missing, from Debian 12's packages. Says what it does, changes
# nothing when all is there, works as root or through sudo.
set -eu

packages="
clang-19 clang-tidy-19 clang-format-19 lld-19 libclang-rt-19-dev cmake ninja-build ccache pkg-config python3
libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libpq-dev libcurl4-openssl-dev libssl-dev libsodium-dev
libspdlog-dev libfmt-dev libcli11-dev libgtest-dev librapidcheck-dev libidn2-dev
postgresql-15 python3-aiosmtpd openssl curl ca-certificates procps util-linux chromium
"

missing=""
for package in $packages; do
  state=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$state" = "install ok installed" ] || missing="$missing $package"
done
# Node builds the documentation page; any that is there will do, Debian's only where there is none.
command -v npm >/dev/null 2>&1 || missing="$missing nodejs npm"

if [ -z "$missing" ]; then
  exit 0
fi

if [ "$(id -u)" -eq 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1; then
  as_root="sudo"
else
  echo "make setup: these packages are missing and neither root nor sudo is here to install them:" >&2
  echo " $missing" >&2
  echo "Ask an administrator to run: apt-get install$missing" >&2
  exit 2
fi

echo "make setup: installing$missing"
# A fresh image has no package lists.
if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
  $as_root apt-get update -qq
fi
# Bursar starts private PostgreSQL clusters; the default one that Debian's package would make is not needed. An
# existing setting is left alone.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  $as_root mkdir -p /etc/postgresql-common
  echo "create_main_cluster = false" | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
install() {
  # shellcheck disable=SC2086 # words on purpose
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
}
install || { echo "make setup: refreshing the package lists and trying again"; $as_root apt-get update -qq; install; }
echo "make setup: done"
