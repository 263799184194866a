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

# What hosts install from: no network is needed. lab-slow takes as many seconds as /etc/lab-slow says.
mkdir -p "$root/srv/apt"
echo "deb [trusted=yes] file:/srv/apt ./" >"$root/etc/apt/sources.list"
package() { # NAME VERSION PROGRAM, the last for after it was unpacked
  work=$root/srv/package
  mkdir -p "$work/DEBIAN" "$work/usr/bin"
  cat >"$work/DEBIAN/control" <<END
Package: $1
Version: $2
Architecture: all
Maintainer: Lab <lab@example.invalid>
Description: for tests
END
  printf '#!/bin/sh\necho %s %s\n' "$1" "$2" >"$work/usr/bin/$1"
  printf '#!/bin/sh\n%s\n' "$3" >"$work/DEBIAN/postinst"
  chmod 755 "$work" "$work/DEBIAN" "$work/DEBIAN/postinst" "$work/usr" "$work/usr/bin" "$work/usr/bin/$1"
  deb=$1_$2_all.deb
  chroot "$root" dpkg-deb --root-owner-group --build /srv/package "/srv/apt/$deb" >/dev/null
  (
    cd "$root/srv/apt"
    cat "$work/DEBIAN/control"
    sum=$(sha256sum "$deb")
    printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "${sum%% *}"
  ) >>"$root/srv/apt/Packages"
  rm -r "$work"
}
package lab-hello 1.0 :
package lab-hello 2.0 :
package lab-slow 1.0 'sleep "$(cat /etc/lab-slow 2>/dev/null || echo 2)"'
package lab-broken 1.0 'echo broken as it should be >&2; exit 1'
