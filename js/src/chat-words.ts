// The words of <unimed-chat>, as UniMed's own page says them (public/words). The default model understands English only.

/** Words of one language. */
export interface Words {
  conversation: string;
  prompt: string;
  ask: string;
  make: string;
  stop: string;
  stopped: string;
  generated: string;
  loading(percent: number): string;
  ready: string;
  step(step: number, steps: number): string;
  caution: string;
}

const english: Words = {
  conversation: 'Conversation',
  prompt: 'A question, or what to make',
  ask: 'Ask',
  make: 'Make an image',
  stop: 'Stop',
  stopped: 'Stopped.',
  generated: 'generated',
  loading: (percent) => `Loading model ${percent} %`,
  ready: 'Ready',
  step: (step, steps) => `Step ${step} of ${steps}`,
  caution: 'Not for clinical use',
};

const chinese: Words = {
  conversation: '对话',
  prompt: '提问，或描述要生成的图像（请用英文）',
  ask: '提问',
  make: '生成图像',
  stop: '停止',
  stopped: '已停止。',
  generated: 'AI 生成',
  loading: (percent) => `正在加载模型 ${percent}%`,
  ready: '就绪',
  step: (step, steps) => `第 ${step} 步，共 ${steps} 步`,
  caution: '不得用于临床',
};

/** The words of a language tag such as `zh-CN`; English where there are none. */
export function wordsOf(locale: string): Words {
  return locale.toLowerCase().split('-')[0] === 'zh' ? chinese : english;
}
