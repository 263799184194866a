#!/bin/sh
# What the root of the namespace lab's hosts has beside its packages. Usage: root-customize.sh ROOT, by mmdebstrap(1).
set -eu
root=$1
here=$(dirname "$0")
rm -f "$root"/etc/ssh/ssh_host_* "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
for user in pi ops plain; do chroot "$root" useradd --create-home --shell /bin/bash "$user"; done
for user in pi ops; do chroot "$root" usermod --append --groups sudo "$user"; done
chroot "$root" chpasswd <"$here/passwords"
echo "pi ALL=(ALL:ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/pi"
chmod 440 "$root/etc/sudoers.d/pi"
