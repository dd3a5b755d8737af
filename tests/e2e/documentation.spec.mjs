// What the documentation and the comments refer to is there: files, headings, and sections of the model specification. No browser.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { test } from 'node:test';
import { root } from './support/surroundings.mjs';

const passedOver = new Set(['target', 'dist', 'node_modules', 'test-results', '.git', 'set', 'corpus']);
const texts = new Set(['.md', '.rs', '.mjs', '.js', '.py', '.toml', '.yml', '.sh', '.html', '.json']);

/// Every text file of the repository, by its path from the root.
function* files(folder = root) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !passedOver.has(entry.name)) yield* files(path);
    else if (entry.isFile() && texts.has(extname(entry.name))) yield relative(root, path);
  }
}

const all = [...files()];
const read = (path) => readFileSync(join(root, path), 'utf8');
const withoutCode = (text) => text.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '');

/// The anchor that a heading has.
function anchor(heading) {
  const plain = heading.replaceAll(/[`*]/g, '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  return plain.trim().toLowerCase().replaceAll(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-');
}

const headings = (path) => [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);

test('links lead to files and headings', () => {
  const broken = [];
  let links = 0;
  for (const path of all.filter((path) => path.endsWith('.md'))) {
    for (const [, target] of withoutCode(read(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      links += 1;
      const [file, part] = target.split('#');
      const place = file ? join(dirname(path), file) : path;
      const there = existsSync(join(root, place));
      if (!there || (part && !headings(place).map(anchor).includes(part))) broken.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
  assert.ok(links > 100, `${links} links`);
});

test('what code and texts say of docs/ is there', () => {
  const missing = [];
  for (const path of all) {
    for (const [mention] of read(path).matchAll(/(?<![\w./-])docs\/[\w./-]*\w/g)) {
      if (!existsSync(join(root, mention))) missing.push(`${path}: ${mention}`);
    }
  }
  assert.deepEqual(missing, []);
});

test('files of the repository that texts name are there', () => {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name[0] !== '.');
  const named = new RegExp(`^(${folders.map(({ name }) => name).filter((name) => !passedOver.has(name)).join('|')})/[\\w./-]*\\w$`);
  const missing = [];
  for (const path of all.filter((path) => path.endsWith('.md') && path !== 'CHANGELOG.md')) {
    // What a reader is told to write is in the block after its name.
    const written = [...read(path).matchAll(/`([^`\s]+)`:\n\n`{3}/g)].map(([, file]) => file);
    for (const [, code] of read(path).replaceAll(/^```.*?^```/gms, '').matchAll(/`([^`\n]+)`/g)) {
      if (written.includes(code)) continue;
      // A README in a folder may speak of the folder by paths from there.
      if (code.split('/').some((part) => passedOver.has(part))) continue;
      if (named.test(code) && !existsSync(join(root, code)) && !existsSync(join(root, dirname(path), code))) {
        missing.push(`${path}: ${code}`);
      }
    }
  }
  assert.deepEqual(missing, []);
});

test('cited sections of the model specification are there', () => {
  const sections = new Set(headings('docs/reference/model.md').map((heading) => /^[\d.]*\d/.exec(heading)?.[0]));
  const cited = [];
  for (const path of all) {
    for (const [, list] of read(path).matchAll(/docs\/reference\/model\.md ((?:\d+(?:\.\d+)?(?:, | and )?)+)/g)) {
      for (const [number] of list.matchAll(/\d+(?:\.\d+)?/g)) cited.push([path, number]);
    }
  }
  assert.deepEqual(cited.filter(([, number]) => !sections.has(number)), []);
  assert.ok(cited.length >= 20, `${cited.length} citations`);
});
