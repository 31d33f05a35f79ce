#!/bin/sh
# Installs the Debian packages that the lab, the agent and the tests need, where they are missing and we are root.
set -eu

missing=
need() { # COMMAND PACKAGE
  command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
PATH="$PATH:/usr/sbin:/sbin"
need ping iputils-ping
need iperf3 iperf3
need ip iproute2
need tc iproute2
need ethtool ethtool
need modprobe kmod
need curl curl
need openssl openssl
# Only a kernel without sch_netem needs a router with a kernel of its own.
if ! modprobe -n -q sch_netem 2>/dev/null; then need linux.uml user-mode-linux; fi
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
[ -n "${missing% }" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "missing packages (Debian's names): $missing- install them, or run as root on Debian" >&2
  exit 1
fi
echo "installing Debian packages: $missing" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086
if ! { apt-get update && apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  rm -f "$log"
  exit 1
fi
rm -f "$log"
