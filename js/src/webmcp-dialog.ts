// The question before an agent uses a tool: a dialog of the page, made by script, because a strict policy refuses markup and styles.

import type { ToolUse } from './webmcp.js';
import type { ToolWords } from './webmcp-words.js';

const style = `
dialog { max-width: min(480px, calc(100vw - 48px)); padding: 16px; border: 1px solid; border-radius: 8px; font: 14px/1.45 system-ui, sans-serif;
  color-scheme: light dark; background: light-dark(#fff, #0e1116); color: light-dark(#17202a, #e6ebf0); }
dialog::backdrop { background: rgb(0 0 0 / 0.5); }
h2 { margin: 0 0 8px; font-size: 16px; }
p { margin: 8px 0; }
dt { font-weight: 600; }
dd { margin: 0 0 8px; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30vh; overflow: auto; }
form { display: flex; flex-wrap: wrap; gap: 8px; justify-content: end; }
button { font: inherit; padding: 6px 12px; min-height: 32px; }
`;

/** Asks the visitor; resolves to whether this use is allowed. A signal that aborts takes the question away, which refuses. */
export function askVisitor(use: ToolUse, words: ToolWords, signal: AbortSignal): Promise<boolean> {
  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [sheet];
  const dialog = root.appendChild(document.createElement('dialog'));
  const add = <Tag extends keyof HTMLElementTagNameMap>(to: Element, tag: Tag, text = ''): HTMLElementTagNameMap[Tag] => {
    const made = to.appendChild(document.createElement(tag));
    made.textContent = text;
    return made;
  };
  const title = add(dialog, 'h2', words.question);
  title.id = 'question';
  dialog.setAttribute('aria-labelledby', title.id);
  add(dialog, 'p', `${use.title} (${use.tool})`);
  const inputs = add(dialog, 'dl');
  for (const [name, value] of Object.entries(use.inputs)) {
    add(inputs, 'dt', name);
    add(inputs, 'dd', typeof value === 'string' ? value : JSON.stringify(value));
  }
  add(dialog, 'p', use.told);
  add(dialog, 'p', words.caller);
  const form = add(dialog, 'form');
  form.method = 'dialog';
  const refuse = add(form, 'button', words.refuse);
  refuse.autofocus = true;
  const allow = add(form, 'button', words.allow);
  allow.type = 'button';
  document.body.append(host);
  return new Promise<boolean>((resolve) => {
    const end = (allowed: boolean) => {
      signal.removeEventListener('abort', gone);
      host.remove();
      resolve(allowed);
    };
    const gone = () => end(false);
    signal.addEventListener('abort', gone);
    dialog.addEventListener('close', () => end(false));
    // A click that a program made is no answer of the visitor's.
    allow.addEventListener('click', ({ isTrusted }) => isTrusted && end(true));
    dialog.showModal();
  });
}
