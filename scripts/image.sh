#!/bin/sh
# image.sh [TAG]: builds the image of the Dockerfile without a container engine: a Debian 12 base by mmdebstrap, the rest
# by buildah with chroot isolation, which needs root but neither a daemon nor namespaces. BASE names another base image,
# JOBS says how many compilers run at once, CCACHE_DIR is a compile cache to share with the build.
set -eu
cd "$(dirname "$0")/.."
tag=${1:-localhost/bursar:latest}
base=${BASE:-localhost/debian:bookworm}
# Works on every file system; overlay is quicker where the kernel lets a container have it.
export STORAGE_DRIVER="${STORAGE_DRIVER:-vfs}" BUILDAH_ISOLATION=chroot

scripts/setup.sh image
if [ "$(id -u)" -ne 0 ]; then
  echo "image: chroot isolation needs root; run: sudo scripts/image.sh $tag" >&2
  exit 2
fi

if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
  echo "image: making the base $base"
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$folder/base.tar"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$folder/base.tar" / >/dev/null
  buildah commit --quiet --rm "$container" "$base" >/dev/null
fi

echo "image: building $tag"
started=$(date +%s)
set --
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  set -- --volume "$NODE_EXTRA_CA_CERTS:/run/extra-ca.pem:ro" --build-arg NODE_EXTRA_CA_CERTS=/run/extra-ca.pem
fi
if [ -n "${CCACHE_DIR:-}" ]; then
  mkdir -p "$CCACHE_DIR"
  set -- "$@" --volume "$CCACHE_DIR:/var/cache/ccache:rw" --build-arg CCACHE_DIR=/var/cache/ccache
fi
buildah build "$@" --quiet --layers=false --build-arg "BASE=$base" --build-arg "JOBS=${JOBS:-}" --tag "$tag" .
buildah images "$tag"
echo "image: done in $(($(date +%s) - started)) s; run it with: buildah run \$(buildah from $tag) -- bursar --version"
