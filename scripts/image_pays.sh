#!/bin/sh
# image_pays.sh [TAG]: makes one payment with the image that image.sh built: PostgreSQL is this machine's, in a folder of
# its own; Bursar and its development peers run in the image's root folder, as its user. Ends what it
# started; the last line says how it went.
set -eu
cd "$(dirname "$0")/.."
tag=${1:-localhost/bursar:latest}
export STORAGE_DRIVER="${STORAGE_DRIVER:-vfs}"
postgres=/usr/lib/postgresql/15/bin
scripts/setup.sh build image
[ "$(id -u)" -eq 0 ] || { echo "image_pays: a root folder of its own needs root" >&2; exit 2; }

folder=$(mktemp -d)
container=$(buildah from "$tag")
root=$(buildah mount "$container")
user=$(buildah inspect --format '{{.OCIv1.Config.User}}' "$container")
started=""
clean_up() {
  for process in $started; do kill "$process" 2>/dev/null || true; done
  wait
  as_postgres "$postgres/pg_ctl" -s -m immediate -D "$folder/data" stop || true
  buildah umount "$container" >/dev/null
  buildah rm "$container" >/dev/null
  rm -rf "$folder"
}
as_postgres() { (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
in_image() {
  ${launch:-} env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin BURSAR_ENV=development \
    "BURSAR_DATABASE_URL=postgresql://postgres@127.0.0.1:$database/bursar" \
    BURSAR_JWT_KEYS=dev-image:HS256:Y29tcG9zZS1kZXZlbG9wbWVudC1vbmx5LW5vLXNlY3JldCE \
    "BURSAR_GATEWAY_URL=http://127.0.0.1:$gateway" "BURSAR_SMTP_URL=smtp://127.0.0.1:$smtp" \
    "BURSAR_SMS_URL=http://127.0.0.1:$sinks/messages" "BURSAR_DEVTOOLS_URL=http://127.0.0.1:$sinks" \
    "BURSAR_LISTEN=127.0.0.1:$public" "BURSAR_OPS_LISTEN=127.0.0.1:$operations" "BURSAR_URL=http://127.0.0.1:$public" \
    chroot --userspec="$user" "$root" bursar "$@"
}
database=$(free_port) gateway=$(free_port) smtp=$(free_port) sinks=$(free_port) public=$(free_port)
operations=$(free_port)
trap clean_up EXIT
trap 'exit 130' INT TERM

chmod 711 "$folder"
install -d -o postgres -g postgres -m 700 "$folder/data"
as_postgres "$postgres/initdb" -D "$folder/data" -A trust --encoding=UTF8 --locale=C >"$folder/initdb.log"
as_postgres "$postgres/pg_ctl" -s -w -D "$folder/data" -l "$folder/data/server.log" -o \
  "-c listen_addresses=127.0.0.1 -c port=$database -c unix_socket_directories=$folder/data" start
as_postgres "$postgres/createdb" -h 127.0.0.1 -p "$database" bursar
in_image migrate
(launch="exec" && in_image devtools --gateway-listen "127.0.0.1:$gateway" --smtp-listen "127.0.0.1:$smtp" \
  --sinks-listen "127.0.0.1:$sinks" --folder /tmp >"$folder/devtools.log" 2>&1) &
started="$started $!"
(launch="exec" && in_image serve --role api,executor,notifier,scheduler,ops >"$folder/serve.log" 2>&1) &
started="$started $!"
if ! curl -sSf --retry 60 --retry-delay 1 --retry-all-errors -o /dev/null "http://127.0.0.1:$operations/readyz"; then
  cat "$folder/devtools.log" "$folder/serve.log" >&2
  exit 1
fi
in_image payments create --amount 1234 --currency EUR --wait
in_image mail list
in_image audit
echo "image_pays: $tag took a payment as user $user"
