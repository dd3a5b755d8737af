// What the player says, in the languages that lessons are written in.

/** Words of one language. */
export interface Words {
  loading: string;
  minutes(count: number): string;
  goals: string;
  step(number: number, count: number): string;
  back: string;
  next: string;
  finish: string;
  result: string;
  simulated: string;
  image(name: string): string;
  check: string;
  showMe: string;
  right: string;
  wrong: string;
  truth(what: string): string;
  choose: string;
  /** How a place is chosen. */
  place: string;
  cross(x: number, y: number): string;
  missed: string;
  overlay: string;
  foundIt: string;
  notThere: string;
  firstEnd: string;
  secondEnd: string;
  measured(percent: number): string;
  ofWidth(percent: number): string;
  ofHeight(percent: number): string;
  window: string;
  width: string;
  level: string;
  tooWide: string;
  tooNarrow: string;
  tooHigh: string;
  tooLow: string;
  windowRight: string;
  askModel: string;
  letModelMake: string;
  letModelTry: string;
  modelIn(meaning: string): string;
  withoutImage: string;
  mirrored: string;
  stop: string;
  stopped: string;
  loadingModel(percent: number): string;
  answering: string;
  making(step: number, steps: number): string;
  modelSays: string;
  modelRight(truth: string): string;
  modelWrong(truth: string): string;
  notFact: string;
  generated: string;
  simulatedTag: string;
  reveal: string;
  hide: string;
  normal: string;
  difference: string;
  hideDifference: string;
  score(right: number, total: number): string;
  question: string;
  yourAnswer: string;
  theTruth: string;
  print: string;
  again: string;
  name: string;
  keptHere: string;
  sources: string;
  caution: string;
  broken: string;
  list: string;
  intro: string;
  open: string;
  lessons: string;
  language: string;
  page: string;
  about: string;
}

const english: Words = {
  loading: 'Opening the lesson…',
  minutes: (count) => `about ${count} minutes`,
  goals: 'Afterwards you can:',
  step: (number, count) => `Step ${number} of ${count}`,
  back: 'Back',
  next: 'Next',
  finish: 'To the result',
  result: 'Your result',
  simulated: 'Simulated image, made for you just now: no patient.',
  image: (name) => `Image ${name}`,
  check: 'Check',
  showMe: 'Show me',
  right: 'Right.',
  wrong: 'Not right.',
  truth: (what) => `The truth: ${what}.`,
  choose: 'Choose an answer first.',
  place: 'Click the place on the image, or move the cross with the arrow keys (Shift for large steps) and press Enter.',
  cross: (x, y) => `Cross at ${x} % from the left, ${y} % from the top`,
  missed: 'There is nothing at this place. Look again: you have one more try.',
  overlay: 'The overlay shows where it is.',
  foundIt: 'on the finding',
  notThere: 'beside the finding',
  firstEnd: 'Choose the first end.',
  secondEnd: 'Choose the second end.',
  measured: (percent) => `You measured ${percent} %`,
  ofWidth: (percent) => `${percent} % of the image's width`,
  ofHeight: (percent) => `${percent} % of the image's height`,
  window: 'Window',
  width: 'Width',
  level: 'Level',
  tooWide: 'The window is too wide: there is little contrast.',
  tooNarrow: 'The window is too narrow: much is only black or white.',
  tooHigh: 'The level is too high: what matters is dark.',
  tooLow: 'The level is too low: what matters is bright.',
  windowRight: 'in the range',
  askModel: 'Ask the model',
  letModelMake: 'Let the model make it',
  letModelTry: 'Let the model try the same',
  modelIn: (meaning) => `(${meaning})`,
  withoutImage: 'The model gets no image with this question.',
  mirrored: 'The model gets the image mirrored left to right.',
  stop: 'Stop',
  stopped: 'Stopped.',
  loadingModel: (percent) => `Loading the model, ${percent} %`,
  answering: 'The model is reading the image…',
  making: (step, steps) => `Step ${step} of ${steps}`,
  modelSays: 'The model says:',
  modelRight: (truth) => `The truth is “${truth}”: this time the model is right.`,
  modelWrong: (truth) => `The truth is “${truth}”: the model is wrong.`,
  notFact: 'These are the words of a small model, not a fact.',
  generated: 'generated',
  simulatedTag: 'simulated',
  reveal: 'Show where it is',
  hide: 'Hide the overlay',
  normal: 'No finding: this case is normal.',
  difference: 'Show the difference',
  hideDifference: 'Hide the difference',
  score: (right, total) => `${right} of ${total} right`,
  question: 'Exercise',
  yourAnswer: 'Your answer',
  theTruth: 'Truth',
  print: 'Print the report',
  again: 'Again, with fresh cases',
  name: 'Name (for the printed report; it is not kept)',
  keptHere: 'Only the score is kept, in this browser. Nothing is sent.',
  sources: 'Sources',
  caution: 'For learning only, not for clinical use. Cases are simulated; the model is small and errs.',
  broken: 'This lesson cannot be shown.',
  list: 'All lessons',
  intro:
    'Short lessons on reading medical images. Each makes a fresh simulated case for you, so that its truth is known exactly. You answer first, then the model does.',
  open: 'Open',
  lessons: 'Lessons',
  language: 'Language',
  page: 'The whole page: your own images',
  about: 'Lessons in reading medical images',
};

const chinese: Words = {
  loading: '正在打开课程…',
  minutes: (count) => `约 ${count} 分钟`,
  goals: '学完后你能够：',
  step: (number, count) => `第 ${number} 步，共 ${count} 步`,
  back: '上一步',
  next: '下一步',
  finish: '查看成绩',
  result: '你的成绩',
  simulated: '刚刚为你生成的模拟图像，并非患者图像。',
  image: (name) => `图像 ${name}`,
  check: '核对',
  showMe: '给我看答案',
  right: '正确。',
  wrong: '不正确。',
  truth: (what) => `正确答案：${what}。`,
  choose: '请先选择一个答案。',
  place: '在图像上点击该位置，或用方向键移动十字（按住 Shift 大步移动），再按回车键。',
  cross: (x, y) => `十字距左缘 ${x}%，距上缘 ${y}%`,
  missed: '该处没有异常。请再看一遍，还有一次机会。',
  overlay: '彩色标记显示病变所在。',
  foundIt: '位于病变处',
  notThere: '不在病变处',
  firstEnd: '请选择第一个端点。',
  secondEnd: '请选择第二个端点。',
  measured: (percent) => `你的测量值为 ${percent}%`,
  ofWidth: (percent) => `图像宽度的 ${percent}%`,
  ofHeight: (percent) => `图像高度的 ${percent}%`,
  window: '窗宽窗位',
  width: '窗宽',
  level: '窗位',
  tooWide: '窗宽过大，对比度不足。',
  tooNarrow: '窗宽过小，许多区域只剩全黑或全白。',
  tooHigh: '窗位过高，要观察的部分偏暗。',
  tooLow: '窗位过低，要观察的部分偏亮。',
  windowRight: '在合适范围内',
  askModel: '询问模型',
  letModelMake: '让模型生成图像',
  letModelTry: '让模型做同样的修改',
  modelIn: (meaning) => `（${meaning}）`,
  withoutImage: '这次提问不给模型图像。',
  mirrored: '这次给模型的图像左右翻转。',
  stop: '停止',
  stopped: '已停止。',
  loadingModel: (percent) => `正在加载模型 ${percent}%`,
  answering: '模型正在阅读图像…',
  making: (step, steps) => `第 ${step} 步，共 ${steps} 步`,
  modelSays: '模型回答：',
  modelRight: (truth) => `正确答案是“${truth}”：这次模型答对了。`,
  modelWrong: (truth) => `正确答案是“${truth}”：模型答错了。`,
  notFact: '这是一个小模型的回答，并不等于事实。',
  generated: 'AI 生成',
  simulatedTag: '模拟',
  reveal: '显示病变位置',
  hide: '隐藏标记',
  normal: '无异常：此病例为正常。',
  difference: '显示差异',
  hideDifference: '隐藏差异',
  score: (right, total) => `答对 ${right} 题，共 ${total} 题`,
  question: '练习',
  yourAnswer: '你的回答',
  theTruth: '正确答案',
  print: '打印成绩单',
  again: '换一批新病例重新练习',
  name: '姓名（仅用于打印，不会保存）',
  keptHere: '浏览器中只保存成绩，不向外发送任何内容。',
  sources: '参考文献',
  caution: '仅供学习，不得用于临床。病例均为模拟图像；模型很小，会出错。',
  broken: '无法显示此课程。',
  list: '全部课程',
  intro: '学习阅读医学图像的短课程。每次都会为你生成新的模拟病例，因此正确答案是确定的。先由你作答，再由模型作答。',
  open: '打开',
  lessons: '课程',
  language: '语言',
  page: '完整页面：打开自己的图像',
  about: '医学影像阅读课程',
};

/** The words of a language tag such as `zh-CN`; English where there are none. */
export function wordsOf(locale: string): Words {
  return locale.toLowerCase().split('-')[0] === 'zh' ? chinese : english;
}
