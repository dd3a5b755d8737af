// The case as a GGUF file for llama.cpp: a Llama with Q4_0 matrices.

import { half, headWidth, heads, hidden, kvHeads, layers, matrices, Random, scale, vocabulary, width } from './case.mjs';

const alignment = 32;
const [u32, i32, f32, text, list] = [4, 5, 6, 8, 9];
const types = { F32: 0, Q4_0: 2 };

const long = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const word = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const real = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};
const string = (value) => Buffer.concat([long(Buffer.byteLength(value)), Buffer.from(value)]);
const writers = { [u32]: word, [i32]: word, [f32]: real, [text]: string };
const entry = (key, type, value) => Buffer.concat([string(key), word(type), writers[type](value)]);
const entries = (key, type, values) =>
  Buffer.concat([string(key), word(list), word(type), long(values.length), ...values.map(writers[type])]);

/// Q4_0: a 16-bit scale and 32 values of 4 bit.
function packed(rows, columns, random) {
  const groups = (rows * columns) / 32;
  const bytes = Buffer.alloc(groups * 18);
  const values = random.bytes(groups * 16);
  const size = half(scale(columns));
  for (let group = 0; group < groups; group += 1) {
    bytes.writeUInt16LE(size, group * 18);
    values.copy(bytes, group * 18 + 2, group * 16, group * 16 + 16);
  }
  return bytes;
}

const ones = (count) => Buffer.from(new Float32Array(count).fill(1).buffer);

export function gguf() {
  const random = new Random(1);
  const tensors = [];
  // Sizes are told innermost first.
  const matrix = (name, rows, columns) =>
    tensors.push({ name: `${name}.weight`, sizes: [columns, rows], type: types.Q4_0, bytes: packed(rows, columns, random) });
  const norm = (name) =>
    tensors.push({ name: `${name}.weight`, sizes: [width], type: types.F32, bytes: ones(width) });
  matrix('token_embd', vocabulary, width);
  const names = { q: 'attn_q', k: 'attn_k', v: 'attn_v', o: 'attn_output', gate: 'ffn_gate', up: 'ffn_up', down: 'ffn_down' };
  for (let layer = 0; layer < layers; layer += 1) {
    norm(`blk.${layer}.attn_norm`);
    norm(`blk.${layer}.ffn_norm`);
    for (const [name, rows, columns] of matrices) matrix(`blk.${layer}.${names[name]}`, rows, columns);
  }
  norm('output_norm');
  // Zeros, so that the first token wins always: random tokens break the engine's handling of UTF-8.
  const zeros = Buffer.alloc(((vocabulary * width) / 32) * 18);
  tensors.push({ name: 'output.weight', sizes: [width, vocabulary], type: types.Q4_0, bytes: zeros });

  // A vocabulary of plain words; every prompt of letters has one token a letter.
  const words = ['a', '<s>', '</s>', ...Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`)];
  while (words.length < vocabulary) words.push(`w${words.length}`);
  const kinds = words.map((_, i) => (i === 0 ? 1 : i < 3 ? 3 : i < 259 ? 6 : 1));
  const facts = [
    entry('general.architecture', text, 'llama'),
    entry('llama.context_length', u32, 512),
    entry('llama.embedding_length', u32, width),
    entry('llama.block_count', u32, layers),
    entry('llama.feed_forward_length', u32, hidden),
    entry('llama.attention.head_count', u32, heads),
    entry('llama.attention.head_count_kv', u32, kvHeads),
    entry('llama.attention.layer_norm_rms_epsilon', f32, 1e-6),
    entry('llama.rope.dimension_count', u32, headWidth),
    entry('llama.vocab_size', u32, vocabulary),
    entry('tokenizer.ggml.model', text, 'llama'),
    entries('tokenizer.ggml.tokens', text, words),
    entries('tokenizer.ggml.scores', f32, words.map((_, i) => -i)),
    entries('tokenizer.ggml.token_type', i32, kinds),
    entry('tokenizer.ggml.bos_token_id', u32, 1),
    entry('tokenizer.ggml.eos_token_id', u32, 2),
  ];
  const padding = (length) => Buffer.alloc((alignment - (length % alignment)) % alignment);
  const described = [];
  const values = [];
  let offset = 0;
  for (const { name, sizes, type, bytes } of tensors) {
    described.push(Buffer.concat([string(name), word(sizes.length), ...sizes.map(long), word(type), long(offset)]));
    const end = padding(bytes.length);
    values.push(bytes, end);
    offset += bytes.length + end.length;
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    word(3),
    long(tensors.length),
    long(facts.length),
    ...facts,
    ...described,
  ]);
  return Buffer.concat([head, padding(head.length), ...values]);
}
