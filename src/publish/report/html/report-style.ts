/** How a report looks: quiet, in the system's own letters, light or dark as its reader likes it, and on paper. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #fff; --text: #1f2328; --quiet: #5c646e; --line: #e3e5e8; --soft: #f3f4f5;
  --accent: #0b57b0; --ok: #1a7f37; --bad: #c0202d; --warn: #8a5800; --ins: #e3f5e6; --del: #fce7e7; --found: #ffe58a;
  --bar-ok: #7fb98e; --bar-bad: #d7444e; --bar-warn: #d9a13b; --bar-run: #5a94d8; --bar-wait: #8b94a0;
  --t-string: #0a5a2b; --t-keyword: #8b2252; --t-comment: #626a73; --t-number: #7a4b00; --t-name: #0b4f99;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1a1e22; --text: #dfe3e8; --quiet: #9aa4af; --line: #2d333a; --soft: #22272c;
    --accent: #79b4ff; --ok: #5fc47a; --bad: #ff8087; --warn: #e3b341; --ins: #173420; --del: #421c20; --found: #6b5600;
    --bar-ok: #3f8552; --bar-bad: #e0565f; --bar-warn: #c9952f; --bar-run: #4c86c9; --bar-wait: #6d7682;
    --t-string: #8fd6a4; --t-keyword: #f29bc1; --t-comment: #99a3ae; --t-number: #e8bd7d; --t-name: #8fc1ff;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
body > header, main, body > footer, .bar-of-page { max-width: 70rem; margin-inline: auto; padding-inline: 1.25rem; }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: .06em; }
a:focus-visible, summary:focus-visible, input:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .3rem .6rem; z-index: 3; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[hidden] { display: none !important; }

body > header { padding-top: 2.5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: .2rem 0 1.2rem; letter-spacing: -.01em; text-wrap: balance; }
h2 { font-size: 1.25rem; margin: 3rem 0 .9rem; letter-spacing: -.005em; }
h3 { font-size: 1rem; margin: 0; font-weight: 600; }
h3 small { font-weight: 400; color: var(--quiet); font-size: .82rem; }
p { margin: .4rem 0; }
.quiet, .cut { color: var(--quiet); font-size: .88rem; }
.number { color: var(--quiet); font-weight: 400; }
.state { font-weight: 600; margin: 0; }
.sign { color: var(--quiet); }
.is-ok, .is-passed, .is-partial, .is-unchanged { color: var(--ok); }
.is-failed, .is-cancelled, .is-unreachable, .is-drifted, .bad { color: var(--bad); }
.is-unknown, .is-paused, .is-crashed, .is-unverifiable { color: var(--warn); }
.is-running { color: var(--accent); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .9rem 1.5rem; margin: 0; }
dt { color: var(--quiet); font-size: .8rem; }
dd { margin: 0; overflow-wrap: anywhere; }

.bar-of-page {
  position: sticky; top: 0; z-index: 2; display: flex; gap: 1rem; align-items: center; justify-content: space-between;
  margin-top: 1.6rem; padding-block: .55rem; background: var(--page); border-bottom: 1px solid var(--line);
}
nav { display: flex; gap: 1.1rem; overflow-x: auto; scrollbar-width: none; white-space: nowrap; font-size: .92rem; padding-block: .2rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
search { display: flex; gap: .6rem; align-items: center; flex: none; }
search output { color: var(--quiet); font-size: .82rem; order: -1; white-space: nowrap; }
input {
  font: inherit; font-size: .92rem; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: .4rem; padding: .2rem .6rem; width: 13rem;
}
input::placeholder { color: var(--quiet); opacity: 1; }
::highlight(found) { background: var(--found); color: inherit; }

code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", "DejaVu Sans Mono", monospace; font-size: .86em; }
code { overflow-wrap: anywhere; }
pre {
  margin: .5rem 0; padding: .7rem .9rem; background: var(--soft); border-radius: .45rem; overflow-x: auto;
  line-height: 1.5; font-size: .82rem; tab-size: 8;
}
pre code { font-size: inherit; overflow-wrap: normal; }
pre.evidence { border-left: 3px solid var(--bad); border-radius: 0 .45rem .45rem 0; }
.difference ins, .difference del, .difference span { display: block; text-decoration: none; min-width: max-content; white-space: pre; }
.difference { padding-inline: 0; }
.difference > * { padding-inline: .9rem; }
.difference ins { background: var(--ins); }
.difference del { background: var(--del); }
.demand { margin-top: .8rem; }

.failure, .step {
  background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1.1rem; margin: .8rem 0;
}
.failure { border-left: 3px solid var(--bad); }
.step { content-visibility: auto; contain-intrinsic-size: auto 9rem; }
details { margin: .35rem 0; }
details > :not(summary) { margin-left: 1.15rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary::marker { color: var(--quiet); }
.task > summary { color: inherit; }
.task > summary::before { margin-inline-end: .35em; }
.task > .is-ok::before, .task > .is-unchanged::before { content: "✔" / ""; color: var(--ok); }
.task > .is-skipped::before { content: "–" / ""; color: var(--quiet); }
.task > .is-failed::before, .task > .is-unreachable::before { content: "✖" / ""; color: var(--bad); }
.task > .is-unknown::before { content: "⚠" / ""; color: var(--warn); }
.task > .is-running::before { content: "◐" / ""; color: var(--accent); }
.task { border-top: 1px solid var(--line); padding-top: .35rem; }
.check { border-top: 1px solid var(--line); padding-top: .2rem; }
.hosts { list-style: none; padding: 0; margin: .5rem 0; columns: 12rem; font-size: .86rem; color: var(--quiet); }
.attempts { padding-left: 1.3rem; font-size: .9rem; }
.moments { list-style: none; padding: 0; margin: 0; font-size: .92rem; }
.moments li { padding: .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.moments time { color: var(--quiet); font-size: .84rem; font-variant-numeric: tabular-nums; margin-right: .5rem; }

.scrolls { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .38rem .9rem .38rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: 400; }
#timeline td { white-space: nowrap; }
#timeline tbody th { min-width: 9rem; }
thead th { color: var(--quiet); font-size: .8rem; white-space: nowrap; }
.bar { display: block; width: 8rem; height: .55rem; margin-top: .45rem; }
.bar rect { fill: var(--bar-ok); }

.picture { max-height: 75vh; overflow: auto; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); padding: .4rem; }
.timeline { display: block; width: 100%; min-width: 46rem; height: auto; }
.timeline text { font: 11px system-ui, sans-serif; fill: var(--quiet); }
.tick { stroke: var(--line); stroke-width: 1; }
.band { fill: var(--soft); opacity: .75; }
.band.other { fill: none; }
.pause { fill: var(--quiet); }
.does-rest { fill: var(--line); opacity: .6; }
.does-asked { fill: url(#dots); }
.dot { fill: var(--accent); }
.does-ok { fill: var(--bar-ok); }
.does-failed { fill: var(--bar-bad); }
.does-unknown { fill: var(--bar-warn); }
.does-running { fill: var(--bar-run); }
.does-retry, .does-reboot, .does-others { fill: url(#hatching); }
.hatch { stroke: var(--bar-wait); stroke-width: .9; fill: none; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; padding: 0; margin: .6rem 0 1.4rem; font-size: .84rem; color: var(--quiet); }
.legend span { display: inline-block; width: 1.1rem; height: .6rem; margin-right: .4rem; border-radius: 2px; }
.box-ok { background: var(--bar-ok); } .box-failed { background: var(--bar-bad); } .box-unknown { background: var(--bar-warn); }
.box-running { background: var(--bar-run); }
.box-retry, .box-reboot, .box-others { background: repeating-linear-gradient(135deg, var(--bar-wait) 0 1.5px, transparent 1.5px 4px); }

.box-asked { background: radial-gradient(var(--accent) 1px, transparent 1.3px) 0 0 / 4px 4px; }
.box-rest { background: var(--line); }

.t-comment { color: var(--t-comment); font-style: italic; }
.t-keyword, .t-operator, .t-tag, .t-heading { color: var(--t-keyword); }
.t-string { color: var(--t-string); }
.t-number, .t-constant { color: var(--t-number); }
.t-variable, .t-function, .t-property, .t-type { color: var(--t-name); }
.t-inserted { color: var(--ok); } .t-deleted { color: var(--bad); } .t-prompt { color: var(--quiet); }
.t-heading { font-weight: 600; }

body > footer { margin-top: 4rem; padding-block: 1.2rem 2rem; color: var(--quiet); font-size: .84rem; border-top: 1px solid var(--line); }
@media (max-width: 44rem) {
  body { font-size: 15px; }
  body > header { padding-top: 1.4rem; }
  h1 { font-size: 1.5rem; }
  dl { grid-template-columns: 1fr 1fr; }
  .bar-of-page { flex-direction: column-reverse; align-items: stretch; gap: .3rem; }
  search { flex-direction: row-reverse; }
  search label { flex: 1; }
  input { width: 100%; }
  .failure, .step { padding: .75rem .85rem; }
  details > :not(summary) { margin-left: .3rem; }
}
@media print {
  .bar-of-page, .skip { display: none; }
  .step { content-visibility: visible; break-inside: avoid-page; }
  pre { white-space: pre-wrap; }
  .legend span, .difference > * { print-color-adjust: exact; }
}
`;
