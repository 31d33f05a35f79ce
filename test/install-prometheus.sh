#!/bin/sh
# Brings Debian's prometheus into the user's cache for the tests, where it is not installed. It is unpacked and not installed:
# installing it would start a server on port 9090. Where that fails, the tests that need it are skipped and say so.
set -eu

folder="${XDG_CACHE_HOME:-$HOME/.cache}/netaware/prometheus"
if command -v prometheus >/dev/null 2>&1 || [ -x "$folder/usr/bin/prometheus" ]; then exit 0; fi
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1; then
  echo "no prometheus on PATH, and no Debian to take it from: tests that need it are skipped" >&2
  exit 0
fi

unpack() {
  [ "$(id -u)" != 0 ] || apt-get update
  (cd "$work" && apt-get download prometheus)
  dpkg -x "$work"/prometheus_*.deb "$work/unpacked"
  # Whoever was quicker has put the same there.
  mv -T "$work/unpacked" "$folder" 2>/dev/null || [ -x "$folder/usr/bin/prometheus" ]
}

echo "unpacking Debian's prometheus into $folder" >&2
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
# In a shell of its own: within a condition the first failure would not end it.
(unpack) >"$work/log" 2>&1 &
if ! wait $!; then
  tail -n 20 "$work/log" >&2
  echo "no prometheus: tests that need it are skipped" >&2
fi
