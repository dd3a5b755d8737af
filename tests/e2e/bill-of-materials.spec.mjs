// The bills of materials that a release carries keep to CycloneDX, and name what ships. No browser.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root, setting } from './support/surroundings.mjs';

const { Spec, Validation } = createRequire(join(setting('UNIMED_NODE_MODULES'), 'specs.js'))('@cyclonedx/cyclonedx-library');

const folder = mkdtempSync(join(tmpdir(), 'unimed-bill-'));
after(() => rmSync(folder, { recursive: true }));
const write = (to) => execFileSync(setting('UNIMED_XTASK'), ['sbom', to], { cwd: root });
write(folder);
const bills = ['unimed-site', 'unimed-command'];
const read = (name, of = folder) => readFileSync(join(of, `${name}.cdx.json`), 'utf8');

/// What the schema finds wrong with a bill; null when it is right.
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
const wrong = (bill) => validator.validate(JSON.stringify(bill));

for (const name of bills) {
  test(`${name} keeps to the schema`, async () => {
    assert.equal(await wrong(JSON.parse(read(name))), null);
  });

  test(`${name} names every part once, and what each is made of`, () => {
    const { components, dependencies } = JSON.parse(read(name));
    const references = new Set(components.map((part) => part['bom-ref']));
    assert.equal(references.size, components.length);
    for (const { ref, dependsOn } of dependencies) {
      for (const part of [ref, ...dependsOn]) assert.ok(references.has(part), part);
    }
    const published = components.filter(({ purl }) => purl);
    for (const part of published) assert.match(part.hashes?.[0].content ?? '', /^[0-9a-f]{64,128}$/, part.name);
    assert.ok(published.length > 150, `${published.length} published parts`);
  });
}

test('the site has its programs, its model, and the tool that writes into it', () => {
  const { components } = JSON.parse(read('unimed-site'));
  const named = (name) => components.find((part) => part.name === name);
  assert.deepEqual(named('wasm-bindgen').properties.map(({ value }) => value), ['app', 'decoder', 'lessons', 'models', 'threads', 'worker']);
  assert.deepEqual(named('leptos').properties.map(({ value }) => value), ['app']);
  assert.equal(named('UniMed').type, 'machine-learning-model');
  assert.equal(named('binaryen').scope, 'excluded');
  assert.equal(named('clap'), undefined, 'that is of the command');
  assert.ok(JSON.parse(read('unimed-command')).components.some((part) => part.name === 'clap'));
});

test('the schema finds what is wrong', async () => {
  const bill = JSON.parse(read('unimed-site'));
  bill.components[0].hashes = [{ alg: 'SHA-256', content: 'no hash' }];
  assert.match(JSON.stringify(await wrong(bill)), /hashes/);
});

const skip = process.env.UNIMED_ALL !== '1' && 'only with --all: cargo resolves everything once more';
test('the same sources give the same bytes', { skip }, () => {
  const again = join(folder, 'again');
  write(again);
  for (const name of bills) assert.equal(read(name, again), read(name));
});
