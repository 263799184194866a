#!/bin/sh
# Runs a command as root on a host. Usage: exec.sh DIR NAME COMMAND, within the namespaces of lab.sh.
set -eu
read -r init <"$1/hosts/$2/init"
# No more than root has who came by SSH.
read -r dropped <"${0%/*}/dropped-capabilities"
exec setpriv --bounding-set="$dropped" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
  nsenter --target "$init" --mount --net --pid --uts --ipc --time -- \
  /bin/sh -c 'cd /; [ "$(cat /proc/1/comm)" = lab-init ] || exit 125; exec /bin/sh -c "$1"' sh "$3"
