/*
 * Part of the agent (see agent-program.ts): time, processes and sessions of the host, by builtins where there is a
 * /proc (proc(5)), else by ps(1). Functions hand their results back in variables; `wm_x` and `wm_y` are anybody's.
 */
export const PROCESS_PROGRAM = `
# wm_now: centiseconds of the host's uptime, which also runs while it sleeps.
wm_now() {
  if { read -r wm_now wm_x <"$wm_P/uptime"; } 2>/dev/null; then
    wm_x=\${wm_now#*.}
    wm_now=$((\${wm_now%.*} * 100 + \${wm_x#0}))
  else
    wm_now=$(date +%s)00
  fi
}

# Process $1 (or "self", also in a subshell): wm_pid, wm_state, wm_ppid, wm_sid and wm_born, which tells it from a
# later process with the same number. Fails when there is none. A program's name may hold anything, newlines too.
# Where there is no setsid(1), or no way to ask for sessions, process groups are what is meant by sessions.
wm_stat() {
  wm_x=
  if [ -n "$wm_proc" ]; then
    while IFS= read -r wm_y; do wm_x=$wm_x$wm_y; done 2>/dev/null <"$wm_P/$1/stat"
    [ -n "$wm_x" ] || return 1
    wm_pid=\${wm_x%% *}
    set -- \${wm_x##*) }
    wm_state=$1 wm_ppid=$2 wm_sid=$4 wm_born=\${20}
    [ -n "$wm_setsid" ] || wm_sid=$3
  else
    wm_pid=$1
    [ "$1" != self ] || wm_pid=$(exec sh -c 'echo "$PPID"')
    set -- $(ps -o stat= -o ppid= -o pgid= -o lstart= -p "$wm_pid" 2>/dev/null)
    [ $# -gt 4 ] || return 1
    wm_state=$1 wm_ppid=$2 wm_sid=$3
    shift 3
    IFS=_
    wm_born="$*"
    unset IFS
  fi
}

# Whether process $1, born at $2, is still there.
wm_alive() {
  wm_stat "$1" && [ "$wm_born" = "$2" ] || return 1
  case $wm_state in [ZX]*) return 1 ;; esac
}

# wm_pids: the living processes of session $1, whose leader was born at $2. While one of them lives no other process
# gets the leader's number; a leader born at another time is a stranger's, and the session is gone. One that is in
# another session is about to begin this one.
wm_members() {
  wm_pids= wm_of=$1
  if wm_stat "$1"; then
    [ "$wm_born" = "$2" ] || return 0
    case $wm_sid/$wm_state in "$1"/* | */[ZX]*) ;; *) wm_pids=" $1" ;; esac
  fi
  if [ -n "$wm_proc" ]; then
    for wm_p in "$wm_P"/[0-9]*; do
      wm_stat "\${wm_p##*/}" && [ "$wm_sid" = "$wm_of" ] || continue
      case $wm_state in [ZX]*) ;; *) wm_pids="$wm_pids $wm_pid" ;; esac
    done
  else
    set -- $(ps -A -o pid= -o pgid= -o stat=)
    while [ $# -gt 2 ]; do
      case $2/$3 in "$wm_of"/[ZX]*) ;; "$wm_of"/*) wm_pids="$wm_pids $1" ;; esac
      shift 3
    done
  fi
}

# Where this shell is: wm_proc if there is a /proc, wm_mine and wm_boot, which tell it and this boot from others, and
# wm_locale.
wm_here() {
  [ ! -r "$wm_P/self/stat" ] || wm_proc=1
  wm_stat self
  wm_mine=$wm_born
  wm_boot=
  { read -r wm_boot <"$wm_P/sys/kernel/random/boot_id"; } 2>/dev/null || wm_boot=$(sysctl -n kern.boottime 2>/dev/null | tr -c 0-9 _)
  wm_stat 1 || wm_born=
  wm_boot=$wm_boot:$wm_born
  wm_locale=C.UTF-8
  if ! [ -e /usr/lib/locale/C.utf8 ] && ! [ -e /usr/lib/locale/C.UTF-8 ]; then
    case $(locale -a 2>/dev/null) in
    '' | *C.utf8* | *C.UTF-8*) ;;
    *en_US.utf8* | *en_US.UTF-8*) wm_locale=en_US.UTF-8 ;;
    *) wm_locale=C ;;
    esac
  fi
}

wm_nap() { sleep 0.1 2>/dev/null || sleep 1; }

# Ends session $1 (leader born at $2): TERM, $3 centiseconds of grace, KILL. Fails if something of it is left 5 s later.
wm_stop() {
  wm_now
  wm_last=$((wm_now + $3)) wm_sent=
  while wm_members "$1" "$2"; [ -n "$wm_pids" ]; do
    wm_now
    if [ "$wm_now" -ge "$wm_last" ]; then
      [ "$wm_now" -lt $((wm_last + 500)) ] || return 1
      kill -s KILL $wm_pids
    elif [ -z "$wm_sent" ]; then
      wm_sent=1
      kill -s TERM $wm_pids
      kill -s CONT $wm_pids
    fi 2>/dev/null
    wm_nap
  done
}

# Puts files on the disk. coreutils before 8.24 ignores what sync(1) is given, and says so.
wm_durable() {
  if [ -z "$wm_sync" ]; then
    wm_sync=dd
    if wm_x=$(sync "$wm_U" 2>&1) && [ -z "$wm_x" ]; then wm_sync=sync; fi
  fi
  if [ "$wm_sync" = sync ]; then
    sync "$@"
  else
    for wm_x; do dd if=/dev/null of="$wm_x" conv=notrunc,fsync || sync; done
  fi 2>/dev/null
}
`;
