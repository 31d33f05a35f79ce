#!/bin/sh
# Prints the three Secrets that the overlay production needs, with certificates of a new CA whose key is thrown away:
#   sh make-secrets.sh | kubectl apply -f -
# DAYS is how long they are valid (365). Where cert-manager is installed, use overlays/production-cert-manager instead.
set -eu
umask 077
days=${DAYS:-365}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
new_key ca.key
openssl req -x509 -new -key ca.key -subj /CN=netaware-ca -days "$days" -out ca.crt \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign

secret() { # NAME COMMON-NAME USAGE DNS-NAMES
  new_key tls.key
  openssl req -new -key tls.key -subj "/CN=$2" -out tls.csr
  {
    echo basicConstraints=critical,CA:FALSE
    echo keyUsage=critical,digitalSignature
    echo "extendedKeyUsage=$3"
    echo "subjectAltName=$4"
  } >extensions
  openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -days "$days" \
    -extfile extensions -out tls.crt 2>/dev/null
  cat <<EOF
---
apiVersion: v1
kind: Secret
metadata:
  name: $1
  namespace: netaware
  labels:
    app.kubernetes.io/name: netaware
    app.kubernetes.io/component: certificates
type: kubernetes.io/tls
data:
  ca.crt: $(base64 <ca.crt | tr -d '\n')
  tls.crt: $(base64 <tls.crt | tr -d '\n')
  tls.key: $(base64 <tls.key | tr -d '\n')
EOF
}

secret netaware-aggregator-tls netaware-aggregator serverAuth \
  DNS:netaware-aggregator.netaware.svc,DNS:netaware-aggregator.netaware,DNS:netaware-aggregator,DNS:localhost
secret netaware-extender-tls netaware-extender serverAuth DNS:netaware-extender,DNS:localhost
secret netaware-scheduler-client-tls netaware-scheduler clientAuth DNS:netaware-scheduler
