// Made by script, because a strict policy refuses <style>. Colours are custom properties, so that a page can set them.

const style = `
:host {
  display: grid;
  grid-template-rows: minmax(0, 1fr);
  grid-auto-rows: auto;
  gap: 6px;
  min-height: 420px;
  padding: 8px;
  box-sizing: border-box;
  font: 14px/1.45 system-ui, sans-serif;
  background: var(--unimed-background, light-dark(#f6f8fa, #0e1116));
  color: var(--unimed-text, light-dark(#17202a, #e6ebf0));
  color-scheme: light dark;
}
:host([hidden]) { display: none; }
:host([theme='dark']) { color-scheme: dark; }
:host([theme='light']) { color-scheme: light; }
[hidden] { display: none !important; }
[part='stage'] {
  position: relative;
  overflow: hidden;
  min-height: 200px;
  background: var(--unimed-stage, #000);
  touch-action: none;
  cursor: crosshair;
}
[part='stage']:focus-visible { outline: 2px solid var(--unimed-focus, light-dark(#0b7a7c, #4cc2c4)); outline-offset: 2px; }
[part='image'] { position: absolute; left: 50%; top: 50%; transform-origin: center; }
[part='info'] { margin: 0; font-size: 13px; font-variant-numeric: tabular-nums; }
[part='controls'] { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; }
[part='controls'] label { display: flex; gap: 6px; align-items: center; }
[part='slider'] { flex: 1 1 140px; min-width: 100px; }
select, button { font: inherit; min-height: 28px; padding: 2px 10px; }
[part='notes'] { font-size: 13px; }
[part='notes'] ul { margin: 4px 0 0; padding-left: 20px; }
[part='notes'] summary { cursor: pointer; min-height: 24px; }
[part='error'] { margin: 0; color: var(--unimed-error, light-dark(#b3261e, #f0736a)); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

let sheet: CSSStyleSheet | undefined;

/** The style sheet, one for all elements. */
export function viewerStyle(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
  }
  return sheet;
}
