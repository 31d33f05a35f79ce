#!/bin/sh
# Prints the Secrets that the overlay production needs, with certificates of a new CA whose key is thrown away:
#   sh make-secrets.sh | kubectl apply --server-side -f -
# (a client-side apply would copy the keys into an annotation of each). Prints nothing where anything goes wrong.
# DAYS is how long they are valid (365). Where cert-manager is installed, use overlays/production-cert-manager instead.
set -eu
umask 077
days=${DAYS:-365}
folder=$(mktemp -d)

end() {
  code=$?
  trap - EXIT
  [ "$code" -eq 0 ] || cat "$folder/words" >&2 || true
  rm -rf "$folder"
  exit "$code"
}
trap end EXIT
# A shell that a signal ends does not run what is left for EXIT.
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$folder"

# What openssl says is shown where it fails.
ssl() { openssl "$@" 2>>words; }
new_key() { ssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
new_key ca.key
ssl req -x509 -new -key ca.key -subj /CN=netaware-ca -days "$days" -out ca.crt \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
ca=$(base64 <ca.crt | tr -d '\n')

start_secret() { # NAME TYPE
  cat >>secrets <<EOF
---
apiVersion: v1
kind: Secret
metadata:
  name: $1
  namespace: netaware
  labels:
    app.kubernetes.io/name: netaware
    app.kubernetes.io/component: certificates
type: $2
data:
  ca.crt: $ca
EOF
}

key_pair() { # NAME COMMON-NAME USAGE DNS-NAMES
  new_key tls.key
  ssl req -new -key tls.key -subj "/CN=$2" -out tls.csr
  {
    echo basicConstraints=critical,CA:FALSE
    echo keyUsage=critical,digitalSignature
    echo "extendedKeyUsage=$3"
    echo "subjectAltName=$4"
  } >extensions
  serial=$(openssl rand -hex 16)
  ssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -set_serial "0x$serial" -days "$days" -extfile extensions -out tls.crt
  start_secret "$1" kubernetes.io/tls
  {
    echo "  tls.crt: $(base64 <tls.crt | tr -d '\n')"
    echo "  tls.key: $(base64 <tls.key | tr -d '\n')"
  } >>secrets
}

# The CA alone: agents trust it, and every node may read what they mount.
start_secret netaware-ca-bundle Opaque
key_pair netaware-aggregator-tls netaware-aggregator serverAuth \
  DNS:netaware-aggregator.netaware.svc,DNS:netaware-aggregator.netaware,DNS:netaware-aggregator,DNS:localhost
key_pair netaware-extender-tls netaware-extender serverAuth DNS:netaware-extender,DNS:localhost
key_pair netaware-scheduler-client-tls netaware-scheduler clientAuth DNS:netaware-scheduler
rm ca.key
cat secrets
