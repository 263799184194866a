import { describe, expect, test } from "vitest";
import { variablesSet } from "../../../src/transport/shell-changes.ts";

describe("a script that changes nothing of its shell", () => {
  test.each([
    "",
    "true\n",
    "set -eu\napt-get update\napt-get install --yes -o Dpkg::Options::=--force-confold containerd\n",
    "systemctl disable --now dphys-swapfile\n",
    "kubectl get nodes -o wide | grep -v Ready || echo none\n",
    "printf '%s\\n' \"$API_KEY\" > api-key\n",
    "if [ -e /etc/hosts ]; then echo yes; fi\n",
    'echo "Hello from $WAYMARK_HOST"\n',
  ])("%j", (code) => {
    expect(variablesSet(code)).toEqual([]);
  });
});

describe("a script that only sets variables", () => {
  test.each([
    ["x=1; y+=2\n  z[0]=3\n", ["x", "y", "z"]],
    ["for node in a b; do echo $node; done\n", ["node"]],
    ["lsblk | while read -r name size; do echo $name; done\n", ["name", "size"]],
    ["read -r line < file\nread\n", ["line"]],
    ['[ -e x ] && PATH="$PATH:/x"\n', ["PATH"]],
    ['total="$(wc -l < file)"\n', ["total"]],
  ])("%j", (code, names) => {
    expect(variablesSet(code)).toEqual(names);
  });
});

describe("a script that may change anything", () => {
  test.each([
    "export A",
    "x=1 export A",
    "unset A",
    "cd /tmp",
    "(cd /tmp)",
    "pushd x",
    ". /etc/profile.d/go.sh\n",
    "true && . ./env",
    "source env",
    'eval "$(ssh-agent)"',
    "read -r -d '' A < file",
    "read -p 'name?' A",
    "set -a\nA=1",
    "set -o allexport",
    "setopt ALL_EXPORT; setopt allexport",
    "printf -v A x",
    "declare -x A",
    "typeset -i A",
    "((A++))",
    'echo "${A:=x}"',
    "$SETUP\n",
    "if $SETUP; then true; fi",
    '"$SETUP" x',
    "e\\xport A",
    "true\nex''port A",
    "mapfile -t A < x",
    "getopts a: A",
    "let A=1",
  ])("%j", (code) => {
    expect(variablesSet(code)).toBeUndefined();
  });
});
