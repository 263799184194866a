import { describe, expect, test } from "vitest";
import { mayChangeShell } from "../../../src/transport/shell-changes.ts";

describe("a script that changes nothing of its shell", () => {
  test.each([
    "",
    "true\n",
    "apt-get update\napt-get install --yes -o Dpkg::Options::=--force-confold containerd\n",
    "systemctl disable --now dphys-swapfile\n",
    "kubectl get nodes -o wide | grep -v Ready || echo none\n",
    "printf '%s\\n' \"$API_KEY\" > api-key\n",
    "if [ -e /etc/hosts ]; then echo yes; fi\n",
    'echo "Hello from $WAYMARK_HOST"\n',
  ])("%j", (code) => {
    expect(mayChangeShell(code)).toBe(false);
  });
});

describe("a script that may change its shell", () => {
  test.each([
    "export A",
    "A=1\n",
    "true; A=1",
    "A+=x",
    "[ -e x ] && A[0]=1",
    "unset A",
    "cd /tmp",
    "(cd /tmp)",
    "pushd x",
    ". /etc/profile.d/go.sh\n",
    "true && . ./env",
    "source env",
    'eval "$(ssh-agent)"',
    "read -r A < file",
    "for A in 1 2; do true; done",
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
    expect(mayChangeShell(code)).toBe(true);
  });
});
