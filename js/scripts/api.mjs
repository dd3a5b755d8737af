// Writes the API reference from the types of the built package:
//     node js/scripts/api.mjs dist/unimed > docs/reference/api.md

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const folder = process.argv[2];
if (!folder) throw new Error('expected the folder of the package, found nothing; run `node js/scripts/api.mjs dist/unimed`');

const parse = (module) => {
  const path = join(folder, `${module}.d.ts`);
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
};

/// The comment above a declaration, without its stars; links become code.
function comment(node) {
  const text = node.jsDoc?.at(-1)?.getText() ?? '';
  const lines = text.replace(/^\/\*\*/, '').replace(/\*\/$/, '').split('\n');
  return lines.map((line) => line.replace(/^\s*\* ?/, '')).join('\n').replaceAll(/\{@link ([^}]+)\}/g, '`$1`').trim();
}

/// A declaration as one reads it: without what every declaration of the package has, and without private members.
function code(node) {
  const text = node.getText().replace(/^export (declare )?/, '').replaceAll(/^\s*#private;\n/gm, '');
  return text.replaceAll(/\{@link ([^}]+)\}/g, '$1');
}

const heading = (node) => (ts.isFunctionDeclaration(node) ? `${node.name.text}()` : node.name.text);

const entry = parse('unimed');
const [about] = /(?<=\/\*\*\n)[^]*?(?=\n \*\n)/.exec(entry.text);
const out = [
  '# API of the package for web pages',
  '',
  '<!-- Written by js/scripts/api.mjs from the types in js/src; change those, not this file. -->',
  '',
  about.replaceAll(/^ \* /gm, ''),
  '',
  "Import it from `'unimed'`, or from the address of `unimed.js`; the [guide](../guides/embedding.md) says how to begin.",
];
const describe = (module, name) => {
  const node = module.statements.find((node) => node.name?.text === name);
  out.push('', `## ${heading(node)}`, '', comment(node), '', '```ts', code(node), '```');
};
for (const statement of entry.statements) {
  const module = parse(statement.moduleSpecifier.text.replace(/^\.\/|\.js$/g, ''));
  for (const { name } of statement.exportClause.elements) describe(module, name.text);
}
for (const name of ['UniMedChat', 'ChatEvents']) describe(parse('chat'), name);
for (const name of ['UniMedViewer', 'ViewerEvents']) describe(parse('viewer'), name);
describe(parse('voi'), 'Window');
for (const name of ['canOfferTools', 'offerTools', 'OfferOptions', 'ToolUse', 'Offer', 'ToolResult']) describe(parse('webmcp'), name);
console.log(out.join('\n'));
