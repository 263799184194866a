import { CAPSULE_PROGRAM } from "./capsule-program.ts";
import { CARRY_PROGRAM } from "./carry-program.ts";
import { LEASE_PROGRAM, TAKE_LEASE_PROGRAM } from "./lease-program.ts";
import { PROCESS_PROGRAM } from "./process-program.ts";
import { STAGE_PROGRAM } from "./tty-program.ts";

/*
 * The agent: a POSIX sh program (dash, bash, busybox) that reads requests line by line from its stdin and evaluates
 * them. A line is one request: assignments, then one call at its end, so that half a line can do nothing. Names start
 * with wm_, for the shell's exported variables are those of the jobs.
 *
 * Set by whoever starts it: wm_n the nonce before every line of its own that it prints, wm_name the run's directory
 * name, wm_B and wm_uid and wm_user if they are known already, wm_login (save or load the login environment, or empty),
 * wm_nl a newline, wm_bytes every byte there is but NUL and wm_octal the same as a format of printf.
 */
const AGENT_PROGRAM = `
wm_mark() { printf '%s%s\\n' "$wm_n" "$1" || wm_bye; }

wm_reply() {
  printf '%sr %s\\n' "$wm_n" "\${1%%"$wm_nl"*}" || wm_bye
  wm_s= wm_e= wm_d= wm_h= wm_from= wm_run= wm_keep= wm_if=
}

# Nobody is listening any more, or nothing more is to be done.
wm_bye() {
  trap '' PIPE TERM
  wm_unguard
  wm_settled
  exit
}

# wm_bad: why the run's directories cannot be had. Sticky: other users make their own in it, and nobody else's go away.
wm_prepare() {
  wm_bad=$wm_broken
  [ -z "$wm_bad" ] || return
  [ -d "$wm_B" ] || { wm_bad=$(LC_ALL=C mkdir -m 1733 "$wm_B" 2>&1); }
  if [ -d "$wm_B" ]; then
    if [ -z "$wm_given" ] && [ ! -O "$wm_B" ] || [ -h "$wm_B" ]; then wm_bad="$wm_B belongs to somebody else"; return; fi
    wm_bad=
    [ -d "$wm_U" ] || wm_bad=$(LC_ALL=C mkdir "$wm_U" 2>&1)
    if [ -d "$wm_U" ] && [ ! -O "$wm_U" ] || [ -h "$wm_U" ]; then wm_bad="$wm_U belongs to somebody else"; fi
  fi
}

# look TIMEOUT INTERPRETER...: like a job, but nothing is claimed and nothing stays.
wm_look() {
  wm_c=$wm_U/look-$$.0 wm_f=$wm_c.st wm_w=$wm_U/look-$$.why wm_t=$1
  shift
  [ -z "$wm_bad" ] || wm_prepare
  [ ! -e "$wm_w" ] || rm -f "$wm_w"
  if ! { printf %s "$wm_s" >"$wm_c.s" && printf '' >"$wm_f" && printf '' >"$wm_c.no"; } 2>/dev/null; then
    wm_reply "refused \${wm_bad:-cannot write to $wm_U}"
    return
  fi
  wm_perform "$wm_t" "$@"
  if [ -s "$wm_c.out" ]; then wm_mark o; head -c 1048577 "$wm_c.out"; fi
  if [ -s "$wm_c.err" ]; then wm_mark e; head -c 1048577 "$wm_c.err"; fi
  { printf '' >"$wm_c.out" && printf '' >"$wm_c.err" && printf '' >"$wm_c.s"; } 2>/dev/null
  wm_reply "$wm_fin"
}

# Every host of a run is asked: on Linux without starting a process. A 64-bit kernel says to 32-bit systems on it, which
# have another personality(2), that it is a 32-bit one: uname knows.
wm_facts() {
  wm_mark o
  { read -r wm_x <"$wm_P/self/personality" && [ "$wm_x" = 00000000 ] && read -r wm_x <"$wm_P/sys/kernel/hostname" && read -r wm_y <"$wm_P/sys/kernel/osrelease" && read -r wm_z <"$wm_P/sys/kernel/arch"; } 2>/dev/null &&
    printf '%s %s %s\\n' "$wm_x" "$wm_y" "$wm_z" || uname -nrm
  for wm_x in /etc/os-release /usr/lib/os-release; do
    while IFS= read -r wm_l || [ -n "$wm_l" ]; do printf '%s\\n' "$wm_l"; done 2>/dev/null <"$wm_x" && break
  done
  wm_reply facts
}

# clean DIRECTORY [RUN]: all of it, and the run's leases, as far as it is this user's. \`left\` and the numbers of others that have something there.
wm_clean() {
  rm -rf -- "$1" 2>/dev/null
  [ -z "\${2-}" ] || wm_drop "\${1%/*}" "$2"
  wm_y=clean
  [ ! -e "$1" ] || wm_y=left
  wm_others "$1"
}

# tidy DIRECTORY: the same, but for what jobs have handed on (KEY.env) and what is to be given back (keep).
wm_tidy() {
  for wm_z in "$1"/*; do [ -d "$wm_z" ] || rm -f -- "$wm_z"; done
  wm_keep_on "$1/u$wm_uid"
  wm_y=settled
  wm_others "$1"
}

wm_others() {
  for wm_z in "$1"/u*; do
    [ ! -d "$wm_z" ] || [ -O "$wm_z" ] || wm_y="$wm_y \${wm_z##*/u}"
  done
  [ ! -d "$1" ] || rmdir "$1"
  wm_reply "$wm_y"
}

# own clean|tidy DIRECTORY: only what is this user's, who may not list it.
wm_own() {
  if [ "$1" = clean ]; then rm -rf -- "$2/u$wm_uid"; else wm_keep_on "$2/u$wm_uid"; fi
  wm_reply own
}

wm_keep_on() {
  sh -c '
    cd "$1" || exit
    set --
    for f in *; do case $f in *.env | keep) ;; *) set -- "$@" "$f" ;; esac; done
    rm -rf -- "$@"' sh "$1" </dev/null >/dev/null 2>&1
  [ ! -d "$1" ] || rmdir "$1"
}

wm_clear() { { rm -f "$wm_U/env" \${wm_named:+"$wm_U/folder"} && rmdir "$wm_U" "$wm_B"; } 2>/dev/null; }

# leave RUN: it is not wanted any more, before anything was asked of it. What it has made goes, and its lease: unless
# somebody else works on the run here by now, who has put that away, or has one.
wm_leave() {
  if [ -n "$wm_L" ]; then
    wm_fresh
    if [ -z "$wm_at" ]; then wm_reply left; return; fi
  else
    for wm_d in "\${wm_B%/*}"/waymark-lease-*.*; do
      [ -f "$wm_d/lease" ] && [ ! -h "$wm_d/lease" ] || continue
      { IFS= read -r wm_x <"$wm_d/lease"; } 2>/dev/null
      case $wm_x in "waymark 1 $1 "*) wm_reply left; return ;; esac
    done
  fi
  [ -z "$wm_named" ] || wm_clear
  if [ -n "$wm_L" ]; then wm_release; else wm_reply left; fi
}

# Ends the session that process $1 is in: a login shell that hangs.
wm_hang() {
  if wm_stat "$1"; then
    wm_j=$wm_sid
    wm_stat "$wm_j" || wm_born=
    wm_stop "$wm_j" "$wm_born" 0
  fi
  wm_reply done
}

# Requests too long to be read byte by byte, as read does: $1 bytes follow the line, and nothing after them.
wm_raw() {
  wm_l=$(head -c "$1" && printf x)
  [ \${#wm_l} -eq $(($1 + 1)) ] || wm_bye
  eval "\${wm_l%x}"
}

# USR1 wakes one that follows a job, and may come when that has just been over: it must not interrupt a read.
trap '' HUP USR1
trap wm_bye PIPE TERM
unset CDPATH
cd /
LC_ALL=C
wm_P=\${wm_P:-/proc} wm_minute=\${wm_minute:-6000} wm_proc= wm_umask= wm_broken= wm_due= wm_watch= wm_sync= wm_pro= wm_tty= wm_lapse= wm_me=$$ wm_reg= wm_given=$wm_B
while read -r wm_x wm_y wm_l; do
  case $wm_x in
  Umask:) wm_umask=$wm_y ;;
  Uid:) wm_uid=$wm_y; break ;;
  esac
done 2>/dev/null <"$wm_P/self/status"
[ -n "$wm_umask" ] || wm_umask=$(umask)
umask 077
[ -n "$wm_uid" ] || wm_uid=$(id -u)
[ -n "$wm_user" ] || wm_user=$(id -un)
wm_B=\${wm_B:-\${WAYMARK_TMPDIR:-/var/tmp}/$wm_name} wm_U=$wm_B/u$wm_uid
[ "$wm_bytes" = "$(printf "$wm_octal")" ] || wm_broken='its sh does not keep every byte'
wm_setsid=$(command -v setsid) || {
  set -m 2>/dev/null
  case $- in *m*) ;; *) wm_broken='it has neither setsid nor a shell with job control' ;; esac
}
wm_prepare
[ "$wm_login" != save ] || { export -p && printf 'wm_umask=%s\\n' "$wm_umask"; } >"$wm_U/env" 2>/dev/null
[ "$wm_login" != load ] || [ ! -r "$wm_U/env" ] || . "$wm_U/env"
LC_ALL=C
wm_home=\${HOME:-/}
wm_here
# What has gone with the folder that a run had is not to be taken for what has never been: each folder has its own name.
wm_folder= wm_named=
if [ -z "$wm_given" ]; then
  # A full disk has kept it from being named.
  [ -s "$wm_U/folder" ] || [ ! -e "$wm_U/folder" ] || { wm_nap; [ -s "$wm_U/folder" ] || rm -f "$wm_U/folder"; }
  ! wm_win "$wm_U/folder" "$wm_boot.$$.$wm_mine" || wm_named=1
  { read -r wm_folder wm_x <"$wm_U/folder" && [ "$wm_x" = . ] || wm_folder=; } 2>/dev/null
fi
wm_held=
if [ -n "$wm_lease" ]; then
  wm_take
  # Nothing of a run stays that may not be here; what it left here before does.
  [ -z "$wm_held" ] || wm_clear
  wm_mark o
  case $wm_held$wm_unleased in
  '') printf 'lease %s\\n%s\\n' "$wm_L" "$wm_head" ;;
  *) printf '%s %s\\n' "\${wm_held:+held}\${wm_unleased:+no}" "$wm_held\${wm_unleased%%"$wm_nl"*}" ;;
  esac
fi
wm_reply "ready $wm_uid $wm_boot $wm_folder $wm_user $wm_B"
# A shell says on its stderr which signal ended a job: nobody may be there to hear it.
exec 2>/dev/null
# Before anything is begun. A disk may take its time for that: the host has said that it is there.
[ -z "$wm_named" ] || wm_durable "$wm_U/folder"
while IFS= read -r wm_l; do eval "$wm_l"; done
wm_bye
`;

/** The whole agent, less its comments and indentation. */
export const agentProgram: string = tidy([
  PROCESS_PROGRAM,
  CARRY_PROGRAM,
  LEASE_PROGRAM,
  CAPSULE_PROGRAM,
  STAGE_PROGRAM,
  AGENT_PROGRAM,
]);

/** What stands before that, where it takes the lease of its host. */
export const takeLeaseProgram: string = tidy([TAKE_LEASE_PROGRAM]);

function tidy(parts: readonly string[]): string {
  return parts
    .join("")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("# "))
    .join("\n")
    .concat("\n");
}
