// The page with lessons: a list of them in two languages, and the one that is played. The part of the address behind # names it, so
// that a lesson can be linked to.

import { button, make } from './dom.js';
import { UniMedLesson } from './element.js';
import { preferred } from './language.js';
import { reportToPlatform } from './scorm.js';
import { keptScores } from './score.js';
import { wordsOf } from './words.js';

/** A lesson as the list knows it; `cargo xtask build` writes lessons/index.json. */
interface Entry {
  id: string;
  title: string;
  language: string;
  minutes: number;
}

const LANGUAGES = { en: 'English', zh: '中文' };

const main = document.querySelector('main')!;
const list = fetch('lessons/index.json').then((response) => response.json() as Promise<Entry[]>);

/** The one lesson of a page that was made for a learning platform. */
const only = document.documentElement.dataset['lesson'];

reportToPlatform();
addEventListener('hashchange', () => void show());
void show();

async function show(): Promise<void> {
  const [, language = preferred(), id] = /^#?(en|zh)?\/?([a-z0-9-]*)$/.exec(only ?? location.hash) ?? [];
  document.documentElement.lang = language;
  const words = wordsOf(language);
  document.title = `UniMed: ${words.about}`;
  document.querySelector('#name')!.textContent = words.about;
  const back = document.querySelector<HTMLAnchorElement>('#list')!;
  back.textContent = words.list;
  back.href = `#${language}`;
  back.hidden = !id || only !== undefined;
  const whole = document.querySelector<HTMLElement>('#whole')!;
  whole.textContent = words.page;
  whole.hidden = only !== undefined;
  if (only === undefined) languages(language, id ?? '');
  if (id) {
    const lesson = new UniMedLesson();
    lesson.setAttribute('src', `lessons/${language}/${id}.md`);
    lesson.setAttribute('theme', document.documentElement.dataset['theme'] ?? 'dark');
    main.replaceChildren(lesson);
    return;
  }
  try {
    const scores = keptScores();
    const cards = (await list).filter((entry) => entry.language === language).map(({ id, title, minutes }) => {
      const score = scores[id];
      const known = score ? ` · ${words.score(score.right, score.total)}` : '';
      return make('li', {}, make('a', { href: `#${language}/${id}` }, title), make('p', { class: 'meta' }, `${words.minutes(minutes)}${known}`));
    });
    main.replaceChildren(make('p', { class: 'intro' }, words.intro), make('ul', { class: 'list' }, ...cards), make('p', { class: 'meta' }, words.caution));
  } catch {
    main.replaceChildren(make('p', { role: 'alert' }, 'The list of lessons cannot be fetched. Load the page again.'));
  }
}

/** Goes to the same lesson in another language, or to that language's list where nobody wrote it. */
async function turn(language: string, id: string): Promise<void> {
  const all = await list.catch(() => []);
  location.hash = all.some((entry) => entry.id === id && entry.language === language) ? `${language}/${id}` : language;
}

function languages(language: string, id: string): void {
  const group = document.querySelector('#languages')!;
  const links = Object.entries(LANGUAGES).map(([key, name]) =>
    button(name, () => void turn(key, id), { lang: key, 'aria-pressed': String(key === language) }),
  );
  group.setAttribute('aria-label', wordsOf(language).language);
  group.replaceChildren(...links);
}
