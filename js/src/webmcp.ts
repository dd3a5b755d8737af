/**
 * Offers a model and a viewer as tools to an agent in the visitor's browser (WebMCP), each use after a question to the visitor.
 *
 * @module unimed/webmcp
 */

import { UniMedError, type ErrorCode } from './errors.js';
import type { MadeImage, Model } from './model.js';
import type { UniMedViewer } from './viewer.js';
import { askVisitor } from './webmcp-dialog.js';
import { toolWordsOf } from './webmcp-words.js';

/** What is offered, and how the visitor is asked. */
export interface OfferOptions {
  /** The model that answers, and that makes images where `show` is given. */
  model?: Model;
  /** The viewer whose image questions are about, and that a tool may turn to another image or window. */
  viewer?: UniMedViewer;
  /** Shows the visitor an image that was made, with the mark that it is synthetic. Without it no tool makes images. */
  show?: (made: MadeImage) => void;
  /** Asks the visitor before each use, in place of this module's dialog. Whatever is not `true` refuses. */
  confirm?: (use: ToolUse, signal: AbortSignal) => boolean | Promise<boolean>;
  /** Language of the dialog: `en` or `zh`. */
  locale?: string;
  /** Withdraws all tools. */
  signal?: AbortSignal;
}

/** A use that an agent asks for. */
export interface ToolUse {
  /** Name of the tool: `unimed_ask`, `unimed_make` or `unimed_view`. */
  tool: string;
  /** What it does, in the visitor's language. */
  title: string;
  /** What the agent gives it. */
  inputs: Readonly<Record<string, unknown>>;
  /** What the agent is told, in the visitor's language. */
  told: string;
}

/** Tools that are on offer. */
export interface Offer {
  /** Their names. */
  readonly tools: readonly string[];
  /** Withdraws them; a use under way is stopped. */
  withdraw(): void;
}

/**
 * What a tool gives an agent, in the form of MCP. A use that was refused or failed gives one, too, because browsers tell an agent
 * nothing of an exception.
 */
export interface ToolResult {
  /** For a language model: sentences. */
  content: { type: 'text'; text: string }[];
  /** The same as data; of an error its `code`, `what` and `advice`. */
  structuredContent: Record<string, unknown>;
  /** Whether it is an error. */
  isError: boolean;
}

/** The part of the WebMCP draft that is used here; TypeScript does not know it yet. */
interface ModelContext {
  registerTool(tool: object, options: { signal: AbortSignal }): Promise<void>;
}

type Inputs = Record<string, unknown>;

/** A tool of this module. */
interface Tool {
  key: 'ask' | 'make' | 'view';
  description: string;
  properties: Record<string, { type: 'string' | 'integer' | 'number'; description: string; minimum?: number }>;
  required: string[];
  run(inputs: Inputs, signal: AbortSignal): Promise<[sentence: string, data: Record<string, unknown>]>;
}

const caution = 'Not for clinical use.';

/** Whether this browser lets pages offer tools to agents; in 2026 Chromium does behind a flag, and in a trial. */
export function canOfferTools(): boolean {
  return typeof modelContext()?.registerTool === 'function';
}

function modelContext(): ModelContext | undefined {
  return (document as { modelContext?: ModelContext }).modelContext;
}

/**
 * Offers tools until they are withdrawn. Nothing is offered unless a page calls this, and no tool runs unless the visitor has allowed
 * that very use. Fails with the code `unsupported` where the browser has no such thing, or refuses.
 */
export async function offerTools(options: OfferOptions): Promise<Offer> {
  const context = modelContext();
  if (!context || !canOfferTools()) {
    throw new UniMedError('unsupported', 'This browser lets no page offer tools to agents.', 'Ask canOfferTools() first; the page works without.');
  }
  const offered = new AbortController();
  const withdraw = () => offered.abort();
  if (options.signal?.aborted) withdraw();
  options.signal?.addEventListener('abort', withdraw, { once: true });
  const tools = toolsOf(options);
  try {
    for (const tool of tools) await context.registerTool(described(tool, options, offered.signal), { signal: offered.signal });
  } catch (cause) {
    withdraw();
    throw new UniMedError('unsupported', `This browser refuses the tools (${String(cause)}).`, 'Withdraw those that were offered before, if any.', 'none', { cause });
  }
  return { tools: tools.map(nameOf), withdraw };
}

const nameOf = ({ key }: Tool): string => `unimed_${key}`;

/** What is registered. */
function described(tool: Tool, options: OfferOptions, offered: AbortSignal): object {
  const { description, properties, required, key } = tool;
  return {
    name: nameOf(tool),
    title: toolWordsOf(options.locale ?? 'en').tools[key].title,
    description: `${description} ${caution}`,
    inputSchema: { type: 'object', properties, required, additionalProperties: false },
    // What a model or a file says is not the page's word.
    annotations: { readOnlyHint: key === 'ask', untrustedContentHint: true },
    execute: (inputs: Inputs, given?: { signal?: AbortSignal }) => {
      const signals = given?.signal instanceof AbortSignal ? [offered, given.signal] : [offered];
      return use(tool, inputs, options, AbortSignal.any(signals));
    },
  };
}

/** Uses under way, one after the other: a visitor is asked one thing at a time. */
let last: Promise<unknown> = Promise.resolve();

async function use(tool: Tool, inputs: Inputs, options: OfferOptions, signal: AbortSignal): Promise<ToolResult> {
  const wrong = wrongInput(tool, inputs);
  if (wrong) return failed('bad-input', wrong, `Give what the input schema of ${nameOf(tool)} says.`);
  const before = last;
  const running = before.then(() => allowed(tool, inputs, options, signal));
  last = running.catch(() => {});
  try {
    const [text, structuredContent] = await running;
    return { content: [{ type: 'text', text: `${text} ${caution}` }], structuredContent, isError: false };
  } catch (error) {
    if (error instanceof UniMedError) return failed(error.code, error.what, error.advice);
    if (signal.aborted) return failed('refused', 'The use was stopped before it had ended.', '');
    throw error;
  }
}

/** Asks the visitor, then runs the tool. */
async function allowed(tool: Tool, inputs: Inputs, options: OfferOptions, signal: AbortSignal): ReturnType<Tool['run']> {
  signal.throwIfAborted();
  const words = toolWordsOf(options.locale ?? 'en');
  const asked: ToolUse = { tool: nameOf(tool), inputs, ...words.tools[tool.key] };
  const answer = await (options.confirm ? options.confirm(asked, signal) : askVisitor(asked, words, signal));
  signal.throwIfAborted();
  if (answer !== true) {
    throw new UniMedError('refused', `The visitor refused this use of ${nameOf(tool)}.`, 'Do not try again unless the visitor asks for it.');
  }
  return tool.run(inputs, signal);
}

function failed(code: ErrorCode | 'bad-input', what: string, advice: string): ToolResult {
  const text = advice ? `${what} ${advice}` : what;
  return { content: [{ type: 'text', text }], structuredContent: { code, what, advice }, isError: true };
}

/** What of an agent's input is not as the schema says; browsers do not check it. */
function wrongInput({ properties, required }: Tool, inputs: unknown): string | undefined {
  if (typeof inputs !== 'object' || inputs === null) return `Expected an object, found ${JSON.stringify(inputs)}.`;
  const given = inputs as Inputs;
  const missing = required.find((name) => given[name] === undefined || given[name] === '');
  if (missing) return `Expected ${missing}, found none.`;
  for (const [name, value] of Object.entries(given)) {
    const known = properties[name];
    if (!known) return `Expected ${Object.keys(properties).join(', ') || 'nothing'}, found ${name}.`;
    const fits = known.type === 'string' ? typeof value === 'string' : known.type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value);
    if (!fits || (known.minimum !== undefined && (value as number) < known.minimum)) {
      return `Expected ${name} as ${known.type}${known.minimum === undefined ? '' : ` from ${known.minimum}`}, found ${JSON.stringify(value)}.`;
    }
  }
  return undefined;
}

/** The tools for what the page gives. */
function toolsOf({ model, viewer, show }: OfferOptions): Tool[] {
  const tools: Tool[] = [];
  if (model) tools.push(asking(model, viewer));
  if (model && show) tools.push(making(model, show));
  if (viewer) tools.push(viewing(viewer));
  return tools;
}

function asking(model: Model, viewer: UniMedViewer | undefined): Tool {
  return {
    key: 'ask',
    description: `Asks the medical vision-language model ${model.info.name}, which runs on the visitor's device, a question in English about the image that the page shows. It is small and errs.`,
    properties: { question: { type: 'string', description: 'The question, in English.' } },
    required: ['question'],
    run: async ({ question }, signal) => {
      const { text } = await model.ask(viewer?.image() ?? null, String(question), { signal }).finished;
      return [`The model answers: ${text.trim()}`, { answer: text.trim(), model: model.info.name }];
    },
  };
}

function making(model: Model, show: (made: MadeImage) => void): Tool {
  return {
    key: 'make',
    description: `Lets the model ${model.info.name} make a synthetic medical image from words and shows it to the visitor. The image itself is not given to you.`,
    properties: {
      prompt: { type: 'string', description: 'What to make, in English.' },
      seed: { type: 'integer', minimum: 0, description: 'Seed of the noise: the same seed gives the same image.' },
    },
    required: ['prompt'],
    run: async ({ prompt, seed }, signal) => {
      const made = await model.make({ prompt: String(prompt), ...(seed === undefined ? {} : { seed: Number(seed) }) }, { signal }).finished;
      show(made);
      const { width, height } = made.image;
      return [`A synthetic image of ${width} x ${height} pixels is shown to the visitor.`, { width, height, seed: made.seed, synthetic: true }];
    },
  };
}

function viewing(viewer: UniMedViewer): Tool {
  return {
    key: 'view',
    description: 'Says which image of the series the viewer shows and through which window, after turning it to another image or window if you name one.',
    properties: {
      frame: { type: 'integer', minimum: 1, description: 'The image of the series, from 1.' },
      center: { type: 'number', description: "Middle of the window, in the file's unit." },
      width: { type: 'number', minimum: 1, description: "Width of the window, in the file's unit." },
    },
    required: [],
    run: async ({ frame, center, width }) => {
      if (frame !== undefined) viewer.frame = Number(frame);
      const now = viewer.window;
      if (now && (center !== undefined || width !== undefined)) {
        viewer.window = { center: Number(center ?? now.center), width: Number(width ?? now.width) };
      }
      const { frames, window, notes } = viewer;
      if (!frames || !window) return ['The viewer shows no image.', { frames: 0 }];
      const data = { frame: viewer.frame, frames, window: { ...window }, notes: [...notes] };
      return [`The viewer shows image ${data.frame} of ${frames}, level ${window.center}, width ${window.width}. ${notes.join(' ')}`.trim(), data];
    },
  };
}
