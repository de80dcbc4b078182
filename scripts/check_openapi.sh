#!/bin/sh
# Validates a specification against the OpenAPI 3.1 schema, with the reference validator of the Python package index.
#   scripts/check_openapi.sh FILE
# Exit 0: valid. 1: not, with the reasons. 77: the validator could not be installed here (no network, no python3-venv).
set -eu
file=$1
root=$(cd "$(dirname "$0")/.." && pwd)
venv=$root/.cache/openapi
version=0.9.0
if ! [ -e "$venv/$version" ]; then
  mkdir -p "$root/.cache"
  # Made aside and renamed, so that two that start at once do not meet in a half-made folder.
  made=$(mktemp -d "$root/.cache/openapi.XXXXXX")
  if ! { python3 -m venv "$made" && "$made/bin/python" -m pip install --quiet --disable-pip-version-check \
    "openapi-spec-validator==$version"; } >&2; then
    rm -rf "$made"
    echo "openapi-spec-validator $version could not be installed; python3-venv and a package index are needed" >&2
    exit 77
  fi
  touch "$made/$version"
  [ -e "$venv/$version" ] || rm -rf "$venv"
  mv -T "$made" "$venv" 2>/dev/null || rm -rf "$made"
fi
exec "$venv/bin/python" -m openapi_spec_validator "$file"
