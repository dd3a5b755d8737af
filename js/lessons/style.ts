// The element's look. Made by script, because a strict policy refuses <style>; colours are custom properties, so that a page can
// set them.

const style = `
:host {
  --bg: var(--unimed-background, light-dark(#f6f8fa, #0e1116));
  --surface: light-dark(#ffffff, #161b22);
  --raised: light-dark(#ffffff, #1f262e);
  --line: light-dark(#d5dce3, #2d3641);
  --control: light-dark(#7d8894, #66727f);
  --text: var(--unimed-text, light-dark(#17202a, #e6ebf0));
  --muted: light-dark(#55626f, #9aa7b4);
  --accent: var(--unimed-accent, light-dark(#0b7a7c, #4cc2c4));
  --on-accent: light-dark(#ffffff, #06282a);
  --error: light-dark(#b3261e, #f0736a);
  --success: light-dark(#1e7a3c, #5fb878);
  display: block;
  color: var(--text);
  background: var(--bg);
  color-scheme: light dark;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
}
:host([hidden]) { display: none; }
:host([theme='dark']) { color-scheme: dark; }
:host([theme='light']) { color-scheme: light; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
h1, h2, h3, p, ul, ol, figure, fieldset { margin: 0; padding: 0; }
h1 { font-size: 24px; line-height: 1.25; }
h2 { font-size: 20px; line-height: 1.3; }
h3 { font-size: 16px; }
h2:focus { outline: none; }
ul, ol { padding-left: 24px; }
.meta, figcaption, .aside { color: var(--muted); font-size: 13px; }
.lesson, .head, .text, .exercise, .result { display: grid; gap: 12px; min-width: 0; }
.lesson { max-width: 1040px; margin: 0 auto; padding: 16px; gap: 16px; }
.step { display: grid; gap: 16px; align-items: start; }
.step.seen { grid-template-columns: minmax(256px, 5fr) minmax(0, 6fr); gap: 24px; }
.step > h2 { grid-column: 1 / -1; }
.stage { display: flex; flex-wrap: wrap; gap: 12px; position: sticky; top: 8px; }
.pane { flex: 1 1 180px; max-width: 420px; }
.frame { position: relative; background: #000; border-radius: 6px; overflow: hidden; }
.frame canvas { display: block; width: 100%; }
.frame.choosing { cursor: crosshair; }
.tag { position: absolute; right: 4px; bottom: 4px; padding: 0 6px; border-radius: 4px; font-size: 12px; background: #000; color: #fff; }
figcaption { padding-top: 4px; }
.exercise { padding: 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--surface); }
.exercise .ask { font-weight: 600; }
fieldset { border: 0; display: grid; gap: 4px; min-width: 0; }
legend { padding: 0 0 8px; font-weight: 600; }
label.name { display: grid; gap: 4px; }
label.choice { display: flex; gap: 8px; align-items: baseline; padding: 6px 8px; border-radius: 6px; cursor: pointer; }
label.choice:hover { background: var(--raised); }
label.slider { display: grid; grid-template-columns: 5em 1fr 3em; gap: 8px; align-items: center; font-variant-numeric: tabular-nums; }
input[type='range'], input[type='radio'] { accent-color: var(--accent); }
input[type='range'] { min-height: 28px; width: 100%; }
input[type='text'] { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--control); border-radius: 6px; padding: 6px 8px; width: 100%; max-width: 360px; }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.row.ends { justify-content: space-between; }
button, a.button {
  font: inherit; font-size: 15px; min-height: 36px; padding: 4px 14px; border: 1px solid var(--control); border-radius: 6px;
  background: var(--raised); color: var(--text); cursor: pointer; text-decoration: none;
}
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button:disabled { opacity: 0.5; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.frame:focus-visible { outline-offset: 1px; }
a { color: var(--accent); }
.said { font-style: italic; border-left: 3px solid var(--control); padding-left: 8px; min-height: 1.5em; }
.good { color: var(--success); font-weight: 600; }
.bad, .error { color: var(--error); font-weight: 600; }
.why { border-left: 3px solid var(--accent); padding-left: 8px; }
code { font-family: ui-monospace, monospace; font-size: 0.92em; }
progress { width: 100%; height: 6px; accent-color: var(--accent); }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: 6px 8px; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
.scroll { overflow-x: auto; }
.score { font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.sources li { font-size: 14px; overflow-wrap: anywhere; }
@media (max-width: 700px) {
  .lesson { padding: 12px; }
  .step.seen { grid-template-columns: minmax(0, 1fr); gap: 12px; }
  .stage { top: 0; z-index: 1; padding: 4px 0; background: var(--bg); justify-content: center; }
  .pane { flex: 0 1 auto; width: min(100%, 40vh); }
  .stage.many .pane { flex: 1 1 0; width: auto; min-width: 0; }
}
@media print {
  :host, :host([theme]) { background: #fff; color: #000; color-scheme: light; }
  .screen { display: none !important; }
  .step.seen { display: block; }
  input[type='text'] { border: 0; border-bottom: 1px solid #000; border-radius: 0; }
}
`;

let sheet: CSSStyleSheet | undefined;

/** The style sheet, one for all elements. */
export function lessonStyle(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
  }
  return sheet;
}
