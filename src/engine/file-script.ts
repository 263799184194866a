/*
 * Scripts for POSIX sh (dash, bash, busybox) with coreutils or busybox, which `file` steps become. Longer than most
 * files, since they are one program: what a file is to be is worked out once, for the job that writes it and for the
 * look that only says what would change.
 *
 * No value of a variable is in them, so that the same step has the same script however often it is resumed: the path
 * is in WAYMARK_PATH, the variables of a template are in the environment, and WAYMARK_DIFF is set if what changes may
 * be printed. The first line of stdout is `unchanged`, `changed` or `created`; why it failed is on stderr.
 *
 * The original is kept in `keep/TASK` beside the script itself, the place that outlives a settled run:
 *
 *   path   the whole path of the file, links resolved
 *   was    the original with its attributes; none if there was no file
 *   left   the digest of what the step left
 */
import type { PlannedFile } from "../model/plan.ts";
import { HOST_NAME, referencesIn } from "../plan/variables.ts";

/** Lines of a diff that are printed. */
const DIFF_LINES = 200;

/** File systems without modes and owners, by their magic number (statfs(2)): FAT, exFAT, NTFS, CIFS and SMB. */
const MODELESS = "4d44 | 2011bab0 | 5346544e | 7366746e | ff534d42 | fe534d42";

/** Also used by the script that puts the original back. */
export const FILE_FUNCTIONS = `
LC_ALL=C
export LC_ALL
set -f
wm_nl='
'
wm_fail() {
  printf '%s\\n' "$1" >&2
  exit 1
}

# What a program says went wrong, less its own name.
wm_try() { wm_x=$("$@" 2>&1) || wm_fail "$wm_path: \${wm_x##*: }"; }

# wm_mode, such as rw-r--r--, and wm_owner, UID:GID, of file $1. stat(1) is not the same everywhere.
wm_stat() {
  wm_x=$(ls -ldn "$1" 2>&1) || wm_fail "$wm_path: \${wm_x##*: }"
  set -- $wm_x
  wm_mode=\${1#?} wm_owner=$3:$4
  wm_mode=\${wm_mode%[.+@]}
}

# wm_text: what is in file $1. Fails where that is no text: a shell loses NUL bytes.
wm_read() {
  { wm_text=$(cat "$1" && printf x); } 2>/dev/null || wm_fail "$wm_path: cannot be read"
  wm_text=\${wm_text%x}
  [ $(($(printf %s "$wm_text" | wc -c))) -eq $(($(wc -c <"$1"))) ]
}

# The digest of what is in file $1. Not every busybox has cksum(1), nor every system sha256sum(1).
wm_digest() { sha256sum <"$1" 2>/dev/null || cksum <"$1"; }

# Puts files on the disk.
wm_durable() {
  for wm_x; do dd if=/dev/null of="$wm_x" conv=notrunc,fsync || sync; done 2>/dev/null
}

# Makes wm_tmp the file wm_file at once.
wm_replace() {
  wm_x=$(mv -f "$wm_tmp" "$wm_file" 2>&1) || return
  sync "\${wm_file%/*}/" 2>/dev/null || sync
}
`;

/**
 * Several tasks may add to one file (`at=`), one after the other: whoever reads it is the next to replace it. The lock
 * is a link that leads to its holder, since flock(1) is not everywhere; only one may take it from a holder that is gone.
 */
const LOCK = `
wm_lock=\${0%/*}/file.lock wm_i=0 wm_y=
trap 'rm -f "$wm_lock"' EXIT
trap 'exit 143' HUP INT TERM
until ln -s "$$-$wm_task" "$wm_lock" 2>/dev/null; do
  wm_x=$(readlink "$wm_lock")
  wm_i=$((wm_i + 1))
  [ "$wm_x" = "$wm_y" ] || wm_i=0
  wm_y=$wm_x
  # A minute is more than anybody needs.
  [ $wm_i -lt 600 ] || break
  if [ -n "$wm_x" ] && ! kill -0 "\${wm_x%%-*}" 2>/dev/null; then
    # Gone, it cannot let go of it any more, unless it has just done so.
    mkdir "$wm_lock-$wm_x" 2>/dev/null && [ "$(readlink "$wm_lock")" = "$wm_x" ] && rm -f "$wm_lock"
  fi
  sleep 0.1 2>/dev/null || sleep 1
done
`;

/** What is there, and what is to be there. */
const STATE = `
wm_path=$WAYMARK_PATH wm_cr=$(printf '\\r')
case $wm_path in '~') wm_path=\${HOME:?} ;; '~/'*) wm_path=\${HOME:?}/\${wm_path#??} ;; esac
case $wm_path in /*) ;; *) wm_fail "$wm_path: not the whole path of a file" ;; esac
wm_file=$wm_path wm_i=0
while [ -h "$wm_file" ]; do
  wm_i=$((wm_i + 1))
  [ $wm_i -le 40 ] && wm_x=$(readlink "$wm_file" && printf x) || wm_fail "$wm_path: a link that leads nowhere"
  wm_x=\${wm_x%"$wm_nl"x}
  case $wm_x in /*) wm_file=$wm_x ;; *) wm_file=\${wm_file%/*}/$wm_x ;; esac
done
wm_dir=\${wm_file%/*}/
wm_was= wm_whole= wm_old= wm_mode0= wm_owner0=
if [ -d "$wm_file" ]; then
  wm_fail "$wm_path: a directory"
elif [ -f "$wm_file" ]; then
  wm_was=1
  wm_stat "$wm_file"
  wm_mode0=$wm_mode wm_owner0=$wm_owner
  ! wm_read "$wm_file" || wm_whole=1
  wm_old=$wm_text
elif [ -e "$wm_file" ]; then
  wm_fail "$wm_path: not a regular file"
elif [ ! -d "$wm_dir" ]; then
  wm_fail "$wm_path: there is no directory \${wm_dir%/}, a step before this one has to make it"
fi

# The whole file.
wm_exact() { wm_new=$wm_block; }

# The lines that it lacks, at its end. A line may end in CR LF; those that are added end like the last.
wm_lines() {
  [ -z "$wm_was" ] || [ -n "$wm_whole" ] || wm_fail "$wm_path: not a text file"
  wm_new=$wm_old wm_eol=$wm_nl
  case $wm_old in *"$wm_cr$wm_nl") wm_eol=$wm_cr$wm_nl ;; esac
  while [ -n "$wm_block" ]; do
    wm_line=\${wm_block%%"$wm_nl"*} wm_block=\${wm_block#*"$wm_nl"}
    case $wm_line in *[![:space:]]*) ;; *) continue ;; esac
    case $wm_nl$wm_new$wm_nl in
    *"$wm_nl$wm_line$wm_nl"* | *"$wm_nl$wm_line$wm_cr$wm_nl"*) ;;
    *)
      case $wm_new in '' | *"$wm_nl") ;; *) wm_new=$wm_new$wm_eol ;; esac
      wm_new=$wm_new$wm_line$wm_eol
      ;;
    esac
  done
}

# The words that its line lacks, at its end.
wm_words() {
  [ -n "$wm_was" ] || wm_fail "$wm_path: there is no such file, and so no line to add words to"
  [ -n "$wm_whole" ] || wm_fail "$wm_path: not a text file"
  wm_line=$wm_old wm_seen=' '
  while :; do
    case $wm_line in *[[:space:]]) wm_line=\${wm_line%?} ;; *) break ;; esac
  done
  case $wm_line in *"$wm_nl"*) wm_fail "$wm_path: it has several lines, and words can be added to a single one only" ;; esac
  for wm_x in $wm_line; do wm_seen="$wm_seen$wm_x "; done
  wm_new=$wm_line
  for wm_x in $wm_block; do
    case $wm_seen in
    *" $wm_x "*) ;;
    *) wm_new="\${wm_new:+$wm_new }$wm_x" wm_seen="$wm_seen$wm_x " ;;
    esac
  done
  if [ "$wm_new" = "$wm_line" ]; then wm_new=$wm_old; else wm_new=$wm_new$wm_nl; fi
}

wm_modeless() {
  case $(stat -f -c %t "$wm_dir" 2>/dev/null) in ${MODELESS}) return 0 ;; esac
  return 1
}

# What becomes of mode and owner, $1 and $2, of a file that was there.
wm_attributes() {
  [ -n "$wm_was" ] || return 0
  [ "$wm_mode0" = "$1" ] || printf 'mode %s -> %s\\n' "$wm_mode0" "$1"
  [ "$wm_owner0" = "$2" ] || printf 'owner %s -> %s\\n' "$wm_owner0" "$2"
}

# A unified diff of files $1 and $2.
wm_diff() {
  [ -n "\${WAYMARK_DIFF-}" ] && command -v diff >/dev/null 2>&1 || return 0
  diff -u -L "$wm_path" -L "$wm_path" "$1" "$2" 2>/dev/null | {
    wm_i=0
    while IFS= read -r wm_x || [ -n "$wm_x" ]; do
      wm_i=$((wm_i + 1))
      if [ $wm_i -gt ${DIFF_LINES} ]; then echo '... and more'; break; fi
      printf '%s\\n' "$wm_x"
    done
  }
}
`;

/** Whether that is there already. */
const COMPARE = `
wm_same=
if [ -n "$wm_whole" ] && [ "$wm_old" = "$wm_new" ]; then wm_same=1; fi
wm_fits=
if [ -z "$wm_wanted" ] || [ "$wm_mode0" = "$wm_wanted" ]; then wm_fits=1; fi
`;

const LOOK = `
# Whether the owner is called as it should be, by names or by numbers.
wm_owned() {
  for wm_x in -ld -ldn; do
    set -- $(ls $wm_x "$wm_file")
    case $wm_chown in "$3" | "$3:$4") return 0 ;; esac
  done
  return 1
}
wm_owned=1
if [ -n "$wm_was" ]; then
  [ -z "$wm_chown" ] || wm_owned || wm_modeless || wm_owned=
  [ -n "$wm_fits" ] || ! wm_modeless || wm_fits=1
fi
if [ -n "$wm_same" ] && [ -n "$wm_fits" ] && [ -n "$wm_owned" ]; then echo unchanged; exit; fi
if [ -n "$wm_was" ]; then echo changed; else echo created; fi
[ -n "$wm_fits" ] && wm_wanted=$wm_mode0
[ -n "$wm_owned" ] && wm_chown=$wm_owner0
wm_attributes "$wm_wanted" "$wm_chown"
if [ -n "$wm_was" ]; then wm_x=$wm_file; else wm_x=/dev/null; fi
printf %s "$wm_new" | wm_diff "$wm_x" -
`;

const WRITE = `
wm_keep=\${0%/*}/keep
wm_kept=$wm_keep/$wm_task wm_mine=
wm_say() {
  if [ ! -d "$wm_kept" ]; then
    echo unchanged
  elif [ -f "$wm_kept/was" ]; then
    echo changed
    wm_attributes "$wm_mode" "$wm_owner"
    wm_diff "$wm_kept/was" "$wm_file"
  else
    echo created
  fi
  exit 0
}
[ -z "$wm_same" ] || [ -z "$wm_fits" ] || [ -n "$wm_chown" ] || wm_say

# The new file, beside the old one.
wm_tmp=$wm_dir.waymark-$wm_task
trap 'rm -f "$wm_tmp" "$wm_tmp-b" "$wm_lock"' EXIT
rm -f "$wm_tmp" "$wm_tmp-b"
if [ -n "$wm_was" ]; then
  wm_try cp -a "$wm_file" "$wm_tmp"
else
  wm_x=$({ set -C; : >"$wm_tmp"; } 2>&1) || wm_fail "$wm_path: \${wm_x##*: }"
fi
[ -z "$wm_octal" ] || chmod 600 "$wm_tmp" 2>/dev/null
wm_locked=
[ -w "$wm_tmp" ] || { wm_try chmod u+w "$wm_tmp"; wm_locked=1; }
wm_x=$({ printf %s "$wm_new" | cat >"$wm_tmp"; } 2>&1) || wm_fail "$wm_path: \${wm_x##*: }"
wm_read "$wm_tmp" && [ "$wm_text" = "$wm_new" ] || wm_fail "$wm_path: it could not be written whole"
wm_x=$(dd if=/dev/null of="$wm_tmp" conv=notrunc,fsync 2>&1) || {
  case $wm_x in *'No space'* | *uota* | *'nput/output'*) wm_fail "$wm_path: \${wm_x##*: }" ;; esac
  sync
}
[ -z "$wm_locked" ] || chmod u-w "$wm_tmp"
if [ -n "$wm_chown" ]; then
  wm_x=$(chown "$wm_chown" "$wm_tmp" 2>&1) || wm_modeless || wm_fail "$wm_path: cannot be given to $wm_chown: \${wm_x##*: }"
fi
if [ -n "$wm_octal" ]; then
  wm_x=$(chmod "$wm_octal" "$wm_tmp" 2>&1) || wm_modeless || wm_fail "$wm_path: cannot have mode $wm_octal: \${wm_x##*: }"
fi
wm_stat "$wm_tmp"
if [ -n "$wm_was" ] && [ -z "$wm_chown" ] && [ "$wm_owner" != "$wm_owner0" ]; then
  wm_fail "$wm_path: only with sudo can it keep its owner, $wm_owner0"
fi
[ -z "$wm_same" ] || [ "$wm_mode $wm_owner" != "$wm_mode0 $wm_owner0" ] || wm_say

if [ -n "$wm_backup" ] && [ -n "$wm_was" ] && [ ! -e "$wm_file.waymark-$wm_run" ]; then
  wm_try cp -a "$wm_file" "$wm_tmp-b"
  wm_try mv -f "$wm_tmp-b" "$wm_file.waymark-$wm_run"
fi

# The original. What an attempt before this one has kept is it.
if [ ! -d "$wm_kept" ]; then
  wm_x=$({
    umask 077
    rm -rf "$wm_kept.new" && mkdir -p "$wm_kept.new" && printf %s "$wm_file" >"$wm_kept.new/path" &&
      { [ -z "$wm_was" ] || cp -a "$wm_file" "$wm_kept.new/was"; } && mv "$wm_kept.new" "$wm_kept"
  } 2>&1) || wm_fail "$wm_path: the original cannot be kept: \${wm_x##*: }"
  wm_mine=1
fi
wm_x=$({ wm_digest "$wm_tmp" >"$wm_kept/left"; } 2>&1) || wm_fail "$wm_path: the original cannot be kept: \${wm_x##*: }"
wm_durable "$wm_kept/path" "$wm_kept/left"
[ ! -f "$wm_kept/was" ] || wm_durable "$wm_kept/was"
wm_replace || {
  [ -z "$wm_mine" ] || rm -rf "$wm_kept"
  wm_fail "$wm_path: cannot be replaced: \${wm_x##*: }"
}
wm_say
`;

export interface FileScriptOptions {
  /** Declared variables that the step names: what is replaced in a template. */
  readonly uses: readonly string[];
  /** The run's id: names the backup. */
  readonly run: string;
  /** 32 lower-case hex digits, of the task: names what is kept. */
  readonly task: string;
}

/** The job of a `file` step: makes the file what it is to be, by a file beside it that takes its place at once. */
export function fileScript(file: PlannedFile, { uses, run, task }: FileScriptOptions): string {
  const own = `wm_run=${quote(run)} wm_task=${quote(task)} wm_backup=${file.backup ? 1 : ""}`;
  return `${own}${LOCK}${script(file, uses, WRITE)}`;
}

/** A look that says what {@link fileScript} would do, and changes nothing. */
export function fileDiffScript(file: PlannedFile, uses: readonly string[]): string {
  return script(file, uses, LOOK);
}

function script(file: PlannedFile, uses: readonly string[], end: string): string {
  const { ensure, mode, owner = "" } = file;
  const wanted = [
    `wm_block=${contentWord(file, uses)}`,
    { none: "wm_exact", lines: "wm_lines", words: "wm_words" }[ensure ?? "none"],
    `wm_octal=${mode ?? ""} wm_wanted=${mode === undefined ? "" : listedMode(mode)} wm_chown=${quote(owner)}`,
  ].join("\n");
  return `${FILE_FUNCTIONS}${STATE}${wanted}${COMPARE}${end}`;
}

/** A shell word that is the content, with the variables of a template as the shell's own. */
function contentWord({ content, template }: PlannedFile, uses: readonly string[]): string {
  const replaced = template
    ? referencesIn(content).filter(({ name }) => name === HOST_NAME || uses.includes(name))
    : [];
  const words: string[] = [];
  let done = 0;
  for (const { name, offset, length } of replaced) {
    words.push(quote(content.slice(done, offset)), `"$${name}"`);
    done = offset + length;
  }
  return [...words, quote(content.slice(done))].join("");
}

/** An octal mode as ls(1) shows it, without the type: `rw-r--r--`. POSIX, utilities, ls. */
function listedMode(octal: string): string {
  const bits = Number.parseInt(octal, 8);
  const special = [bits & 0o4000, bits & 0o2000, bits & 0o1000];
  return special
    .map((isSpecial, index) => {
      const own = bits >> (6 - 3 * index);
      const executes = (own & 1) === 1;
      const letter = index === 2 ? "t" : "s";
      const last = isSpecial === 0 ? (executes ? "x" : "-") : executes ? letter : letter.toUpperCase();
      return `${(own & 4) === 0 ? "-" : "r"}${(own & 2) === 0 ? "-" : "w"}${last}`;
    })
    .join("");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
