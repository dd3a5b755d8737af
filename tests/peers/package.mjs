// The case as a package of this project: the default model with a larger decoder. Vision tower and autoencoder, which
// no question without an image uses, stay as they are.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { half, headWidth, heads, hidden, kvHeads, layers, Random, scale, vocabulary, width } from './case.mjs';

const shard = 'model-00001-of-00001.safetensors';
const piece = 4 << 20;

/// Rows and columns of the decoder's matrices, by the last part of their names.
const sizes = {
  embed_tokens: [vocabulary, width],
  lm_head: [vocabulary, width],
  q_proj: [width, width],
  k_proj: [kvHeads * headWidth, width],
  v_proj: [kvHeads * headWidth, width],
  o_proj: [width, width],
  gate_proj: [hidden, width],
  up_proj: [hidden, width],
  down_proj: [width, hidden],
};

const halves = (count, value) => Buffer.from(new Uint16Array(count).fill(value).buffer);
const float = (shape, value) => ({
  dtype: 'F16',
  shape,
  bytes: halves(shape.reduce((a, b) => a * b), value),
});

/// Writes the package into a folder.
export function writePackage(folder, from) {
  const manifest = JSON.parse(readFileSync(join(from, 'manifest.json'), 'utf8'));
  const old = readFileSync(join(from, shard));
  const headerEnd = 8 + Number(old.readBigUInt64LE());
  const header = JSON.parse(old.subarray(8, headerEnd));
  delete header.__metadata__;
  const random = new Random(1);
  const tensors = {};
  const matrix = (name, [rows, columns], form) => {
    manifest.matrices[`${name}.weight`] = { form, rows, columns };
    const [groups, bytes] = [columns / 32, form === 'q4' ? 16 : 32];
    tensors[`${name}.weight`] = { dtype: 'U32', shape: [rows, (groups * bytes) / 4], bytes: random.bytes(rows * groups * bytes) };
    const size = form === 'q4' ? scale(columns) : scale(columns) / 16;
    tensors[`${name}.scales`] = float([rows, groups], half(size));
  };
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    const layer = /layers\.(\d+)\./.exec(name);
    const decoder = name.startsWith('language_model.');
    if (decoder && layer && Number(layer[1]) >= layers) {
      delete manifest.matrices[name];
    } else if (decoder && manifest.matrices[name]) {
      const module = name.replace(/\.weight$/, '');
      const kind = module.split('.').at(-1).replace('_moe_gen', '');
      matrix(module, sizes[kind], kind === 'lm_head' ? 'q8' : 'q4');
    } else if (name.endsWith('.scales') && (decoder || name.startsWith('connector.'))) {
      // Written with its matrix.
    } else if (decoder && name.endsWith('.bias')) {
      const kind = name.split('.').at(-2).replace('_moe_gen', '');
      tensors[name] = float([sizes[kind][0]], 0);
    } else if (decoder) {
      tensors[name] = float([/[qk]_norm/.test(name) ? headWidth : width], half(1));
    } else if (name === 'connector.fc1.weight' || name === 'connector.fc2.weight') {
      const columns = name.includes('fc1') ? manifest.vit_config.hidden_size : width;
      matrix(name.replace(/\.weight$/, ''), [width, columns], 'q4');
    } else if (/^(connector|time_embedder|vae2llm|llm2vae)\./.test(name)) {
      const wide = shape.map((size) => (size === manifest.llm_config.hidden_size ? width : size));
      tensors[name] = float(wide, half(0.01));
    } else {
      tensors[name] = { dtype, shape, bytes: old.subarray(headerEnd + data_offsets[0], headerEnd + data_offsets[1]) };
    }
  }
  Object.assign(manifest.llm_config, {
    hidden_size: width,
    intermediate_size: hidden,
    num_attention_heads: heads,
    num_hidden_layers: layers,
    num_key_value_heads: kvHeads,
    vocab_size: vocabulary,
  });
  Object.assign(manifest, { name: 'Peers', quantization: 'q4', chunk_bytes: piece });

  let end = 0;
  const index = {};
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    index[name] = { dtype, shape, data_offsets: [end, (end += bytes.length)] };
  }
  let text = JSON.stringify(index);
  text += ' '.repeat((8 - (text.length % 8)) % 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const all = Buffer.concat([length, Buffer.from(text), ...Object.values(tensors).map(({ bytes }) => bytes)]);

  const described = (name, bytes) => ({
    name,
    size: bytes.length,
    sha256: Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) =>
      createHash('sha256').update(bytes.subarray(i * piece, (i + 1) * piece)).digest('hex'),
    ),
  });
  const tokenizer = readFileSync(join(from, 'tokenizer.json'));
  manifest.files = [described('tokenizer.json', tokenizer), described(shard, all)];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tokenizer.json'), tokenizer);
  writeFileSync(join(folder, shard), all);
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
}
