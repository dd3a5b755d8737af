// The page with the certificate and the benchmark, in two languages. The part of the address behind # names the language.

import { button, make } from '../lessons/dom.js';
import { preferred } from '../lessons/language.js';
import { benchmarkPanel } from './benchmark-panel.js';
import { certificatePanel } from './certificate-panel.js';
import { wordsOf } from './words.js';

const LANGUAGES = { en: 'English', zh: '中文' };

/** Ends what runs, when the page is made again in another language. */
let leave = new AbortController();

addEventListener('hashchange', show);
show();

function show(): void {
  const asked = location.hash.slice(1);
  const language = asked in LANGUAGES ? asked : preferred();
  const words = wordsOf(language);
  document.documentElement.lang = language;
  document.title = `UniMed: ${words.title}`;
  document.querySelector('#name')!.textContent = words.title;
  document.querySelector('#whole')!.textContent = words.back;
  const group = document.querySelector('#languages')!;
  group.setAttribute('aria-label', words.language);
  group.replaceChildren(
    ...Object.entries(LANGUAGES).map(([key, name]) => button(name, () => (location.hash = key), { lang: key, 'aria-pressed': String(key === language) })),
  );
  leave.abort();
  leave = new AbortController();
  const panels = [certificatePanel, benchmarkPanel].map((panel) => panel(words, leave.signal));
  document.querySelector('main')!.replaceChildren(make('p', { class: 'intro' }, words.intro), ...panels);
}
