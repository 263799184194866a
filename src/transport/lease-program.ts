/*
 * Part of the agent (see agent-program.ts): the lease of the host, which one run has at a time. Longer than most files
 * beside it in what it explains than in what it does.
 *
 * A lease is a folder waymark-lease-MACHINE.TURN beside the directories of runs (/var/tmp, or WAYMARK_TMPDIR), made by
 * one mkdir(2), which only one of several takers can do. Turns only grow: /var/tmp is sticky, so nobody could put
 * another's lease away or write over it; whoever comes next takes the next turn. Anybody may read in it, and, as the
 * jobs of one run may be several users', write to it:
 *
 *   lease      waymark 1 RUN SLOT BOOT TAKEN RENEWED NAME OWNER .   one line, RENEWED padded: it is written over in place
 *   PID.BORN   lines "PROCESS BORN .": the agent that is at work, and the leader of its job's session; empty when idle
 *
 * TAKEN and RENEWED are centiseconds of uptime, in the boot BOOT: the date does not matter. RUN and SLOT tell a run, and
 * a host of it, from others; NAME and OWNER are for people. A lease is in force for 60 s from its last renewal, and for
 * as long as something lives of which it says that it is at work. After a reboot the boot counts as a renewal: who
 * reboots a host comes back to it.
 *
 * Why two runs never have a host at once: a taker makes its turn first, and looks at all other turns after that; if
 * another is in force, it puts its own away. Who has a lease says there that it is at work first, and looks at the clock
 * after that: it does nothing if 55 s have passed since the renewal. So if a taker has seen 60 s pass, either it has also
 * seen who is at work, or that one will see that its time is over. Who was stopped (SIGSTOP, a suspended machine) while
 * it renewed looks at the clock once more.
 *
 * What is found in other leases is data that anybody may have written: it is read up to a length, taken apart, never
 * evaluated.
 */

/** What every agent needs that works under a lease: wm_L its folder, wm_head its line up to RENEWED; empty: none is needed. */
export const LEASE_PROGRAM = `
# Writes down that it was renewed at $1, after wm_fresh has found it to be ours.
wm_pin() { [ -n "$wm_at" ] && { printf '%s %-15s' "$wm_head" "$1" 1<>"$wm_L/lease"; } 2>/dev/null; }

# Whether the lease is good for more: wm_at, its last renewal; 0 once it was given up, empty if it is not ours any more.
wm_fresh() {
  wm_x= wm_at=
  { IFS= read -r wm_x <"$wm_L/lease"; } 2>/dev/null
  case $wm_x in "$wm_head "*' .') ;; *) return 1 ;; esac
  wm_x=\${wm_x#"$wm_head "} wm_at=\${wm_x%% *}
  wm_now
  [ "$wm_now" -lt $((wm_at + 5500)) ]
}

# Says that this agent is at work from now on. Fails if the run may not be at work here any more.
wm_work() {
  [ -z "$wm_unleased" ] || return 1
  [ -n "$wm_L" ] || return 0
  if [ -z "$wm_reg" ]; then
    umask 022
    set -C
    { printf '' >"$wm_L/$wm_me.$wm_mine"; } 2>/dev/null && wm_reg=$wm_L/$wm_me.$wm_mine
    set +C
    umask 077
  fi
  [ -n "$wm_reg" ] && { printf '%s %s .\\n' "$wm_me" "$wm_mine" >"$wm_reg"; } 2>/dev/null && wm_fresh
}

wm_idle() {
  [ -n "$wm_reg" ] || return 0
  wm_fresh
  [ "$wm_at" = 0 ] || [ ! -w "$wm_L/lease" ] || wm_pin "$wm_now"
  { printf '' >"$wm_reg"; } 2>/dev/null
}

wm_renew() {
  if wm_fresh && wm_pin "$wm_now" && wm_now && [ "$wm_now" -lt $((wm_at + 6000)) ]; then
    wm_reply renewed
  else
    wm_pin 0
    wm_reply lost
  fi
}

# Whether something lives that the lease $1 says is at work. Where processes of others are hidden (hidepid, proc(5)),
# kill(2) tells those that there are.
wm_busy() {
  for wm_z in "$1"/[0-9]*; do
    [ -s "$wm_z" ] && [ -f "$wm_z" ] && [ ! -h "$wm_z" ] || continue
    wm_v=$(head -c 300 "$wm_z" 2>/dev/null)
    set -f
    set -- "$1" $wm_v
    set +f
    wm_v=$1
    shift
    wm_k=
    while [ $# -gt 2 ] && [ "$3" = . ]; do
      case $1 in 0* | *[!0-9]* | ???????????*) break ;; esac
      ! wm_alive "$1" "$2" || return 0
      if [ -n "$wm_k" ]; then
        wm_members "$1" "$2"
        [ -z "$wm_pids" ] || return 0
      fi
      [ "$wm_boot" != "\${wm_boot%:}" ] && case $(kill -0 "$1" 2>&1) in *ermitted*) return 0 ;; esac
      wm_k=1
      shift 3
    done
    set -- "$wm_v"
  done
  return 1
}

# Puts the leases in $1 away that are of run $2, or of a host of it, but for those that something lives under.
wm_drop() {
  for wm_d in "$1"/waymark-lease-*.*; do
    [ -O "$wm_d" ] && [ ! -h "$wm_d" ] && [ -f "$wm_d/lease" ] && [ ! -h "$wm_d/lease" ] || continue
    { IFS= read -r wm_x <"$wm_d/lease"; } 2>/dev/null
    case $wm_x in "waymark 1 $2 "*) wm_busy "$wm_d" || rm -rf -- "$wm_d" ;; esac
  done
}

# Gives it up, and what earlier connections to this host have left of theirs.
wm_release() {
  wm_x=\${wm_head#waymark 1 }
  wm_drop "\${wm_L%/*}" "\${wm_x% * *}"
  wm_fresh
  wm_pin 0
  wm_reply released
}
`;

/** What the first agent of a connection needs besides. wm_lease: RUN and SLOT; wm_who: NAME and OWNER. */
export const TAKE_LEASE_PROGRAM = `
# The line of lease $1, in words: wm_t1 to wm_t7, RUN to OWNER. Fails if there is none, or it is not one.
wm_told() {
  [ -f "$1/lease" ] && [ ! -h "$1/lease" ] || return 1
  wm_x=$(head -c 600 "$1/lease" 2>/dev/null)
  set -f
  set -- $wm_x
  set +f
  [ "$1 $2 \${10-}" = 'waymark 1 .' ] && [ $# -eq 10 ] || return 1
  for wm_x in "$6" "$7"; do
    case $wm_x in 0?* | *[!0-9]* | ????????????????*) return 1 ;; esac
  done
  wm_t1=$3 wm_t2=$4 wm_t3=$5 wm_t4=$6 wm_t5=$7 wm_t6=$8 wm_t7=$9
}

# Whether the lease $1, as told, is in force: wm_held, what to say of it.
wm_inforce() {
  wm_now
  wm_x=\${wm_t3#*:} wm_y=\${wm_boot#*:} wm_held=
  if [ "\${wm_t3%%:*}" = "\${wm_boot%%:*}" ] && { [ -z "$wm_x" ] || [ -z "$wm_y" ] || [ "$wm_x" = "$wm_y" ]; }; then
    if [ "$wm_t5" -le $((wm_now + 100)) ] && [ "$wm_now" -lt $((wm_t5 + 6000)) ]; then
      wm_held="renewed $((wm_now - wm_t4)) $((wm_now - wm_t5))"
    elif wm_busy "$1"; then
      wm_held="busy $((wm_now - wm_t4)) $((wm_now - wm_t5))"
    fi
  elif [ -n "$wm_proc" ]; then
    case $wm_y in
    '' | *[!0-9]*) ;;
    *) [ "$wm_now" -ge $((wm_y + 6000)) ] || wm_held='rebooted 0 0' ;;
    esac
  fi
  [ -n "$wm_held" ] && wm_held="$wm_held $wm_t6 $wm_t7"
}

# Looks at all other leases: wm_held, what to say of one in force, and wm_by its turn; wm_top, the highest turn. Puts those
# of this user away that are over. One without a line was made a moment ago, or its maker died.
wm_around() {
  wm_held= wm_top=0
  for wm_d in "$wm_place".*; do
    wm_turn=\${wm_d##*.}
    case $wm_turn in '' | 0* | *[!0-9]* | ????????????????*) continue ;; esac
    [ -d "$wm_d" ] && [ ! -h "$wm_d" ] && [ "$wm_d" != "$wm_L" ] || continue
    [ "$wm_turn" -le "$wm_top" ] || wm_top=$wm_turn
    wm_i=0
    until wm_told "$wm_d"; do
      wm_i=$((wm_i + 1))
      wm_x=$(find "$wm_d" -prune -mmin -2 2>/dev/null) || wm_x=young
      if [ $wm_i -gt 20 ] || [ -z "$wm_x" ] || [ ! -d "$wm_d" ]; then
        wm_i=
        break
      fi
      wm_nap
    done
    if [ -n "$wm_i" ]; then
      if [ "$wm_t1" = "\${wm_lease%% *}" ]; then
        if [ "$wm_t2" != "\${wm_lease#* }" ] || wm_busy "$wm_d"; then continue; fi
      elif wm_inforce "$wm_d"; then
        wm_by=$wm_turn
        return
      fi
    fi
    [ ! -O "$wm_d" ] || rm -rf -- "$wm_d"
  done
}

# Takes the lease: wm_L and wm_head; wm_held, if another run has it; wm_unleased, if no lease can be had at all.
wm_take() {
  wm_x=
  { IFS= read -r wm_x </etc/machine-id || IFS= read -r wm_x </var/lib/dbus/machine-id; } 2>/dev/null
  wm_x=\${wm_x:-$(uname -n)}
  case $wm_x in *[!A-Za-z0-9_-]*) wm_x=$(printf %s "$wm_x" | tr -c 'A-Za-z0-9_-' _) ;; esac
  wm_place=\${wm_B%/*}/waymark-lease-$wm_x
  for wm_q in 1 2 3 4 5; do
    wm_unleased=
    wm_around
    [ -z "$wm_held" ] || return
    wm_now
    wm_z=$((wm_top + 1))
    [ "$wm_z" -gt "$wm_now" ] || wm_z=$wm_now
    # Whoever has just made it may have put it away again.
    wm_unleased=$(LC_ALL=C mkdir -m 1777 "$wm_place.$wm_z" 2>&1) || continue
    wm_L=$wm_place.$wm_z wm_head="waymark 1 $wm_lease $wm_boot $wm_now"
    umask 022
    { printf '%s %-15s %s .\\n' "$wm_head" "$wm_now" "$wm_who" >"$wm_L/lease"; } 2>/dev/null || wm_unleased="cannot write to $wm_L"
    umask 077
    [ -z "$wm_unleased" ] && wm_alone && return
    rm -rf -- "$wm_L"
    wm_L=
    [ -z "$wm_held" ] || return
  done
  wm_unleased="it cannot be leased: \${wm_unleased:-others make and remove leases all the time}"
}

# Whether no other lease is in force. One of a higher turn was either made before ours, of a turn that it had found out
# before, or its maker is about to find ours, and puts its own away.
wm_alone() {
  wm_j=0
  while wm_around; [ -n "$wm_held" ]; do
    wm_j=$((wm_j + 1))
    [ "$wm_by" -gt "\${wm_L##*.}" ] && [ $wm_j -lt 20 ] || return 1
    wm_nap
  done
}
`;
