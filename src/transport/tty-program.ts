/*
 * A job on a terminal: what a pty runs instead of an agent. It is staged as a file, KEY.tty, by an agent of the job's
 * user, with the functions of process-program.ts, carry-program.ts and capsule-program.ts before it, and the job's own
 * assignments (see terminal-job.ts). It claims the key, runs the job in its own session, whose terminal is the pty, and
 * writes down how that ended; nothing of what is printed is kept.
 *
 * Ctrl-C and the like are for the program. When the terminal goes away the program gets HUP, as everywhere; if it ends
 * otherwise than with 0 then, it was cancelled. The timeout is kept by the same file, started as `watch`, in a session
 * of its own, so that it is not ended by what it has to end.
 */
export const TTY_PROGRAM = `
wm_guard() {
  [ -n "$wm_setsid" ] || set -m
  $wm_setsid sh "$0" watch $$ "$1" </dev/null >/dev/null 2>&1 &
  wm_attendant=$!
  [ -n "$wm_setsid" ] || set +m
  # What wm_perform may wait for: it waits for the end of this very session.
  wm_watch=$$
}

wm_launch() {
  trap wm_hung=1 HUP
  trap : INT QUIT TERM TSTP
  (
    exec 2>&3 3>&-
    wm_become "$@"
  )
  wm_y=$?
  [ -z "$wm_hung" ] || [ "$wm_y" = 0 ] || wm_win "$wm_w" cancelled
  return "$wm_y"
}

wm_tty() {
  exec 3>&2 2>/dev/null
  { printf %s "$wm_s" >"$wm_c.s" && printf '' >"$wm_c.out" && printf '' >"$wm_c.err"; } 2>/dev/null || exit
  if ! wm_work || ! wm_win "$wm_f" "job $$ $wm_mine $wm_boot $wm_g"; then
    wm_idle
    rm -f "$wm_c".*
    exit
  fi
  wm_durable "$wm_f"
  wm_perform "$wm_t" "$@"
  wm_idle
  kill "$wm_attendant"
  wm_durable "$wm_f"
}

# $1 is the supervisor, $2 the deadline.
wm_attend() {
  trap '' HUP INT QUIT TSTP
  trap '[ -z "$wm_z" ] || kill "$wm_z"; exit' TERM
  rm -f "$0"
  wm_z=
  while wm_now; [ "$wm_now" -lt "$2" ]; do
    wm_x=$(($2 - wm_now + 100))
    [ "$wm_x" -lt 6000 ] || wm_x=6000
    sleep $((wm_x / 100)) &
    wm_z=$!
    wait "$wm_z"
    wm_z=
    wm_read
    [ -z "$wm_fin" ] || exit
    kill -0 "$1" || {
      wm_members "\${wm_j:-0}" "$wm_jb"
      [ -n "$wm_pids" ] || exit
    }
  done
  wm_win "$wm_w" timeout
  wm_read
  [ -z "$wm_j" ] || wm_stop "$wm_j" "$wm_jb" 500
  wm_read
  [ -n "$wm_fin" ] || { wm_record 'ended timeout 137 0' && wm_durable "$wm_f"; }
}

`;

/** What a file begins with that a pty runs, behind its functions: it stands beside what its user has of the run. */
export const TTY_BEGINNING = `
unset CDPATH
wm_P=/proc wm_tty=1 wm_lapse= wm_me=$$ wm_proc= wm_hung= wm_due= wm_watch= wm_sync= wm_pro= wm_keep= wm_reg= wm_from= wm_run= wm_e= wm_d= wm_h=
wm_U=\${0%/*} wm_umask=$(umask) wm_type=$TERM
wm_B=\${wm_U%/*}
umask 077
LC_ALL=C
[ ! -r "$wm_U/env" ] || . "$wm_U/env"
LC_ALL=C
export TERM="$wm_type"
unset COLUMNS LINES
wm_setsid=$(command -v setsid)
wm_home=\${HOME:-/}
wm_here
`;

/** The same of a job, which works under the lease that there was when it was staged. */
export const TTY_JOB_BEGINNING = `
wm_f=$wm_B/$wm_k wm_c=$wm_U/$wm_k.$$ wm_w=$wm_U/$wm_k.why wm_L= wm_head= wm_unleased=
{ IFS= read -r wm_L && IFS= read -r wm_head; } 2>/dev/null <"$wm_U/$wm_k.lease"
`;

/** Of the agent: what it needs to have such jobs. */
export const STAGE_PROGRAM = `
# stage KEY NAME LENGTH: writes wm_s to the file KEY.NAME, unless KEY is claimed, and the lease to work under to KEY.lease.
wm_stage() {
  [ -z "$wm_bad" ] || wm_prepare
  if [ -n "$wm_bad" ]; then wm_reply "refused $wm_bad"; return; fi
  if [ \${#wm_s} -ne "$3" ]; then wm_reply 'refused the script did not arrive as it was sent'; return; fi
  if [ -e "$wm_B/$1" ]; then wm_reply claimed; return; fi
  if [ -n "$wm_unleased" ]; then wm_reply "refused $wm_unleased"; return; fi
  if { printf '%s\\n%s\\n' "$wm_L" "$wm_head" >"$wm_U/$1.lease" && printf %s "$wm_s" >"$wm_U/$1.$2"; } 2>/dev/null; then
    wm_reply "staged $wm_U/$1.$2"
  else
    rm -f "$wm_U/$1.$2"
    wm_reply "refused cannot write to $wm_U"
  fi
}

# unstage KEY: removes what was staged for it.
wm_unstage() {
  rm -f "$wm_U/$1".tty "$wm_U/$1".su "$wm_U/$1".lease
  wm_reply unstaged
}

# hangup KEY: nobody has the terminal any more that the job runs on.
wm_hangup() {
  wm_settle "$1"
  if [ "$wm_st" = live ] && [ -n "$wm_j" ]; then
    wm_members "$wm_j" "$wm_jb"
    [ -z "$wm_pids" ] || { kill -s HUP $wm_pids; kill -s CONT $wm_pids; } 2>/dev/null
  fi
  wm_reply hung
}
`;
