import { EXIT, type ExitCode } from "../model/errors.ts";
import type { Surroundings } from "./terminal.ts";

/*
 * What `waymark completion` prints. The scripts know nothing of commands and flags: they ask `waymark __complete` (see
 * complete.ts), so they need not be made anew when Waymark changes.
 */

/** What the scripts call. Not for people, and not in help. */
export const COMPLETE = "__complete";

/**
 * bash splits words at `=` and `:` as well (COMP_WORDBREAKS), and only replaces what follows. So they are put together
 * again, and of each candidate the beginning is left away. Written for bash 3.2 too, which macOS has.
 */
const BASH = `# eval "$(waymark completion bash)" in ~/.bashrc
_waymark() {
  local rest=\${COMP_LINE:0:COMP_POINT} words=() gap word i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    gap=\${rest%%[![:space:]]*}
    rest=\${rest#"$gap"}
    word=\${COMP_WORDS[i]}
    [[ $i -lt $COMP_CWORD ]] || word=$rest
    rest=\${rest#"$word"}
    if [[ -z $gap && $i -gt 0 ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words[\${#words[@]}]=$word
    fi
  done
  # As typed, with quotes and backslashes.
  words=("\${words[@]//[\\"\\'\\\\]/}")
  word=\${word//[\\"\\'\\\\]/}
  [[ $word != [=:] ]] || word=
  local current=\${words[\${#words[@]}-1]} files candidate
  local kept=$((\${#current} - \${#word})) before=
  [[ $current != --*=* ]] || before=\${current%%=*}=
  COMPREPLY=()
  {
    read -r files
    while IFS=$'\\t' read -r candidate _; do
      [[ $candidate != "$current"* ]] || COMPREPLY[\${#COMPREPLY[@]}]=\${candidate:kept}
    done
  } < <(waymark ${COMPLETE} "\${words[@]:1}" 2>/dev/null)
  compopt -o nosort 2>/dev/null
  [[ $files != none ]] || return 0
  compopt -o filenames 2>/dev/null
  while IFS= read -r candidate; do
    candidate=$before$candidate
    COMPREPLY[\${#COMPREPLY[@]}]=\${candidate:kept}
  done < <(
    case $files in
    (guides) compgen -f -X '!*.md' -- "\${current#"$before"}"; compgen -d -- "\${current#"$before"}" ;;
    (files) compgen -f -- "\${current#"$before"}" ;;
    (folders) compgen -d -- "\${current#"$before"}" ;;
    esac
  )
}
complete -F _waymark waymark
`;

const ZSH = `#compdef waymark
# source <(waymark completion zsh) in ~/.zshrc, after compinit; or save it as _waymark in a folder of $fpath
_waymark() {
  local -a answer candidates
  local line value
  answer=("\${(@f)$(waymark ${COMPLETE} "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  for line in "\${(@)answer[2,-1]}"; do
    value=\${line%%$'\\t'*}
    candidates+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done
  (( ! $#candidates )) || _describe -V waymark candidates
  [[ $PREFIX != --*=* ]] || compset -P '*='
  case $answer[1] in
  guides) _files -g '*.md' ;;
  files) _files ;;
  folders) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _waymark ]]; then _waymark "$@"; else compdef _waymark waymark; fi
`;

const FISH = `# waymark completion fish > ~/.config/fish/completions/waymark.fish
function __waymark_complete
    set -l typed (commandline -ct)
    set -l before (commandline -opc)
    set -l answer (waymark ${COMPLETE} $before[2..-1] "$typed" 2>/dev/null)
    set -l flag (string match -r -- '^--[^=]*=' "$typed")
    set -l value (string replace -r -- '^--[^=]*=' '' "$typed")
    switch "$answer[1]"
        case guides
            __fish_complete_path "$value" | string match -r -- '^[^\\t]*(?:/|\\.md)(?:\\t.*)?$' | string replace -r -- '^' "$flag"
        case files
            __fish_complete_path "$value" | string replace -r -- '^' "$flag"
        case folders
            __fish_complete_directories "$value" | string replace -r -- '^' "$flag"
    end
    string join -- \\n $answer[2..-1]
end
complete -c waymark -f -k -a '(__waymark_complete)'
`;

export const SHELLS = { bash: BASH, zsh: ZSH, fish: FISH } as const;

/** `waymark completion`. */
export function completion(around: Surroundings, shell: keyof typeof SHELLS): ExitCode {
  around.stdout.write(SHELLS[shell]);
  return EXIT.ok;
}
