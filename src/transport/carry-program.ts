/*
 * Part of the agent (see agent-program.ts): what a shell hands on to the job after it, as if both were typed in one
 * terminal.
 *
 * A script that may change that begins with `eval "${wm_pro-}"; `, before its first line and on it. That sets a trap on
 * EXIT: a script with one of its own, or one that becomes another program, hands nothing on. The trap starts a plain sh
 * that has, in its own environment, whatever the shell had exported, however that writes it down; it keeps in wm_U
 *
 *   KEY.env       exports and unsets: how they differ from the login's, none of the names and texts in wm_keep
 *   KEY.PID.dir   a line, written last: `k` (there is a KEY.env) or `c` (they are the login's), and the directory
 *
 * On a full disk there is half of a KEY.env, or of the line: whoever is to take that up notices.
 */
const DUMP_PROGRAM = `
umask 077
wm_all=$(LC_ALL=C; export -p)
LC_ALL=C
wm_names= wm_out= wm_bin=\${wm_f%/*}/bin
IFS=$wm_nl
set -f
[ -z "$wm_own" ] || wm_own=$(head -c 65536 "$wm_f.out")
wm_skip() {
  case $1 in wm_* | WAYMARK_* | BASH* | LC_ALL | LANG | COLUMNS | PWD | OLDPWD | SHLVL | _ | A__z | LOGNAME) return 0 ;; esac
  case $1 in IFS | EUID | UID | PPID | SHELLOPTS | OPTIND | LINENO) return 0 ;; esac
  case " $wm_not " in *" $1 "*) return 0 ;; esac
  return 1
}
wm_was() {
  wm_n=\${1%%=*}
  wm_skip "$wm_n" || [ "$wm_n" = "$1" ] || eval "wm_0$wm_n=\\\${1#*=}; wm_names=\\$wm_names\\$wm_nl\\$wm_n"
}
wm_told() {
  case $1 in *"\${wm_own:-$1.}"*) return 0 ;; esac
  for wm_x in $wm_own; do
    [ \${#wm_x} -lt 8 ] || case $1 in *"$wm_x"*) return 0 ;; esac
  done
  return 1
}
wm_is() {
  wm_n=\${1%%=*} wm_v=\${1#*=}
  wm_skip "$wm_n" || [ "$wm_n" = "$1" ] && return
  case $wm_n=:$wm_v: in
  PATH=*:"$wm_bin":*) wm_v=:$wm_v: wm_v=\${wm_v%%:"$wm_bin":*}:\${wm_v#*:"$wm_bin":} wm_v=\${wm_v#:} wm_v=\${wm_v%:} ;;
  esac
  eval "wm_1$wm_n=1; wm_x=\\\${wm_0$wm_n-} wm_y=\\\${wm_0$wm_n+1}"
  [ -z "$wm_y" ] || [ "$wm_x" != "$wm_v" ] || return 0
  if wm_hidden "$wm_v" || wm_told "$wm_v"; then return; fi
  wm_out="$wm_out\${wm_nl}export $wm_n='"
  while :; do
    case $wm_v in
    *"'"*) wm_out="$wm_out\${wm_v%%"'"*}'\\\\''" wm_v=\${wm_v#*"'"} ;;
    *) break ;;
    esac
  done
  wm_out="$wm_out$wm_v'"
}
alias export=wm_was
[ ! -r "\${wm_f%/*}/base.\${wm_f##*.}" ] || . "\${wm_f%/*}/base.\${wm_f##*.}"
alias export=wm_is
eval "$wm_all"
for wm_n in $wm_names; do
  eval "wm_x=\\\${wm_1$wm_n-}"
  [ -n "$wm_x" ] || wm_out="$wm_out\${wm_nl}unset $wm_n"
done
wm_x=c
[ -z "$wm_out" ] || { wm_x=k; printf '%s\\nwm_whole=1\\n' "$wm_out" >"\${wm_f%.*}.env"; }
case $PWD in *"$wm_nl"*) wm_x=$wm_x ;; *) wm_x=$wm_x$PWD ;; esac
printf '%s\\n' "$wm_x" >"$wm_f.dir"
`;

/** A shell word that is exactly `text`. */
const word = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What a script's first line evaluates. Its variables are exported, and must not be to what the script starts. */
const PROLOGUE =
  `wm_x=$wm_keep; unset wm_pro wm_keep; wm_keep=$wm_x; unset wm_x; ` +
  `trap ${word(
    `{ set +x; } 2>/dev/null; wm_keep=$wm_keep PWD=\${PWD-} SH -c ` +
      `${word(`wm_nl=\${IFS#??}; wm_f=\${wm_keep%%"$wm_nl"*}; eval "\${wm_keep#*"$wm_nl"}"`)} </dev/null >/dev/null 2>&1 || :`,
  )} EXIT`;

export const CARRY_PROGRAM = `
wm_first='eval "\${wm_pro-}"; '
wm_dump=${word(DUMP_PROGRAM)}

# Writes down what the login exports, once for this agent, and how the shell is called.
wm_base() {
  [ -z "$wm_pro" ] || return 0
  { export -p >"$wm_U/base.$$"; } 2>/dev/null
  wm_sh=$(command -v sh)
  case $wm_sh in /*[!A-Za-z0-9_./-]* | [!/]*) wm_sh=/bin/sh ;; esac
  wm_pro=${word(PROLOGUE)}
  wm_pro=\${wm_pro%%SH*}$wm_sh\${wm_pro#*SH}
}

# Whether the job's shell has to say what it exports. In the job's own subshell, which has nothing but exports to set.
wm_keeps() {
  case $wm_keep in '' | -) return 1 ;; esac
  [ -n "$wm_if" ] || return 0
  for wm_x in $wm_if; do
    eval "wm_x=\\\${$wm_x+1}"
    [ -z "$wm_x" ] || return 0
  done
  return 1
}

# Takes up, in the job's own subshell, what key wm_from has left; in the directory wm_run, if that is of another run.
wm_carry() {
  wm_whole= wm_x=$wm_U
  [ -z "$wm_run" ] || wm_x=\${wm_B%/*}/$wm_run/\${wm_U##*/}
  [ ! -r "$wm_x/$wm_from.env" ] || . "$wm_x/$wm_from.env"
  [ -n "$wm_whole" ] && return
  printf 'what earlier steps exported is no longer on this host: repeat them, or start this one fresh\\n' >"$wm_c.no"
  exit 126
}

# Adds to wm_fin what the job at wm_c has left: \`n\` (nothing new) or as above, \`~\` if that is home, the directory.
wm_left() {
  wm_x=
  { IFS= read -r wm_x <"$wm_c.dir"; } 2>/dev/null || {
    wm_x=n
    [ ! -e "$wm_c.dir" ] || wm_x=k
    # Where somebody else's home cannot be entered, it was the own one.
    [ -z "$wm_h" ] || [ -x "$wm_d" ] || wm_d=
    wm_x=$wm_x\${wm_d:-$wm_home}
  }
  [ "\${wm_x#?}" != "$wm_home" ] || wm_x=\${wm_x%"$wm_home"}\\~$wm_home
  wm_fin="$wm_fin \${wm_x%%"$wm_nl"*}"
}
`;
