#!/bin/sh
# Runs one host of a namespace lab until it is powered off, and starts it again when it reboots.
# Usage: supervise.sh DIR ROOT NAME, within the namespaces of lab.sh. Says on stdout what becomes of the host.
set -eu
dir=$1 root=$2 name=$3
host=$dir/hosts/$name place=$dir/work/$name
ended=killed
trap 'echo "off $name $ended"' EXIT

# Its disk is of the lab, not of one boot.
if ! [ -d "$place" ]; then
  mkdir "$place" "$place/upper" "$place/work" "$place/root"
  mount -t overlay -o "lowerdir=$host/layer:$dir/layer:$root,upperdir=$place/upper,workdir=$place/work" overlay "$place/root"
  if [ -s "$host/var-tmp" ]; then
    read -r size <"$host/var-tmp"
    mount -t tmpfs -o "mode=1777,size=$size" var-tmp "$place/root/var/tmp"
  fi
fi

while :; do
  read -r uptime _ </proc/uptime
  status=0
  unshare --fork --kill-child --mount --net --pid --uts --ipc --time --boottime "-${uptime%.*}" \
    sh "${0%/*}/enter.sh" "$dir" "$name" </dev/null || status=$?
  rm -f "$host/init"
  # Its network may not have gone yet.
  while read -r _ port _; do ip link del dev "$port" 2>/dev/null || true; done <"$host/links"
  # reboot(2): PID 1 of a PID namespace that reboots ends by SIGHUP, one that powers off by SIGINT.
  case $status in
  129) echo "rebooted $name" ;;
  130) ended=powered-off && exit ;;
  *) exit ;;
  esac
  read -r delay <"$host/boot-delay"
  sleep "$delay"
  while [ -e "$host/held" ]; do sleep 0.05; done
done
