#!/bin/sh
# setup.sh [GROUP…]: installs what is missing from Debian 12's packages, says what it installs, and is silent and quick
# when nothing is. Works as root or through sudo. Groups: build (compile and run), test, check, sanitize (also for
# fuzzing), bench, loadtest, slow (slow clients), image; without arguments those that `make test` and `make check` need.
set -eu

build="clang-19 lld-19 cmake ninja-build ccache pkg-config python3 libboost1.81-dev libboost-json1.81-dev
  libboost-url1.81-dev libpq-dev libssl-dev libsodium-dev libspdlog-dev libfmt-dev libcli11-dev
  libidn2-dev libgtest-dev librapidcheck-dev postgresql-15 curl ca-certificates procps util-linux"
tests="git openssl python3-aiosmtpd python3-jwt python3-cryptography chromium"
check="clang-format-19 clang-tidy-19"
sanitize="libclang-rt-19-dev llvm-19"
bench="valgrind postgresql-contrib uvicorn python3-fastapi python3-sqlalchemy python3-asyncpg python3-uvloop
  python3-httptools python3-jwt"
loadtest="python3-locust"
slow="slowhttptest openssl"
image="buildah mmdebstrap"

packages=""
[ $# -gt 0 ] || set -- build test check
for group in "$@"; do
  case $group in
    build) packages="$packages $build" ;;
    test) packages="$packages $tests" ;;
    check) packages="$packages $check" ;;
    sanitize) packages="$packages $sanitize" ;;
    bench) packages="$packages $bench" ;;
    loadtest) packages="$packages $loadtest" ;;
    slow) packages="$packages $slow" ;;
    image) packages="$packages $image" ;;
    *) echo "setup: there is no group '$group'; groups: build test check sanitize bench loadtest slow image" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "setup: this is no Debian system (no dpkg-query), so nothing is installed. Bursar needs these Debian 12" >&2
  echo "packages or their like: $packages" >&2
  exit 0
fi

# One look for all of them.
# shellcheck disable=SC2086,SC2016 # words and ${…} on purpose
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $packages 2>/dev/null | sed -n 's/^installed //p' || true)
missing=""
for package in $packages; do
  case "
$installed
" in *"
$package
"*) ;; *) missing="$missing $package" ;; esac
done
# npm builds the pages that travel in the binary; any Node that is there will do, Debian's only where there is none.
command -v npm >/dev/null 2>&1 || missing="$missing nodejs npm"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1; then
  as_root="sudo"
else
  echo "setup: packages are missing, and only root or sudo can install them. Ask an administrator to run:" >&2
  echo "  apt-get install$missing" >&2
  exit 2
fi

# Bursar starts clusters of its own, so the default one that a first installation of PostgreSQL would make and start
# is left out; for this installation only, and what an administrator has set up stays as it is.
no_cluster=/etc/postgresql-common/createcluster.d/bursar-setup.conf
without_default_cluster() {
  $as_root mkdir -p "${no_cluster%/*}"
  echo "create_main_cluster = false" | $as_root tee "$no_cluster" >/dev/null
  trap '$as_root rm -f "$no_cluster"' EXIT
  trap 'exit 130' INT TERM
}

install() {
  # shellcheck disable=SC2086 # words on purpose
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 $missing </dev/null >"$log" 2>&1
}

echo "setup: installing$missing"
started=$(date +%s)
log=$(mktemp)
case " $missing " in *" postgresql-15 "*) without_default_cluster ;; esac
# A fresh image has no package lists; old lists name packages that are gone.
if ! find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' 2>/dev/null | grep -q .; then
  echo "setup: reading the package lists"
  $as_root apt-get update -qq
fi
if ! install; then
  echo "setup: that failed; reading the package lists anew and trying once more"
  $as_root apt-get update -qq
  install || { cat "$log" >&2; echo "setup: apt-get could not install$missing; its words are above" >&2; exit 1; }
fi
rm -f "$log"
echo "setup: done in $(($(date +%s) - started)) s"
