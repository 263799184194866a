import { FILE_FUNCTIONS } from "./file-script.ts";

/**
 * Puts back the file that the job of one task of a `file` step has changed (see file-script.ts), if it still is what
 * that left. Safe to run again. Run by `sh`, as the user of the task, as a job or a look of the same run and host: it
 * finds what is kept beside itself. A step that ran as several tasks is undone newest first.
 *
 * It prints a word in a line: `restored`, `removed` (there had been no file), `unchanged` (it is as before already). Or,
 * with exit status 1 and why on stderr: `edited` (it is not what the step left: not touched), `gone` (nothing is kept:
 * the task changed nothing, or its host has been cleaned).
 *
 * @param task 32 lower-case hex digits
 */
export function restoreScript(task: string): string {
  return `${FILE_FUNCTIONS}
wm_kept=\${0%/*}/keep/${task}
wm_leave() {
  echo "$1"
  wm_fail "$2"
}
[ -d "$wm_kept" ] || wm_leave gone 'nothing is kept here of what this step changed'
wm_file=$(cat "$wm_kept/path" && printf x) || wm_leave gone 'what is kept here cannot be read'
wm_file=\${wm_file%x}
wm_path=$wm_file
wm_edited() { wm_leave edited "$wm_path: $1 since this step wrote it, so it is left as it is"; }
wm_left=
[ ! -f "$wm_kept/left" ] || wm_left=$(cat "$wm_kept/left")
wm_sum=
if [ -f "$wm_file" ]; then
  wm_sum=$(wm_digest "$wm_file") || wm_fail "$wm_path: cannot be read"
elif [ -e "$wm_file" ] || [ -h "$wm_file" ]; then
  wm_edited 'something else was put there'
fi

if [ ! -f "$wm_kept/was" ]; then
  if [ -z "$wm_sum" ]; then echo unchanged; exit; fi
  [ "$wm_sum" = "$wm_left" ] || wm_edited 'it was edited'
  wm_try rm -f "$wm_file"
  echo removed
  exit
fi
[ -n "$wm_sum" ] || wm_edited 'it was removed'
wm_stat "$wm_kept/was"
wm_was="$wm_mode $wm_owner"
wm_stat "$wm_file"
if [ "$wm_sum" = "$(wm_digest "$wm_kept/was")" ]; then
  if [ "$wm_sum" != "$wm_left" ] || [ "$wm_mode $wm_owner" = "$wm_was" ]; then echo unchanged; exit; fi
elif [ "$wm_sum" != "$wm_left" ]; then
  wm_edited 'it was edited'
fi
wm_tmp=\${wm_file%/*}/.waymark-${task}
trap 'rm -f "$wm_tmp"' EXIT
trap 'exit 143' HUP INT TERM
rm -f "$wm_tmp"
wm_try cp -a "$wm_kept/was" "$wm_tmp"
wm_durable "$wm_tmp"
wm_replace || wm_fail "$wm_path: cannot be replaced: \${wm_x##*: }"
echo restored
`;
}
