// A lesson and its cases as the worker sends them; app/lessons-worker/src/messages.rs and the crate `lesson` define them.

/** Words that look alike. */
export interface Run {
  text: string;
  strong?: boolean;
  emphasis?: boolean;
  code?: boolean;
}

export interface CaseBlock {
  name: string;
  modality: string;
  findings: string[];
  facts: Record<string, string>;
}

export interface Choice {
  text: string;
  value?: string;
  right: boolean;
}

export type Block =
  | { kind: 'paragraph'; runs: Run[] }
  | { kind: 'heading'; runs: Run[] }
  | { kind: 'list'; ordered: boolean; items: Run[][] }
  | ({ kind: 'case' } & CaseBlock)
  | { kind: 'picture'; name: string; file: string; alt: string; credit: string; licence: string }
  | { kind: 'window'; image: string; ask: string; width: [number, number]; level: [number, number]; why: string }
  | { kind: 'mark'; image: string; ask: string; why: string }
  | { kind: 'measure'; image: string; ask: string; of: 'width' | 'height'; tolerance: number; why: string }
  | { kind: 'question'; image?: string; ask: string; fact?: string; choices: Choice[]; why: string }
  | { kind: 'model'; image: string; ask: string; meaning?: string; fact?: string; seen: 'shown' | 'mirrored' | 'nothing' }
  | { kind: 'make'; name: string; prompt: string; meaning?: string }
  | { kind: 'reveal'; image: string }
  | { kind: 'compare'; image?: string; change?: string; before: string; after: string; edit?: string };

export type BlockOf<Kind extends Block['kind']> = Extract<Block, { kind: Kind }>;

export interface Step {
  title: string;
  contents: (Block & { line: number })[];
}

export interface Lesson {
  id: string;
  title: string;
  language: string;
  minutes: number;
  goals: string[];
  sources: { text: string; doi?: string }[];
  steps: Step[];
}

/** Where a finding is: one byte a pixel, 1 inside. */
export interface Mask {
  finding: string;
  pixels: Uint8Array;
}

/** A case with its truth. */
export interface Case {
  image: ImageData;
  masks: Mask[];
  facts: Record<string, string>;
  finding: string | null;
  caption: string;
}

/** Two images that differ by one fact. */
export interface Compared {
  first: ImageData;
  second: ImageData;
  instruction: string;
}
