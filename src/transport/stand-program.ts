/*
 * A shell for a person, where a step stands: what a pty runs, staged as a file beside what its user has of the run, with
 * the functions of process-program.ts and the beginning of tty-program.ts before it (see terminal-shell.ts). It removes
 * that file first, makes itself what the step's own shell would be, and becomes the account's. Not a login shell: the
 * environment of a login is there already, and a profile would take back what steps before have exported.
 */
export const STAND_PROGRAM = `
wm_say() { printf 'waymark: %s\\n' "$1"; }

# wm_shell: the shell of the account; sh where it has none that talks to people. sudo leaves the caller's in SHELL.
wm_account() {
  wm_shell=\${SHELL:-}
  if [ -n "$wm_as" ]; then
    wm_shell=
    wm_x=$(id -un)
    while IFS=: read -r wm_y wm_z wm_z wm_z wm_z wm_z wm_z; do
      [ "$wm_y" != "$wm_x" ] || wm_shell=$wm_z
    done <<wm_end
$(getent passwd "$wm_x" 2>/dev/null || cat /etc/passwd)
wm_end
  fi
  case $wm_shell in */nologin | */false | */true | */sync | [!/]*) wm_shell= ;; esac
  [ -x "$wm_shell" ] || wm_shell=$(command -v bash || command -v sh)
}

wm_stand() {
  umask "$wm_umask"
  export LC_ALL="$wm_locale" LANG="$wm_locale"
  wm_account
  if [ -n "$wm_from" ]; then
    wm_whole=
    wm_x=\${wm_B%/*}/$wm_run/\${wm_U##*/}/$wm_from.env
    [ ! -r "$wm_x" ] || . "$wm_x"
    [ -n "$wm_whole" ] || wm_say 'what earlier steps exported is no longer on this host'
  fi
  eval "$wm_e"
  cd "$wm_home" 2>/dev/null || cd /
  [ -z "$wm_d" ] || cd "$wm_d" 2>/dev/null || [ -n "$wm_h" ] || wm_say "no such directory: $wm_d"
  exec "$wm_shell"
}
`;
