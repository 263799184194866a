#!/bin/sh
# PID 1 of a namespace lab: everything the lab has on this machine lives in its namespaces and ends with it.
# Usage: lab.sh DIR ROOT. Orders come on stdin, one a line; when stdin ends (whoever made the lab is gone, however it
# went), this ends, and the kernel kills every process, unmounts every file system and removes every link of the lab.
set -eu
umask 022
dir=$1 root=$2
# Before there is a /proc of the lab's own: the pid as the machine has it.
read -r pid _ </proc/self/stat
mount -t proc proc /proc
mount -t tmpfs -o mode=755 lab "$dir/work"
# The /dev of every host.
mkdir "$dir/work/dev"
cd "$dir/work/dev"
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty .
chmod 666 null zero full random urandom tty
ln -s pts/ptmx ptmx
ln -s /proc/self/fd fd
ln -s /proc/self/fd/0 stdin
ln -s /proc/self/fd/1 stdout
ln -s /proc/self/fd/2 stderr
cd /
echo "lab $pid"
while read -r order name; do
  case $order in
  net)
    echo 1 >/proc/sys/net/ipv4/ip_forward
    ip -batch "$dir/net" >>"$dir/log" 2>&1 || echo "failed net"
    ;;
  start) sh "${0%/*}/supervise.sh" "$dir" "$root" "$name" </dev/null 2>>"$dir/hosts/$name/log" & ;;
  esac
done
