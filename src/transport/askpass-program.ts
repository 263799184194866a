import { encodeLine, quote } from "./agent-protocol.ts";
import { shellText } from "./shell-text.ts";

/*
 * `sudo` inside a block, where it asks for a password. Jobs have no terminal, and sudo would not use a helper without
 * being told (`-A`, see sudo(8)). So in the run's directory of the login user there is then, first in the PATH of jobs,
 *
 *   bin/sudo                            becomes the real one, with -A unless the block goes a way of its own
 *   bin/waiting-for-a-sudo-password     the helper: it makes a FIFO and waits until somebody writes into that
 *   bin/ask.PID                         its FIFO; .for whose password is wanted, .no why there is none
 *
 * The password goes from the channel through head(1) into the FIFO, and from there through cat(1) to sudo: it is in no
 * file, no argument and no shell's variable. Not part of the agent: where sudo does not ask, nothing of this is there.
 */

/** `wm_real` stands before it. Options with an argument as in sudo(8), so that the command is not taken for one. */
const WRAPPER = shellText(`
d=\${0%/*} a=-A n=
case :$PATH: in
*:"$d":*) p=:$PATH: p=\${p%%:"$d":*}:\${p#*:"$d":} p=\${p#:} PATH=\${p%:} ;;
esac
for x; do
if [ -n "$n" ]; then n=; continue; fi
case $x in
--) break ;;
--stdin | -[!-]*S* | -S*) a=; break ;;
--user | --group | --host | --prompt | --chroot | --chdir | --close-from | --command-timeout | --role | --type) n=1 ;;
--other-user | --login-class | --auth-type) n=1 ;;
--*) ;;
-*[aCcDghpRrTtUu]) n=1 ;;
-* | *=*) ;;
*) break ;;
esac
done
if [ -z "$a" ] || [ -n "\${SUDO_ASKPASS-}" ] || (: </dev/tty) 2>/dev/null; then exec "$wm_real" "$@"; fi
export SUDO_ASKPASS="$d/waiting-for-a-sudo-password" SUDO_PROMPT="\${SUDO_PROMPT:-%p}"
exec "$wm_real" -A "$@"
`);

const HELPER = shellText(`
#!/bin/sh
umask 077
q=\${0%/*}/ask.$$
trap 'rm -f "$q" "$q.for" "$q.no"' EXIT
trap 'exit 1' HUP INT TERM
printf '%s\\n' "$1" >"$q.for"
mkfifo "$q" || exit
cat "$q"
[ ! -s "$q.no" ] || cat "$q.no" >&2
`);

/** Answers `asks` where all that is in place, `free` where sudo does not ask (or not at all: it says so itself). */
const PREPARE = shellText(`
wm_x=$(LC_ALL=C sudo -n true 2>&1 </dev/null)
wm_y=free
case $wm_x in
*'a password is required'* | *'authentication is required'*)
wm_z=$wm_U/bin
[ -d "$wm_z" ] || mkdir "$wm_z" 2>/dev/null
wm_i=$(command -v sudo)
if [ ! -x "$wm_z/sudo" ]; then
printf %s "$wm_c" >"$wm_z/waiting-for-a-sudo-password" &&
printf '#!/bin/sh\\n# Waymark: sudo asks for a password here, and whoever runs the guide answers.\\nwm_real=%s\\n%s' "$wm_i" "$wm_s" >"$wm_z/sudo.$$" &&
chmod 700 "$wm_z/waiting-for-a-sudo-password" "$wm_z/sudo.$$" &&
mv -f "$wm_z/sudo.$$" "$wm_z/sudo"
fi 2>/dev/null
[ ! -x "$wm_z/sudo" ] || wm_y=asks
;;
esac
wm_reply "$wm_y"
`);

/** Looks wm_c times for a helper that waits, and not for those in wm_d: `asks PID SUDO IS-SUDO WHOSE`, `none`, `never`. */
const WATCH = shellText(`
wm_y=none wm_i=0
[ -d "$wm_U/bin" ] || wm_y=never
while [ "$wm_y" = none ]; do
for wm_f in "$wm_U"/bin/ask.*; do
[ -p "$wm_f" ] || continue
wm_k=\${wm_f##*.}
case " $wm_d " in *" $wm_k "*) continue ;; esac
if ! wm_stat "$wm_k"; then
rm -f "$wm_f" "$wm_f.for" "$wm_f.no"
continue
fi
wm_j=$wm_ppid wm_g=yes wm_s=
{ IFS= read -r wm_s <"$wm_f.for"; } 2>/dev/null
if [ -r "$wm_P/$wm_j/status" ]; then
wm_g=no wm_t=
while read -r wm_x wm_z wm_l; do
case $wm_x in
Name:) wm_t=$wm_z ;;
Uid:)
set -- $wm_l
case $wm_t/$1 in sudo*/0) wm_g=yes ;; esac
break
;;
esac
done 2>/dev/null <"$wm_P/$wm_j/status"
fi
wm_y="asks $wm_k $wm_j $wm_g $wm_s"
break
done
[ "$wm_y" = none ] && [ "$wm_i" -lt "$wm_c" ] || break
wm_i=$((wm_i + 1))
sleep 0.2 2>/dev/null || sleep 1
done
wm_reply "$wm_y"
`);

/** wm_c bytes that follow go into FIFO wm_f; never into a file that has come instead of it. */
const GIVE = shellText(`
wm_y=
{ [ -p "$wm_f" ] && wm_y=1 && head -c "$wm_c" >&6; } 6<>"$wm_f"
if [ -z "$wm_y" ]; then
head -c "$wm_c" >/dev/null
[ -p "$wm_f" ] || rm -f "$wm_f"
fi
wm_reply given
`);

const DENY = shellText(`
[ ! -p "$wm_f" ] || printf 'waymark: %s\\n' "$wm_s" >"$wm_f.no"
{ :; } 6<>"$wm_f"
[ -p "$wm_f" ] || rm -f "$wm_f" "$wm_f.no"
wm_reply denied
`);

/** Has the login user's `sudo` ask whoever is connected, if it asks at all. */
export function prepareRequest(): Buffer {
  return line(PREPARE, { wm_s: WRAPPER, wm_c: HELPER });
}

/** @param known processes of helpers that are being answered */
export function watchRequest(times: number, known: readonly number[]): Buffer {
  return line(WATCH, { wm_c: String(times), wm_d: known.join(" ") });
}

/** The password is not text for the shell: it stands behind the line. */
export function giveRequest(pid: number, password: string): Buffer {
  const bytes = Buffer.from(`${password}\n`);
  return Buffer.concat([fifoLine(GIVE, pid, { wm_c: String(bytes.length) }), bytes]);
}

export function denyRequest(pid: number, reason: string): Buffer {
  return fifoLine(DENY, pid, { wm_s: reason });
}

/** A helper that waits, or what there is to say without one. */
export type Watched =
  | { readonly type: "none" | "never" }
  | {
      readonly type: "asks";
      readonly pid: number;
      /** The process that it helps, and whether that is sudo, as far as that can be seen. */
      readonly parent: number;
      readonly isSudo: boolean;
      /** Whose password is wanted, in the words of sudo or of the block. */
      readonly whose: string;
    };

/** @throws for what no agent says: a bug */
export function parseWatched(answer: string): Watched {
  if (answer === "none" || answer === "never") return { type: answer };
  const [, pid, parent, isSudo, whose] = /^asks (\d+) (\d+) (yes|no) (.*)$/.exec(answer) ?? [];
  if (whose === undefined) throw new Error(`not an answer of the agent: ${answer}`);
  return { type: "asks", pid: Number(pid), parent: Number(parent), isSudo: isSudo === "yes", whose };
}

function fifoLine(program: string, pid: number, set: Readonly<Record<string, string>>): Buffer {
  return line(`wm_f=$wm_U/bin/ask.${pid}\n${program}`, set);
}

function line(program: string, set: Readonly<Record<string, string>>): Buffer {
  const words = Object.entries(set).map(([name, value]) => `${name}=${quote(value)}`);
  return encodeLine(Buffer.from(`${words.join(" ")}; eval ${quote(program)}\n`));
}
