// Made by script, because a strict policy refuses <style>. Colours are custom properties, so that a page can set them.

const style = `
:host {
  display: grid;
  grid-template-rows: 1fr auto auto auto;
  gap: 8px;
  min-height: 240px;
  padding: 12px;
  font: 14px/1.45 system-ui, sans-serif;
  background: var(--unimed-background, light-dark(#f6f8fa, #0e1116));
  color: var(--unimed-text, light-dark(#17202a, #e6ebf0));
  color-scheme: light dark;
}
:host([hidden]) { display: none; }
:host([theme='dark']) { color-scheme: dark; }
:host([theme='light']) { color-scheme: light; }
[part='log'] { overflow: auto; }
[part='question'] { margin: 8px 0 0; font-weight: 600; }
[part='answer'], [part='error'] { margin: 4px 0; white-space: pre-wrap; }
[part='error'] { color: var(--unimed-error, light-dark(#b3261e, #f0736a)); }
[part='made'] { margin: 4px 0; }
[part='made'] canvas { display: block; max-width: 100%; }
[part='status'], [part='caution'] { margin: 0; font-size: 12px; opacity: 0.8; }
form { display: flex; flex-wrap: wrap; gap: 8px; }
input { flex: 1 1 160px; font: inherit; padding: 4px 8px; }
button { font: inherit; padding: 4px 12px; }
`;

let sheet: CSSStyleSheet | undefined;

/** The style sheet, one for all elements. */
export function chatStyle(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
  }
  return sheet;
}
