#!/bin/sh
# One boot of one host: PID 1 of new namespaces, on its way to the host's own root and init.
# Usage: enter.sh DIR NAME. Here /proc is still the lab's, its PID 1 is lab.sh.
set -eu
dir=$1 name=$2
host=$dir/hosts/$name root=$dir/work/$name/root
read -r pid _ </proc/self/stat
hostname "$name"

# Links to the lab's bridges, new at each boot; a cut one stays down.
{
  echo "link set lo up"
  while read -r link port _ mac four six; do
    echo "link add name $link address $mac type veth peer name $port netns /proc/1/ns/net"
    echo "addr add $four dev $link"
    [ "$six" = - ] || echo "addr add $six dev $link nodad"
    echo "link set $link up"
  done
} <"$host/links" | ip -batch -
while read -r _ port bridge _; do
  echo "link set $port master $bridge"
  [ -e "$host/cut" ] || echo "link set $port up"
done <"$host/links" | nsenter --net=/proc/1/ns/net ip -batch -
echo 0 >/proc/sys/net/ipv4/ip_forward

# What a Linux has beside its disk. Knobs and files of the machine's kernel are read-only, or plain files.
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755,size=1m dev "$root/dev"
(
  cd "$root/dev"
  cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty .
  chmod 666 null zero full random urandom tty
  mkdir pts shm
  ln -s pts/ptmx ptmx
  ln -s /proc/self/fd fd
  ln -s /proc/self/fd/0 stdin
  ln -s /proc/self/fd/1 stdout
  ln -s /proc/self/fd/2 stderr
)
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
mount -t tmpfs -o mode=755 run "$root/run"
mkdir "$root/run/sshd" "$root/run/lock" "$root/run/lab" "$root/run/lab/old"
chmod 1777 "$root/run/lock"

cd "$root/proc"
mount --bind sys sys
mount --bind sys/net sys/net
mount -o remount,bind,ro sys
for file in sysrq-trigger irq bus fs kcore; do
  [ -e "$file" ] || continue
  mount --bind "$file" "$file"
  mount -o remount,bind,ro "$file"
done
own() { # a plain file of the host's own over one of the kernel's
  file=$root/run/lab/$(echo "$1" | tr / .)
  cat >"$file"
  mount --bind "$file" "$1"
}
own sys/kernel/random/boot_id <sys/kernel/random/uuid
echo "Filename				Type		Size		Used		Priority" | own swaps
for knob in vm/swappiness vm/overcommit_memory vm/panic_on_oom vm/max_map_count kernel/panic kernel/panic_on_oops \
  kernel/keys/root_maxkeys fs/inotify/max_user_instances fs/inotify/max_user_watches; do
  if [ -e "sys/$knob" ]; then own "sys/$knob" <"sys/$knob"; fi
done

cd "$root"
pivot_root . run/lab/old
echo "$pid" >"run/lab/old$host/init"
cd /
umount -l /run/lab/old
exec 3>&1 >/dev/null 2>&1
# May do to itself what it likes, and nothing to the clock, the modules, the devices and the log of the machine.
exec setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-mknod,-syslog,-mac_admin,-audit_control,-wake_alarm \
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/sbin/lab-init "$name"
