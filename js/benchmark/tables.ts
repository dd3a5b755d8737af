// Tables.

import { make } from '../lessons/dom.js';

/** A row's cells; a cell may be text or an element. */
export type Cells = (string | Node)[];

/** A table with a caption and a head; the first cell of each row names it. */
export function table(caption: string, head: string[], rows: { cells: Cells; marked?: boolean }[], testId: string): HTMLElement {
  const body = rows.map(({ cells: [name, ...cells], marked }) =>
    make('tr', marked ? { class: 'marked' } : {}, make('th', { scope: 'row' }, name ?? ''), ...cells.map((cell) => make('td', {}, cell))),
  );
  return make(
    'div',
    // Wide tables scroll by themselves, also by keys.
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    make(
      'table',
      { class: testId, 'data-testid': testId },
      make('caption', {}, caption),
      make('thead', {}, make('tr', {}, ...head.map((cell) => make('th', { scope: 'col' }, cell)))),
      make('tbody', {}, ...body),
    ),
  );
}

/** A number with three digits that mean something. */
export function short(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 0.001 && size < 10_000 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}
