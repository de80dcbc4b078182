#!/bin/sh
# first_use.sh [FOLDER]: what a stranger meets. Makes a fresh Debian 12 with only git and make in FOLDER (or a temporary
# one; what mmdebstrap has left there is taken), clones this commit into it, and there runs the README: `make run` until
# its banner, its pasted curl line, then every other block. Needs root, for the chroot. The last line says how it went.
#   MIRROR      where mmdebstrap gets packages from, when its own setting will not do
#   EXTRA_CA    a file of certificates that the fresh system shall trust too, where a proxy signs what npm gets
#   CCACHE_DIR  a compile cache to share with the fresh system
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || { echo "first_use: a chroot needs root; run: sudo scripts/first_use.sh" >&2; exit 2; }
scripts/setup.sh image
commit=$(git rev-parse HEAD)
own=""
root=${1:-}
[ -n "$root" ] || { own=$(mktemp -d) && root=$own; }
mounted=""
server=""
clean_up() {
  [ -z "$server" ] || { kill -INT "-$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  for place in $mounted; do umount -R "$root$place" 2>/dev/null || umount -R -l "$root$place"; done
  [ -z "$own" ] || rm -rf --one-file-system "$own"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
step() { echo "first_use: $*"; }
# Nothing of the caller's environment: a stranger has none of it.
enter="env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C.UTF-8
  JOBS=${JOBS:-$(nproc)} ${EXTRA_CA:+NODE_EXTRA_CA_CERTS=/usr/local/share/extra-ca.pem}
  ${CCACHE_DIR:+CCACHE_DIR=/var/cache/ccache} chroot $root"
# shellcheck disable=SC2086 # words on purpose
inside() { $enter sh -c "cd /src && $1"; }

if ! [ -e "$root/etc/debian_version" ]; then
  step "making a fresh Debian 12 with git and make"
  mmdebstrap --quiet --variant=minbase --include=git,make bookworm "$root" ${MIRROR:+"$MIRROR"}
fi
for place in /proc /sys /dev; do
  mount --rbind --make-rslave "$place" "$root$place"
  mounted="$place $mounted"
done
cp /etc/resolv.conf "$root/etc/resolv.conf"
[ -z "${EXTRA_CA:-}" ] || cp "$EXTRA_CA" "$root/usr/local/share/extra-ca.pem"
if [ -n "${CCACHE_DIR:-}" ]; then
  mkdir -p "$root/var/cache/ccache" "$CCACHE_DIR"
  mount --bind "$CCACHE_DIR" "$root/var/cache/ccache"
  mounted="/var/cache/ccache $mounted"
fi
git clone -q --no-local . "$root/src"
git -C "$root/src" checkout -q "$commit"

step "make run, of $commit"
started=$(date +%s)
log=$root/tmp/make-run.log
# shellcheck disable=SC2086 # words on purpose
setsid $enter sh -c "cd /src && exec make run" >"$log" 2>&1 &
server=$!
until grep -q "Ctrl-C stops everything" "$log"; do
  kill -0 "$server" 2>/dev/null || { cat "$log" >&2; step "make run ended" >&2; exit 1; }
  sleep 1
done
cat "$log"
step "the banner came after $(($(date +%s) - started)) s; pasting its curl line"
line=$(grep '^curl ' "$log")
answer=$(inside "$line -w '\n%{http_code}\n'")
echo "$answer"
id=$(echo "$answer" | sed -n 's/.*"id":"\([0-9a-f-]*\)".*/\1/p')
[ "$(echo "$answer" | tail -1)" = 202 ] || { step "that is no 202" >&2; exit 1; }
echo "$answer" | grep -q '"status":"PENDING"' || { step "that is not PENDING" >&2; exit 1; }
sleep_until=$(($(date +%s%N) + 2000000000))
seen=""
while [ -z "$seen" ] && [ "$(date +%s%N)" -lt "$sleep_until" ]; do
  seen=$(inside "build/bursar payments get $id" | grep SUCCESS || true)
done
[ -n "$seen" ] || { step "no SUCCESS within 2 s" >&2; exit 1; }
inside "build/bursar payments timeline $id; build/bursar mail list; build/bursar sms list"
for verb in mail sms; do
  [ "$(inside "build/bursar $verb list -o json" | grep -o "\"event\":\"$id.1\"" | wc -l)" = 1 ] ||
    { step "not one $verb" >&2; exit 1; }
done
counted=""
patience=$(($(date +%s) + 20))
while [ -z "$counted" ] && [ "$(date +%s)" -lt "$patience" ]; do
  counted=$(inside "build/bursar analytics show 2>/dev/null" | grep EUR || sleep 0.5)
done
echo "$counted"
[ "$(echo "$counted" | awk '{print $3, $4}')" = "1 1" ] || { step "the day's figures do not count it" >&2; exit 1; }
step "a decline"
code=0
inside "build/bursar payments create --amount 40200 --currency EUR --wait" || code=$?
[ "$code" = 9 ] || { step "a declined payment gave exit code $code, not 9" >&2; exit 1; }
inside "build/bursar mail show 2"
kill -INT "-$server"
wait "$server" || { step "Ctrl-C did not end it well" >&2; exit 1; }
server=""
step "Ctrl-C ended it; now the README's blocks"
inside "scripts/readme.py"
step "ok: clone, make run, paid, told and counted; the README does what it says"
