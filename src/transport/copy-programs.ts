/*
 * What an agent runs (in a subshell of its own) to look at files, to read them, and to put them in place: POSIX sh with
 * coreutils or busybox. A message on stderr that begins with `! ` is ours, and meant for people as it is.
 *
 * Given in variables, so that no command line shows them: wm_p the path, wm_z a token that is printed on a line of its
 * own when more input is awaited. File names come as lists, each name followed by NUL; lines of input say how many
 * bytes follow them. Neither read nor dd take a byte more than they are to: more may follow.
 */

const TAKE_PROGRAM = `
if [ "$(printf abcd | { dd bs=2 count=1 iflag=fullblock >/dev/null 2>&1; cat; })" = cd ]; then
  wm_dd() { dd bs="$1" count=1 iflag=fullblock; }
elif [ "$(printf abcd | { head -c 2 >/dev/null; cat; })" = cd ]; then
  wm_dd() { head -c "$1"; }
else
  echo '! its dd knows no iflag=fullblock' >&2
  exit 1
fi
# The next $1 bytes of stdin. dd talks even when all is well.
wm_take() {
  [ "$1" -gt 0 ] || return 0
  { wm_x=$(wm_dd "$1" 2>&1 >&3); } 3>&1 && return
  printf '%s\\n' "$wm_x" >&2
  return 1
}
`;

/** Run by xargs(1). Names, an empty one, a line for each from stat(1); with wm_sums a line for each file from sha256sum(1). */
const BATCH_PROGRAM = `
if [ -z "$wm_all" ]; then
  for f; do
    shift
    [ ! -e "$f" ] || set -- "$@" "$f"
  done
  [ $# -gt 0 ] || exit 0
fi
printf "%s\\\\0" "$@" ""
stat -L -c "%f %u %g %s %Y %d %U %G" -- "$@" || exit
[ -n "$wm_sums" ] || exit 0
for f; do
  shift
  [ ! -f "$f" ] || set -- "$@" "$f"
done
[ $# -eq 0 ] || sha256sum -- "$@"
`;

const BATCHES = `export wm_all wm_sums
wm_batch='${BATCH_PROGRAM}'
wm_batches() { xargs -0 -r -n 200 sh -c "$wm_batch" sh; }
`;

/**
 * wm_into, wm_names (bytes of the list of names that will come; empty: everything there is), wm_sums. Prints umask and
 * whether the file system is plain and what wm_into says was followed, then the path, then batches.
 */
export const LIST_PROGRAM: string = tidy(`
${TAKE_PROGRAM}
${BATCHES}
case $wm_p in
"~") wm_p=$wm_home ;;
"~/"*) wm_p=$wm_home/\${wm_p#"~/"} ;;
/*) ;;
*) wm_p=$wm_home/$wm_p ;;
esac
wm_in=0
if [ -n "$wm_into" ] && [ -d "$wm_p/" ]; then wm_in=1 wm_p=\${wm_p%/}/$wm_into; fi
while :; do
  case $wm_p in
  ?*/ | ?*/.) wm_p=\${wm_p%/*} ;;
  *) break ;;
  esac
done
wm_p=\${wm_p:-/}
if [ -h "$wm_p" ]; then
  wm_x=$(readlink -f -- "$wm_p" && echo .) || exit 1
  wm_p=\${wm_x%??}
fi
wm_x=\${wm_p%/*}
[ -e "$wm_p" ] || [ -n "$wm_into" ] || ls -d -- "$wm_p" >/dev/null || exit 1
[ -e "$wm_p" ] || ls -d -- "$wm_x/" >/dev/null || exit 1
[ -e "$wm_p" ] || [ -d "$wm_x/" ] || { printf '! %s: Not a directory\\n' "$wm_x" >&2; exit 1; }
wm_y=0
case $(stat -f -c %T -- "$wm_x/" 2>/dev/null) in msdos | vfat | exfat) wm_y=1 ;; esac
printf '%s\\n' "$wm_z"
printf '%s %s %s\\n%s\\0' "$wm_umask" "$wm_y" "$wm_in" "$wm_p"
wm_all=
if [ ! -d "$wm_p/" ]; then
  [ -z "$wm_names" ] || wm_take "$wm_names" >/dev/null || exit 1
  [ ! -e "$wm_p" ] || printf '%s\\0' "$wm_p" | wm_batches
elif [ -n "$wm_names" ]; then
  cd -- "$wm_p/" || { wm_take "$wm_names" >/dev/null; exit 1; }
  wm_take "$wm_names" | wm_batches
else
  wm_all=1
  cd -- "$wm_p/" && find -L . -print0 | wm_batches
fi
`);

/** wm_names as above. Prints the token, takes the names, then prints what is in those files. */
export const READ_PROGRAM: string = tidy(`
${TAKE_PROGRAM}
printf '%s\\n' "$wm_z"
[ ! -d "$wm_p/" ] || cd -- "$wm_p/" || exit 1
wm_take "$wm_names" | xargs -0 -r cat --
`);

/**
 * wm_key, wm_sends (file, folder, or empty: nothing comes), wm_times (keep those in the archive). What comes is
 * staged in a folder beside the target, or in it where that is a folder: chunks, each after a line with its length, then the line 0. The digests of
 * what is staged are printed. Then the length of what is to be done comes, and that: lines with the length of what
 * follows them and a command that gets it on stdin. Nothing is done before all of that is here.
 */
export const WRITE_PROGRAM: string = tidy(`
${TAKE_PROGRAM}
${BATCHES}
wm_stream() {
  while IFS= read -r wm_l; do
    [ "$wm_l" != 0 ] || return 0
    wm_take "$wm_l" || return 1
  done
  return 1
}
umask 077
# On the same file system: a folder may be where another begins.
wm_x=\${wm_p%/*}
[ ! -d "$wm_p/" ] || wm_x=$wm_p
cd -- "$wm_x/" || exit 1
wm_t=.waymark-$wm_key.$$
trap 'exit 1' PIPE TERM INT
trap 'rm -rf -- "$wm_t"' EXIT
rm -rf -- ".waymark-$wm_key."*
mkdir -- "$wm_t" || exit 1
printf '%s\\n' "$wm_z"
case $wm_sends in
folder)
  command -v tar >/dev/null || { echo '! there is no tar' >&2; exit 1; }
  wm_x=-m
  [ -z "$wm_times" ] || wm_x=
  wm_stream | tar -x -o $wm_x -f - -C "$wm_t" || exit 1
  ;;
file) wm_stream >"$wm_t/f" || exit 1 ;;
esac
if [ -n "$wm_sends" ]; then
  wm_all=1 wm_sums=1
  (cd -- "$wm_t" && find f -type f -print0 | wm_batches) || exit 1
fi
printf '%s\\n' "$wm_z"
IFS= read -r wm_l || exit 1
# What tar did not care to read.
[ "$wm_l" != 0 ] || IFS= read -r wm_l || exit 1
wm_take "$wm_l" >"$wm_t/do" || exit 1
[ $(($(wc -c <"$wm_t/do"))) -eq "$wm_l" ] || exit 1
exec <"$wm_t/do"
while IFS= read -r wm_l; do
  wm_take "\${wm_l%% *}" | eval "\${wm_l#* }" || exit 1
done
`);

/** Less its comments and indentation; the text of the batch stays as it is. */
function tidy(program: string): string {
  return program
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("# "))
    .join("\n");
}
