/*
 * Part of the agent (see agent-program.ts): the job capsule. Longer than most files, since it is one program.
 *
 * In the run's directory wm_B, which anybody may write to and nobody list, a file named by the job's key is its record.
 * Creating it (O_EXCL) is the one step that decides who runs the job, or that nobody ever will (a tombstone). It grows
 * by lines, each added in one write, and not there before its closing " .":
 *
 *   job PID BORN BOOT DIGEST .       the supervisor's process, the boot it runs in, the digest of the script
 *   run SESSION BORN .               the job has begun
 *   end FIN .                        FIN: ended END EXIT MS [LEFT] (see wm_left), or refused REASON
 *   tomb REASON .                    instead of all that
 *
 * All else is private, in the user's own wm_U: KEY.PID.s the script, .out and .err its output, .fol the process that
 * follows it; KEY.why, why it is stopped: the first cause wins; cur.PID, what a supervisor is at; and what jobs hand on
 * (see carry-program.ts). The supervisor is the agent's own loop: it waits for the job in the foreground, needs nothing
 * of its connection until the job is over, and answers, or finds nobody there, then.
 */
export const CAPSULE_PROGRAM = `
# Creates file $1 holding line $2 if nobody has yet.
wm_win() {
  set -C
  { printf '%s .\\n' "$2" >"$1"; } 2>/dev/null
  wm_x=$?
  set +C
  return $wm_x
}

wm_bury() { wm_win "$wm_B/$1" "tomb $2" && wm_durable "$wm_B/$1"; }

# What key $1 is claimed for: wm_kind is none, tomb (wm_why), job, or half: somebody is just about to write it.
wm_claim() {
  wm_kind=none wm_f=$wm_B/$1 wm_w=$wm_U/$1.why
  [ -e "$wm_f" ] || return 0
  wm_kind=tomb wm_why='it was set aside by another user'
  [ -r "$wm_f" ] || return 0
  wm_kind=half
  wm_read
  [ "$wm_kind" != job ] || wm_c=$wm_U/$1.$wm_super
}

# The record at wm_f: wm_kind, the job's session wm_j and wm_jb, empty if it has not begun, and its end wm_fin.
wm_read() {
  wm_j= wm_jb= wm_fin=
  while IFS= read -r wm_x; do
    case $wm_x in
    'job '*' .')
      set -- $wm_x
      wm_kind=job wm_super=$2 wm_since=$3 wm_on=$4 wm_digest=$5
      ;;
    'run '*' .')
      set -- $wm_x
      wm_j=$2 wm_jb=$3
      ;;
    'end '*' .')
      wm_x=\${wm_x#end } wm_fin=\${wm_x% .}
      break
      ;;
    'tomb '*' .')
      wm_x=\${wm_x#tomb } wm_why=\${wm_x% .}
      wm_kind=tomb
      ;;
    esac
  done 2>/dev/null <"$wm_f"
}

# The end, in the block that the record has already: a disk that the job has filled has room for it.
wm_record() { { printf 'end %s .\\n' "$1" >>"$wm_f"; } 2>/dev/null; }

# The state of the job whose record is wm_f: wm_st is ended (wm_fin), live, or lost (wm_why). A supervisor that is gone
# cannot say whether it had started the job; but whoever starts it looks for KEY.why after saying so in the record.
wm_check() {
  wm_st=ended wm_orphan=
  wm_read
  [ -z "$wm_fin" ] || return 0
  wm_st=live wm_why='its host was restarted'
  if [ "$wm_on" = "$wm_boot" ]; then
    ! wm_alive "$wm_super" "$wm_since" || return 0
    wm_win "$wm_w" unknown
    wm_why='its supervisor was killed'
    wm_read
    if [ -n "$wm_j" ]; then
      wm_members "$wm_j" "$wm_jb"
      wm_orphan=1
      [ -z "$wm_pids" ] || return 0
    fi
  fi
  wm_st=ended
  wm_read
  [ -z "$wm_fin" ] || return 0
  if [ -z "$wm_j" ] && [ "$wm_on" = "$wm_boot" ] && [ -e "$wm_w" ]; then
    wm_fin='refused its supervisor was killed before it began'
    wm_record "$wm_fin" && wm_durable "$wm_f"
  elif [ "$wm_on" = "$wm_boot" ] && wm_stopped; then
    wm_record "$wm_fin" && wm_durable "$wm_f"
  else
    wm_st=lost
  fi
}

# The end wm_fin of a job that was being stopped for KEY.why when its supervisor went: that of one on a terminal is in
# the very session that is ended.
wm_stopped() {
  wm_x=
  { read -r wm_x wm_y <"$wm_w"; } 2>/dev/null
  case $wm_x in
  timeout) wm_fin='ended timeout 137 0' ;;
  cancelled | lapsed) wm_fin='ended cancelled 143 0' ;;
  *) return 1 ;;
  esac
}

# wm_st of key $1: none, tomb, or as wm_check says. Waits for a claim that is being written.
wm_settle() {
  wm_i=0
  while wm_claim "$1"; [ "$wm_kind" = half ] && [ "$wm_i" -lt 30 ]; do
    wm_i=$((wm_i + 1))
    wm_nap
  done
  if [ "$wm_kind" = half ]; then
    wm_win "$wm_w" unknown
    wm_claim "$1"
    [ "$wm_kind" != half ] || wm_kind=tomb wm_why='its starter died before it began'
  fi
  wm_st=$wm_kind
  [ "$wm_kind" != job ] || wm_check
}

# The job itself, in a session of its own: a subshell that becomes the interpreter $@ with the script. In the
# foreground: POSIX shells start background jobs with SIGINT ignored for good. .no: why it was not started after all.
wm_launch() { ( wm_become "$@" ) </dev/null >"$wm_c.out" 2>"$wm_c.err"; }

# wm_tty: it stays in this session, whose terminal it has.
wm_become() {
  trap - HUP PIPE TERM USR1
  umask "$wm_umask"
  export LC_ALL="$wm_locale" LANG="$wm_locale"
  [ -n "$wm_tty" ] || export COLUMNS=200
  [ -z "$wm_from" ] || wm_carry
  eval "$wm_e"
  [ -n "$wm_tty" ] || [ ! -x "$wm_U/bin/sudo" ] || export PATH="$wm_U/bin:$PATH"
  if [ -z "$wm_d" ] || ! cd "$wm_d" 2>/dev/null; then
    if [ -n "$wm_d" ] && [ -z "$wm_h" ]; then
      printf 'no such directory: %s\\n' "$wm_d" >"$wm_c.no"
      exit 126
    fi
    cd "$wm_home" 2>/dev/null || cd /
  fi
  command -v "$1" >/dev/null 2>&1 || { printf 'there is no %s\\n' "$1" >"$wm_c.no"; exit 127; }
  wm_stat self
  [ -z "$wm_tty" ] || wm_stat "$wm_sid" || wm_pid=$wm_sid wm_born=0
  printf 'run %s %s .\\n' "$wm_pid" "$wm_born" >>"$wm_f" || exit 126
  [ -z "$wm_reg" ] || printf '%s %s .\\n' "$wm_pid" "$wm_born" >>"$wm_reg"
  if [ -e "$wm_w" ]; then
    wm_record 'refused it was cancelled before it began'
    exit 126
  fi
  wm_keeps && export wm_pro="$wm_pro" wm_keep="$wm_c$wm_nl$wm_keep$wm_nl$wm_dump"
  [ -n "$wm_tty" ] || exec $wm_setsid "$@" "$wm_c.s"
  exec "$@" "$wm_c.s"
}

# Launches it and waits: wm_fin. $1: timeout in centiseconds.
wm_perform() {
  wm_now
  wm_begun=$wm_now
  printf '%s %s .\\n' "\${wm_c##*/}" $((wm_now + $1)) >"$wm_U/cur.$wm_me"
  wm_guard $((wm_now + $1))
  shift
  wm_launch "$@"
  wm_exit=$?
  wm_now
  wm_end=exited wm_fin= wm_j=?
  [ ! -e "$wm_w" ] || { read -r wm_end wm_x <"$wm_w"; } 2>/dev/null
  case $wm_end in
  timeout) wait "$wm_watch"; wm_watch= ;;
  lapsed) wait "$wm_watch"; wm_watch= wm_end=cancelled ;;
  cancelled) ;;
  *) wm_end=exited ;;
  esac
  # Only then may it not have begun.
  [ "$wm_exit" = 0 ] || wm_read
  [ -z "$wm_fin" ] || return 0
  wm_fin="ended $wm_end $wm_exit $(((wm_now - wm_begun) * 10))"
  [ -z "$wm_keep" ] || wm_left
  if [ -z "$wm_j" ]; then
    wm_x=
    { IFS= read -r wm_x <"$wm_c.no" || IFS= read -r wm_x <"$wm_c.err"; } 2>/dev/null
    wm_fin="refused \${wm_x:-it could not be started}"
  fi
  wm_record "$wm_fin"
}

# One watchdog serves all jobs of this loop, one after the other: it wakes no later than the first deadline, and then
# goes by the job of that moment. $1: the deadline of the job about to start.
wm_guard() {
  if [ -n "$wm_watch" ] && [ "$wm_wake" -gt $((wm_now + 200)) ] && [ "$wm_wake" -le "$1" ]; then
    ! kill -0 "$wm_watch" 2>/dev/null || return 0
  fi
  wm_unguard
  wm_wake=$1
  (
    # Not as redirections of the call: shells keep what those replace, and the channel would stay open.
    exec </dev/null >/dev/null 2>&1
    wm_watch
  ) &
  wm_watch=$!
}

# The number may be another process's by now.
wm_unguard() { [ -z "$wm_watch" ] || { wm_stat "$wm_watch" && [ "$wm_ppid" = "$wm_me" ] && kill "$wm_watch"; }; }

# It looks up every minute: time goes on while the host is suspended, sleep(1) does not. Without a supervisor and a job
# there is nothing to watch. wm_lapse: the job goes on only while somebody says that it is wanted, see wm_start.
wm_watch() {
  wm_z=$!
  trap '[ "$!" = "$wm_z" ] || kill "$!"; exit' TERM
  wm_until=$wm_wake wm_at=$wm_begun
  wm_heed
  while wm_now; [ "$wm_now" -lt "$wm_wake" ]; do
    wm_x=$((wm_wake - wm_now + 10))
    [ "$wm_x" -lt "$wm_minute" ] || wm_x=$wm_minute
    sleep "$((wm_x / 100)).$((wm_x % 100 / 10))" &
    wait "$!" || {
      sleep $((wm_x / 100 + 1)) &
      wait "$!"
    }
    wm_z=$!
    { read -r wm_n wm_until wm_x <"$wm_U/cur.$wm_me"; } 2>/dev/null || exit
    wm_f=$wm_B/\${wm_n%.*} wm_w=$wm_U/\${wm_n%.*}.why
    case $wm_n in look-*) wm_f=$wm_U/$wm_n.st ;; esac
    wm_read
    kill -0 "$wm_me" 2>/dev/null || {
      wm_members "\${wm_j:-0}" "$wm_jb"
      [ -n "$wm_pids" ] || exit
    }
    wm_now
    [ "$wm_now" -lt "$wm_wake" ] || wm_wake=$wm_until
    wm_heed
  done
  [ -z "$wm_fin" ] || exit
  if [ -n "$wm_lapse" ] && [ "$wm_now" -lt "$wm_until" ]; then wm_x=lapsed; else wm_x=timeout; fi
  wm_win "$wm_w" $wm_x
  wm_read
  [ -z "$wm_j" ] || wm_stop "$wm_j" "$wm_jb" 500
  exit
}

# wm_wake, where nobody would have said for wm_lapse by then that the job is wanted.
wm_heed() {
  [ -n "$wm_lapse" ] || return 0
  wm_x= wm_y=
  { read -r wm_x wm_y <"$wm_B/pulse"; } 2>/dev/null
  [ "$wm_y" != . ] || [ "$wm_x" -lt "$wm_at" ] || wm_at=$wm_x
  wm_wake=$((wm_at + wm_lapse))
  [ "$wm_wake" -lt "$wm_until" ] || wm_wake=$wm_until
}

# pulse: all that was started with wm_start is wanted.
wm_pulse() {
  wm_now
  umask 022
  { printf '%s .\\n' "$wm_now" >"$wm_B/pulse"; } 2>/dev/null
  umask 077
  wm_reply beaten
}

# start KEY DIGEST LENGTH LAPSE INTERPRETER...: as wm_run, but with a supervisor of its own, which needs no channel, so
# that there is room for others on the connection. The job may go on for as long as it likes, and is ended once no pulse
# has come for LAPSE. SIGINT is ignored in it, as in all that a shell starts with &.
wm_start() {
  wm_k=$1 wm_g=$2 wm_t=$4
  [ -z "$wm_bad" ] || wm_prepare
  if [ -n "$wm_bad" ]; then wm_reply "refused $wm_bad"; return; fi
  if [ \${#wm_s} -ne "$3" ]; then wm_reply 'refused the script did not arrive as it was sent'; return; fi
  shift 4
  # Until it has claimed the key it holds the pipe that is read here.
  wm_x=$(
    (
      exec 2>/dev/null
      wm_lapse=$wm_t wm_watch= wm_due= wm_reg=
      wm_stat self
      wm_me=$wm_pid wm_mine=$wm_born
      wm_c=$wm_U/$wm_k.$wm_me wm_w=$wm_U/$wm_k.why wm_f=$wm_B/$wm_k
      [ ! -e "$wm_f" ] || exit
      if ! { printf %s "$wm_s" >"$wm_c.s" && printf '' >"$wm_c.out" && printf '' >"$wm_c.err"; }; then
        printf 'refused cannot write to %s' "$wm_U"
      elif ! wm_work; then
        printf '%s' "\${wm_unleased:+refused }\${wm_unleased:-unleased}"
      elif wm_win "$wm_f" "job $wm_me $wm_mine $wm_boot $wm_g"; then
        wm_durable "$wm_f"
        exec >/dev/null
        wm_perform 864000000 "$@"
        wm_idle
        wm_unguard
        wm_durable "$wm_f" "$wm_c.out" "$wm_c.err"
        wm_tell
        exit
      fi
      rm -f "$wm_c".*
    ) </dev/null &
  )
  wm_reply "\${wm_x:-claimed}"
}

# going KEY: waits until the job has begun, or is over.
wm_going() {
  wm_q=0
  while wm_settle "$1"; [ "$wm_st" = live ] && [ -z "$wm_j" ] && [ "$wm_q" -lt 100 ]; do
    wm_q=$((wm_q + 1))
    wm_nap
  done
  wm_reply "$wm_st"
}

# Wakes whoever follows the job.
wm_tell() {
  { read -r wm_f wm_fb wm_x <"$wm_c.fol"; } 2>/dev/null || return
  ! wm_alive "$wm_f" "$wm_fb" || kill -s USR1 "$wm_f" 2>/dev/null
}

# run KEY DIGEST LENGTH TIMEOUT INTERPRETER...: wm_s the script, wm_e the environment, wm_d the directory (wm_h: else
# home), wm_from the key that it takes up from, wm_keep what it is to hand on: nothing (empty), where it ends (-), or also
# what it exports, less that (wm_if: if one of these variables is exported).
# The answer: claimed (somebody else has the key: follow it), refused REASON, or [followed] ended END EXIT MS [LEFT].
wm_run() {
  wm_k=$1 wm_g=$2 wm_t=$4
  [ -z "$wm_bad" ] || wm_prepare
  if [ -n "$wm_bad" ]; then wm_reply "refused $wm_bad"; return; fi
  if [ \${#wm_s} -ne "$3" ]; then wm_reply 'refused the script did not arrive as it was sent'; return; fi
  shift 4
  if [ -e "$wm_B/$wm_k" ]; then wm_reply claimed; return; fi
  wm_c=$wm_U/$wm_k.$$ wm_w=$wm_U/$wm_k.why wm_f=$wm_B/$wm_k
  wm_x=
  case $wm_keep in '' | -) ;; *) wm_base && wm_x=$wm_first ;; esac
  if ! { printf %s%s "$wm_x" "$wm_s" >"$wm_c.s" && printf '' >"$wm_c.out" && printf '' >"$wm_c.err"; } 2>/dev/null; then
    wm_full
    return
  fi
  if ! wm_work; then
    rm -f "$wm_c".*
    wm_reply "\${wm_unleased:+refused }\${wm_unleased:-unleased}"
    return
  fi
  if ! wm_win "$wm_f" "job $$ $wm_mine $wm_boot $wm_g"; then
    wm_idle
    if [ -e "$wm_f" ]; then
      rm -f "$wm_c".*
      wm_reply claimed
    else
      wm_full
    fi
    return
  fi
  wm_settled "$wm_f"
  wm_due=$wm_c
  wm_perform "$wm_t" "$@" || wm_due=
  wm_idle
  if [ -s "$wm_c.fol" ]; then
    wm_tell
    wm_reply "followed $wm_fin"
  else
    if [ -s "$wm_c.out" ]; then wm_mark o; cat "$wm_c.out"; fi
    if [ -s "$wm_c.err" ]; then wm_mark e; cat "$wm_c.err"; fi
    wm_reply "$wm_fin"
  fi
  [ -n "$wm_due" ] || wm_bye
}

# Puts files on the disk, and with them what the job before has left: its record and its output.
wm_settled() {
  if [ -n "$wm_due" ]; then
    wm_x=\${wm_due##*/}
    set -- "$@" "$wm_B/\${wm_x%.*}"
    [ ! -s "$wm_due.out" ] || set -- "$@" "$wm_due.out"
    [ ! -s "$wm_due.err" ] || set -- "$@" "$wm_due.err"
    [ ! -e "$wm_U/\${wm_x%.*}.env" ] || set -- "$@" "$wm_U/\${wm_x%.*}.env"
  fi
  wm_due=
  [ $# -eq 0 ] || wm_durable "$@"
}

# Nothing was claimed: says why, and sets the key aside if there is room for that.
wm_full() {
  wm_x=$({ printf '%s\\n' "$wm_s" | cat >"$wm_c.s"; } 2>&1)
  wm_y="cannot write to $wm_U: \${wm_x##*: }"
  rm -f "$wm_c".*
  wm_bury "$wm_k" "$wm_y"
  wm_reply "refused $wm_y"
}

# follow KEY DIGEST STDOUT STDERR REASON: prints what the job prints from the offsets on, until it is over. An unclaimed
# key is set aside for REASON, or left alone if that is empty. Digest "-": any. Polls; a supervisor that ends meanwhile
# pokes it.
wm_follow() {
  wm_settle "$1"
  if [ "$wm_st" = none ]; then
    if [ -z "$5" ]; then wm_reply unclaimed; return; fi
    wm_bury "$1" "$5" || wm_settle "$1"
  fi
  case $wm_st in
  none)
    if [ -e "$wm_B/$1" ]; then wm_reply "refused $5"; else wm_reply "unknown cannot write to $wm_B"; fi
    return
    ;;
  tomb) wm_reply "refused $wm_why"; return ;;
  esac
  if [ "$2" != - ] && [ "$2" != "$wm_digest" ]; then wm_reply mismatch; return; fi
  if ! { [ -r "$wm_c.out" ] && [ -r "$wm_c.err" ]; }; then
    case $wm_st/$wm_fin in
    lost/*) wm_reply "unknown $wm_why" ;;
    */refused*) wm_reply "$wm_fin" ;;
    *) wm_reply "unknown its output is gone" ;;
    esac
    return
  fi
  exec 4<"$wm_c.out" 5<"$wm_c.err"
  wm_o=$3 wm_r=$4 wm_z=2 wm_at= wm_poke=
  trap wm_poke=1 USR1
  [ "$wm_st" != live ] || { printf '%s %s .\\n' $$ "$wm_mine" >"$wm_c.fol"; } 2>/dev/null
  while :; do
    wm_check
    wm_mark o
    wm_drain "$wm_o" <&4
    wm_o=0
    if [ -s "$wm_c.err" ]; then
      wm_mark e
      wm_drain "$wm_r" <&5
      wm_r=0
    fi
    [ "$wm_st" = live ] || break
    wm_x=
    { read -r wm_y wm_x <"$wm_P/self/fdinfo/4"; } 2>/dev/null
    if [ "$wm_x" != "$wm_at" ]; then wm_z=2; elif [ $wm_z -lt 10 ]; then wm_z=$((wm_z + 1)); fi
    wm_at=$wm_x
    wm_x=0.$wm_z
    [ $wm_z -lt 10 ] || wm_x=$((1 + \${wm_orphan:-0}))
    [ -n "$wm_poke" ] || {
      sleep $wm_x 2>/dev/null &
      wm_y=$!
      wait "$wm_y"
      case $? in 0) ;; 1) sleep 1 ;; *) kill "$wm_y" 2>/dev/null ;; esac
    }
    wm_poke=
  done
  trap '' USR1
  exec 4<&- 5<&-
  case $wm_st in ended) wm_reply "$wm_fin" ;; *) wm_reply "unknown $wm_why" ;; esac
}

wm_drain() { if [ "$1" -gt 0 ]; then tail -c "+$(($1 + 1))"; else cat; fi; }

# aside KEY REASON: sets the key of another user's job aside, unless that has been claimed.
wm_aside() {
  if wm_bury "$1" "$2"; then wm_reply "refused $2"; return; fi
  wm_kind=
  [ ! -r "$wm_B/$1" ] || wm_claim "$1"
  if [ "$wm_kind" = tomb ]; then wm_reply "refused $wm_why"; else wm_reply claimed; fi
}

# cancel KEY GRACE REASON, in centiseconds: never-ran, ended, running or unknown.
wm_cancel() {
  wm_settle "$1"
  if [ "$wm_st" = none ]; then
    if wm_bury "$1" "$3"; then wm_reply never-ran; return; fi
    wm_settle "$1"
  fi
  if [ "$wm_st" = live ]; then
    wm_win "$wm_w" cancelled
    wm_now
    wm_i=$((wm_now + $2 + 1000)) wm_grace=$2
    while [ "$wm_st" = live ] && [ "$wm_now" -lt "$wm_i" ]; do
      [ -z "$wm_j" ] || wm_stop "$wm_j" "$wm_jb" "$wm_grace" || break
      wm_check
      if [ "$wm_st" = lost ]; then
        wm_fin='ended cancelled 143 0' wm_st=ended
        wm_record "$wm_fin" && wm_durable "$wm_f" || wm_st=lost
      fi
      [ "$wm_st" != live ] || wm_nap
      wm_now
    done
  fi
  case $wm_st/$wm_fin in
  none/*) wm_reply unknown ;;
  tomb/* | ended/refused*) wm_reply never-ran ;;
  ended/*) wm_reply ended ;;
  live/*) wm_reply running ;;
  *) wm_reply unknown ;;
  esac
}
`;
