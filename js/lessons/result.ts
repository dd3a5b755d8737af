// The end of a lesson: what was right, a report to print, and what the lesson rests on.

import { button, make } from './dom.js';
import type { Result } from './score.js';
import type { Lesson } from './types.js';
import type { Words } from './words.js';

/** The elements of the result. */
export function resultOf(lesson: Lesson, words: Words, results: Result[], total: number, again: () => void): Node[] {
  const right = results.filter((result) => result.right).length;
  const head = [words.question, words.yourAnswer, words.theTruth, ''];
  const rows = results.map(({ ask, given, truth, right }) =>
    make(
      'tr',
      {},
      make('td', {}, ask),
      make('td', {}, given),
      make('td', {}, truth),
      make('td', { class: right ? 'good' : 'bad' }, right ? '✓' : '✗', make('span', { class: 'unseen' }, right ? words.right : words.wrong)),
    ),
  );
  const columns = head.map((name) => (name ? make('th', { scope: 'col' }, name) : make('td')));
  const when = new Intl.DateTimeFormat(lesson.language, { dateStyle: 'long', timeStyle: 'short' }).format(new Date());
  return [
    make('h2', { tabindex: '-1' }, words.result),
    make('p', { class: 'score', 'data-testid': 'score' }, words.score(right, total)),
    make('p', { class: 'meta' }, when),
    make('label', { class: 'name' }, make('span', { class: 'meta' }, words.name), make('input', { type: 'text', autocomplete: 'off' })),
    make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': words.result }, make('table', {}, make('thead', {}, make('tr', {}, ...columns)), make('tbody', {}, ...rows))),
    make('div', { class: 'row screen' }, button(words.print, () => print(), { class: 'primary' }), button(words.again, again)),
    make('p', { class: 'meta screen' }, words.keptHere),
    make('h3', {}, words.sources),
    make('ul', { class: 'sources' }, ...lesson.sources.map((source) => make('li', {}, `${source.text} `, ...linkTo(source.doi)))),
    make('p', { class: 'meta' }, words.caution),
  ];
}

/** The one place that a lesson can lead to: what its DOI stands for. The reader of lessons has checked its letters. */
function linkTo(doi: string | undefined): Node[] {
  if (doi === undefined) return [];
  return [make('a', { href: `https://doi.org/${doi}`, target: '_blank', rel: 'noopener noreferrer' }, `doi:${doi}`)];
}
