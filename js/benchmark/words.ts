// What the page with the certificate and the benchmark says.

import type { Figure } from './cases.js';
import type { Progress } from './benchmark.js';

/** Words of one language. */
export interface Words {
  title: string;
  intro: string;
  back: string;
  language: string;
  stop: string;
  stopped: string;
  saveJson: string;
  print: string;
  certificate: {
    title: string;
    intro(megabytes: string): string;
    start: string;
    save: string;
    open: string;
    forget: string;
    fetching(percent: number): string;
    loading(percent: number): string;
    comparing(matrices: string, done: number, cases: number): string;
    passes: string;
    fails: string;
    passesMeaning(count: number): string;
    failsMeaning(failed: number, count: number): string;
    shortened: string;
    matrices: Record<'floats' | 'q8', string>;
    case: string;
    comparisons: string;
    share: string;
    error: string;
    verdict: string;
    holds: string;
    failed(count: number): string;
    notComputed(count: number): string;
    forced: string;
    tokens(agreed: number, predicted: number): string;
    closeEnough: string;
    tooFar: string;
    miss(place: string, gap: string, margin: string | undefined, error: string | undefined): string;
    note: string;
  };
  facts: {
    device: string;
    software: string;
    why: string;
    kernels: string;
    browser: string;
    date: string;
    site: string;
    model: string;
    set: string;
    digest: string;
    none: string;
  };
  compare: {
    title: string;
    what: string;
    here: string;
    saved: string;
    same: string;
    different: string;
    allSame: string;
    differ(count: number): string;
    alone: string;
  };
  benchmark: {
    title: string;
    intro: string;
    start: string;
    save: string;
    progress(progress: Progress, runs: number): string;
    what: string;
    figure: Record<Figure, string>;
    spread(least: string, most: string, runs: number): string;
    shortened: string;
    on(name: string, path: string): string;
    cpu: string;
    gpu: string;
    peers: string;
    peersNote: string;
    peersCase(date: string): string;
    engine: string;
    prompt: string;
    token: string;
    source: string;
    dispatch(least: number, most: number, count: number, fromMs: string, toMs: string): string;
    caution: string;
  };
}

const english: Words = {
  title: 'This device: certificate and benchmark',
  intro: 'Both run in your browser, on your device. Nothing leaves it.',
  back: 'The whole page',
  language: 'Language',
  stop: 'Stop',
  stopped: 'Stopped.',
  saveJson: 'Save as JSON',
  print: 'Print',
  certificate: {
    title: 'Certificate: does this device compute what it should?',
    intro: (megabytes) =>
      `Compares what the engine computes here with numbers of a reference implementation: a small model with fixed weights, texts, images and noise (${megabytes} MB, fetched when you start).`,
    start: 'Run the golden set',
    save: 'Save the certificate',
    open: 'Open a saved certificate',
    forget: 'Close the saved certificate',
    fetching: (percent) => `Fetching the reference numbers, ${percent} %`,
    loading: (percent) => `Starting the engine, ${percent} %`,
    comparing: (matrices, done, cases) => `${matrices}: ${done} of ${cases} cases`,
    passes: 'Passes',
    fails: 'Does not pass',
    passesMeaning: (count) => `All ${count} comparisons hold.`,
    failsMeaning: (failed, count) =>
      `${failed} of ${count} comparisons do not hold. Do not rely on what this device computes; try the CPU in the page's device panel, or another browser.`,
    shortened: "Shortened by the page's address: not all of the set ran, so that this certifies nothing.",
    matrices: { floats: 'Matrices as floats', q8: 'Matrices in 8 bit' },
    case: 'Case',
    comparisons: 'Comparisons',
    share: 'Largest error, 1 is the bound',
    error: 'Relative error (L2)',
    verdict: 'Verdict',
    holds: 'holds',
    failed: (count) => `${count} not`,
    notComputed: (count) => `${count} not computed`,
    forced: 'Forced decoding',
    tokens: (agreed, predicted) => `${agreed} of ${predicted} tokens agree`,
    closeEnough: 'the others are near ties, as on every device',
    tooFar: 'a token is further from the best than errors of this size explain',
    miss: (place, gap, margin, error) =>
      `${place}: ${gap} below the best` + (margin === undefined ? '' : `; the reference's own margin ${margin}, error of the logits ${error}`),
    note: 'Margins and errors are in units of the root mean square of the logits. The set has random weights: a token whose margin is as small as the error may fall either way, and may lie at most 0.04 below the best.',
  },
  facts: {
    device: 'Device',
    software: 'software adapter',
    why: 'Why this one',
    kernels: 'Kernels',
    browser: 'Browser',
    date: 'Date',
    site: 'Site',
    model: 'Model of the site',
    set: 'Golden set',
    digest: 'SHA-256 of the certificate',
    none: 'the CPU path, with which kernels are compared elsewhere',
  },
  compare: {
    title: 'Two certificates side by side',
    what: 'What',
    here: 'This one',
    saved: 'The saved one',
    same: 'same',
    different: 'different',
    allSame: 'Both say the same.',
    differ: (count) => `They differ in ${count} lines.`,
    alone: 'The saved certificate; run the golden set to see this device beside it.',
  },
  benchmark: {
    title: 'Benchmark: how fast is this device?',
    intro: 'Loads the model of this site, asks about an image, and makes one, several times each; where there is a graphics processor, on the CPU as well.',
    start: 'Run the benchmark',
    save: 'Save the figures',
    progress: ({ device, what, run }, runs) =>
      `${device === 'cpu' ? 'On the CPU: ' : ''}${{ load: 'loading the model', answer: 'answering', make: 'making an image' }[what]}, ${run === 0 ? 'warming up' : `run ${run} of ${runs}`}`,
    what: 'Median, and least to most',
    figure: {
      load: 'Load the model, kept before',
      firstWord: 'First word of an answer about an image',
      tokens: 'Tokens a second',
      followUp: 'First word of the next answer about it',
      image: 'An image from words',
      step: 'of it, a step',
      decoder: 'of it, the decoder',
    },
    spread: (least, most, runs) => (runs === 1 ? 'one run' : `${least} to ${most}, ${runs} runs`),
    shortened: "Shortened by the page's address:",
    on: (name, path) => (name === path ? name : `${name} (${path})`),
    cpu: 'CPU',
    gpu: 'WebGPU',
    peers: 'Published figures of others',
    peersNote: 'Measured elsewhere, on other models: for orders of magnitude, not beside the table above line by line.',
    peersCase: (date) =>
      `Four decoder layers, 45 million weights in 4 bit, on the CPU paths, one thread each, on one core of a shared server in Chromium; fastest of two turns, ${date}`,
    engine: 'Engine',
    prompt: 'Prompt of 64 tokens',
    token: 'A token',
    source: 'Source',
    dispatch: (least, most, count, from, to) =>
      `A browser takes ${least} to ${most} µs to encode one WebGPU dispatch. A token of this site's model takes ${count}, so ${from} to ${to} ms of it are the browser's on WebGPU.`,
    caution: 'Other tabs and programs, a warm device and a low battery change these figures.',
  },
};

const chinese: Words = {
  title: '本设备：证书与基准测试',
  intro: '两者都在你的浏览器中、在你的设备上运行，任何内容都不会离开设备。',
  back: '完整页面',
  language: '语言',
  stop: '停止',
  stopped: '已停止。',
  saveJson: '保存为 JSON',
  print: '打印',
  certificate: {
    title: '证书：本设备的计算是否正确？',
    intro: (megabytes) => `将引擎在此处的计算结果与参考实现的数值比较：一个权重、文本、图像和噪声均固定的小模型（${megabytes} MB，开始时才下载）。`,
    start: '运行参考数据集',
    save: '保存证书',
    open: '打开已保存的证书',
    forget: '关闭已保存的证书',
    fetching: (percent) => `正在下载参考数值，${percent}%`,
    loading: (percent) => `正在启动引擎，${percent}%`,
    comparing: (matrices, done, cases) => `${matrices}：已完成 ${done} / ${cases} 个用例`,
    passes: '通过',
    fails: '未通过',
    passesMeaning: (count) => `全部 ${count} 项比较均成立。`,
    failsMeaning: (failed, count) => `${count} 项比较中有 ${failed} 项不成立。请勿依赖本设备的计算结果；可在页面的设备面板中改用 CPU，或换一个浏览器。`,
    shortened: '页面地址缩短了测试：未运行全部数据，因此不能作为证明。',
    matrices: { floats: '浮点矩阵', q8: '8 位矩阵' },
    case: '用例',
    comparisons: '比较数',
    share: '最大误差（1 为界限）',
    error: '相对误差（L2）',
    verdict: '结论',
    holds: '成立',
    failed: (count) => `${count} 项不成立`,
    notComputed: (count) => `${count} 项未计算`,
    forced: '强制解码',
    tokens: (agreed, predicted) => `${predicted} 个词元中有 ${agreed} 个一致`,
    closeEnough: '其余词元近乎并列，在任何设备上都是如此',
    tooFar: '有词元与最优的距离超出此类误差所能解释的范围',
    miss: (place, gap, margin, error) => `${place}：低于最优 ${gap}` + (margin === undefined ? '' : `；参考实现自身的差距 ${margin}，logits 误差 ${error}`),
    note: '差距与误差以 logits 的均方根为单位。差距与误差相当的词元，两种结果都有可能，但最多可低于最优 0.04。',
  },
  facts: {
    device: '设备',
    software: '软件适配器',
    why: '选择原因',
    kernels: '内核',
    browser: '浏览器',
    date: '日期',
    site: '站点',
    model: '站点的模型',
    set: '参考数据集',
    digest: '证书的 SHA-256',
    none: 'CPU 路径，其他设备的内核以它为准',
  },
  compare: {
    title: '两份证书对照',
    what: '项目',
    here: '本次',
    saved: '已保存',
    same: '相同',
    different: '不同',
    allSame: '两份证书内容一致。',
    differ: (count) => `有 ${count} 行不同。`,
    alone: '已保存的证书；运行参考数据集即可与本设备对照。',
  },
  benchmark: {
    title: '基准测试：本设备有多快？',
    intro: '加载本站的模型，就一幅图像提问，并生成一幅图像，各运行数次；有图形处理器时，也在 CPU 上运行。',
    start: '运行基准测试',
    save: '保存数据',
    progress: ({ device, what, run }, runs) =>
      `${device === 'cpu' ? 'CPU：' : ''}${{ load: '正在加载模型', answer: '正在回答', make: '正在生成图像' }[what]}，${run === 0 ? '预热' : `第 ${run} 次，共 ${runs} 次`}`,
    what: '中位数，以及最小至最大',
    figure: {
      load: '加载已保存的模型',
      firstWord: '就图像回答的第一个词',
      tokens: '每秒词元数',
      followUp: '就同一图像再次回答的第一个词',
      image: '由文字生成一幅图像',
      step: '其中每一步',
      decoder: '其中解码器',
    },
    spread: (least, most, runs) => (runs === 1 ? '一次' : `${least} 至 ${most}，共 ${runs} 次`),
    shortened: '页面地址缩短了测试：',
    on: (name, path) => (name === path ? name : `${name}（${path}）`),
    cpu: 'CPU',
    gpu: 'WebGPU',
    peers: '其他引擎的公开数据',
    peersNote: '在别处、用其他模型测得：仅供了解数量级，不可与上表逐行比较。',
    peersCase: (date) => `四个解码器层，4500 万个 4 位权重，均为 CPU 路径、单线程，共享服务器的一个核心，Chromium；两轮中较快者，${date}`,
    engine: '引擎',
    prompt: '64 个词元的提示',
    token: '每个词元',
    source: '来源',
    dispatch: (least, most, count, from, to) =>
      `浏览器编码一次 WebGPU 调度需要 ${least} 至 ${most} 微秒。本站模型的每个词元需要 ${count} 次调度，因此在 WebGPU 上每个词元有 ${from} 至 ${to} 毫秒用于浏览器。`,
    caution: '其他标签页和程序、设备发热以及电量不足都会影响这些数据。',
  },
};

/** The words of a language; English where there are none. */
export function wordsOf(language: string): Words {
  return language.startsWith('zh') ? chinese : english;
}
