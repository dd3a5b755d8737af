// The words of the question before an agent uses a tool.

/** Words of one language. */
export interface ToolWords {
  question: string;
  caller: string;
  /** What each tool does, and what the agent is told. */
  tools: Record<'ask' | 'make' | 'view', { title: string; told: string }>;
  allow: string;
  refuse: string;
}

const english: ToolWords = {
  question: 'An agent wants to use this page',
  caller: 'The browser does not say which agent it is. What it is told, it may send elsewhere.',
  tools: {
    ask: { title: 'Ask the model about the image that is shown', told: 'It is told the answer, not the image.' },
    make: { title: 'Make an image', told: 'You are shown the image; it is told the size and the seed, not the image.' },
    view: { title: 'Look at the viewer, or change what it shows', told: 'It is told the number of the image, the window and the notes, not the image.' },
  },
  allow: 'Allow this once',
  refuse: 'Refuse',
};

const chinese: ToolWords = {
  question: '有智能体要使用本页面',
  caller: '浏览器没有说明是哪个智能体。它得知的内容可能会被发送到别处。',
  tools: {
    ask: { title: '就所显示的图像向模型提问', told: '它会得知回答，但得不到图像。' },
    make: { title: '生成图像', told: '图像会显示给您；它只得知尺寸和随机种子，得不到图像。' },
    view: { title: '查看或更改阅片器所显示的内容', told: '它会得知图像序号、窗宽窗位和提示，但得不到图像。' },
  },
  allow: '仅此一次允许',
  refuse: '拒绝',
};

/** The words of a language tag such as `zh-CN`; English where there are none. */
export function toolWordsOf(locale: string): ToolWords {
  return locale.toLowerCase().split('-')[0] === 'zh' ? chinese : english;
}
