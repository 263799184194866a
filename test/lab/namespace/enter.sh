#!/bin/sh
# One boot of one host: PID 1 of new namespaces, on its way to the host's own root and init.
# Usage: enter.sh DIR NAME. Here /proc is still the lab's, its PID 1 is lab.sh.
set -eu
dir=$1 name=$2
host=$dir/hosts/$name place=$dir/work/$name
root=$place/root
read -r pid _ </proc/self/stat
# Whoever is root on a host may do to the host what they like, and nothing to the machine's clock, modules, devices, log.
read -r dropped <"${0%/*}/dropped-capabilities"
hostname "$name"

# Links to the lab's bridges, new at each boot; a cut one stays down.
{
  echo "link set dev lo up"
  while read -r link port _ mac four six; do
    echo "link add name $link address $mac type veth peer name $port netns /proc/1/ns/net"
    echo "addr add $four dev $link"
    [ "$six" = - ] || echo "addr add $six dev $link nodad"
    echo "link set dev $link up"
  done
} <"$host/links" | ip -batch -
while read -r _ port bridge _; do
  echo "link set dev $port master $bridge"
  [ -e "$host/cut" ] || echo "link set dev $port up"
done <"$host/links" | nsenter --net=/proc/1/ns/net ip -batch -
echo 0 >/proc/sys/net/ipv4/ip_forward

# What a Linux has beside its disk.
rm -rf "$place/kernel"
cp -R "$dir/kernel" "$place/kernel"
read -r uuid </proc/sys/kernel/random/uuid
echo "$uuid" >"$place/kernel/boot_id"
mount --all --fstab "$host/fstab"
cp -a "$dir/work/dev/." "$root/dev"
mkdir -m 755 "$root/run/sshd" "$root/run/old"
mkdir -m 1777 "$root/run/lock"

cd "$root"
pivot_root . run/old
echo "$pid" >"run/old$host/init"
cd /
umount -l /run/old
rmdir /run/old
exec 3>&1 >/dev/null 2>&1
exec setpriv --bounding-set="$dropped" \
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/sbin/lab-init "$name"
