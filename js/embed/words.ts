// The words of the page in a frame. Sentences about failures are English in either language, as the engine's own are.

/** Words of one language. */
export interface Words {
  conversation: string;
  waiting(host: string): string;
  loading(percent: number): string;
  ready(model: string): string;
  step(step: number, steps: number): string;
  stopped: string;
  generated: string;
  caution: string;
}

const english: Words = {
  conversation: 'Conversation',
  waiting: (host) => `Runs on your device for ${host}; nothing is sent anywhere.`,
  loading: (percent) => `Loading model ${percent} %`,
  ready: (model) => `${model}: ready`,
  step: (step, steps) => `Step ${step} of ${steps}`,
  stopped: 'Stopped.',
  generated: 'generated',
  caution: 'Not for clinical use',
};

const chinese: Words = {
  conversation: '对话',
  waiting: (host) => `在您的设备上为 ${host} 运行；不会发送任何数据。`,
  loading: (percent) => `正在加载模型 ${percent}%`,
  ready: (model) => `${model}：就绪`,
  step: (step, steps) => `第 ${step} 步，共 ${steps} 步`,
  stopped: '已停止。',
  generated: 'AI 生成',
  caution: '不得用于临床',
};

/** The words of a language tag such as `zh-CN`; English where there are none. */
export function wordsOf(locale: string): Words {
  return locale.toLowerCase().split('-')[0] === 'zh' ? chinese : english;
}
