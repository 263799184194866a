/*
 * What `waymark init` writes: a guide that shows steps, a check, an input, a captured value and an expectation, and the
 * hosts that it is for. It touches nothing but one folder in the home of each host.
 */

const GUIDE = `---
title: A first guide
description: Leaves the same note on every host.
runbook:
  requires: { master: 1, worker: 1.. }
  inputs:
    GREETING: { default: Hello, description: What the note begins with }
---

This guide leaves a note on every host. That takes seconds, and can be done as often as you like; turn it into a guide
of your own step by step.

A fenced block with braces behind its language is a step. It runs on the hosts that \`on=\` names, which are listed in
\`hosts.yaml\`. Everything else is for readers.

## Look around

What should come out of a command stands below it, and is compared. All hosts should run Linux:

\`\`\`console {#linux on=all verify}
$ uname -s
Linux
\`\`\`

## Choose a name

What this step prints is kept, and the steps below know it as \`$MASTER_NAME\`. Ask the master for its name:

\`\`\`bash {#name on=master capture=MASTER_NAME}
uname -n
\`\`\`

## Leave the note

It goes into a folder of its own, in your home there. Write the note on every host:

\`\`\`bash {#note on=all}
mkdir -p first-guide
echo "$GREETING from $MASTER_NAME" > first-guide/note.txt
\`\`\`

## Check it

Look at what every host has:

\`\`\`bash {#same on=all verify}
cat first-guide/note.txt
\`\`\`

\`\`\`output
$GREETING from [..]
\`\`\`

It has to be the same everywhere:

\`\`\`expect
results.all(r, r.stdout == results[0].stdout)
\`\`\`

## Clean up

This block has no braces, so it is only shown. It removes what the guide has made:

\`\`\`bash
rm -r first-guide
\`\`\`
`;

const HOSTS = `# Which hosts the guides in this folder mean by master and worker. Put yours here.
defaults: { user: pi }
hosts:
  pi-1: { address: 192.168.0.27, groups: [master] }
  pi-2: { address: 192.168.0.28, groups: [worker] }
  pi-3: { address: 192.168.0.29, groups: [worker] }
`;

/** By name. */
export const STARTER: Readonly<Record<string, string>> = { "guide.md": GUIDE, "hosts.yaml": HOSTS };
