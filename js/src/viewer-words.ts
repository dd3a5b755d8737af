// The words of <unimed-viewer>, as UniMed's own page says them (public/words). Notes and errors are English in either language.

/** Words of one language. */
export interface ViewerWords {
  viewer: string;
  reading: string;
  empty: string;
  frame(frame: number, frames: number): string;
  window(center: string, width: string, unit: string): string;
  slider: string;
  preset: string;
  ownWindow: string;
  /** Windows that every language has a word for; others keep the name that the file gives them. */
  presets: Record<string, string>;
  series: string;
  reset: string;
  notes(count: number): string;
  help: string;
}

const english: ViewerWords = {
  viewer: 'Medical image',
  reading: 'Reading…',
  empty: 'No image',
  frame: (frame, frames) => `Image ${frame} of ${frames}`,
  window: (center, width, unit) => `Level ${center}, width ${width}${unit && ` ${unit}`}`,
  slider: 'Image of the series',
  preset: 'Window',
  ownWindow: 'own',
  presets: {},
  series: 'Series',
  reset: 'Reset',
  notes: (count) => (count === 1 ? '1 note about this image' : `${count} notes about this image`),
  help: 'Arrow keys and wheel: images. Drag: window. Plus and minus, or two fingers: zoom. Shift and drag: pan. 1 to 5: windows. I: invert. 0: reset.',
};

const chinese: ViewerWords = {
  viewer: '医学图像',
  reading: '正在读取…',
  empty: '没有图像',
  frame: (frame, frames) => `第 ${frame} 幅，共 ${frames} 幅`,
  window: (center, width, unit) => `窗位 ${center}，窗宽 ${width}${unit && ` ${unit}`}`,
  slider: '序列中的图像',
  preset: '窗',
  ownWindow: '自定',
  presets: { 'soft tissue': '软组织', lung: '肺', liver: '肝', bone: '骨', brain: '脑', 'full range': '全范围' },
  series: '序列',
  reset: '重置',
  notes: (count) => `关于此图像的 ${count} 条说明`,
  help: '方向键和滚轮：切换图像。拖动：调窗。加号和减号或双指：缩放。Shift 加拖动：平移。1 至 5：窗。I：反相。0：重置。',
};

/** The words of a language tag such as `zh-CN`; English where there are none. */
export function viewerWordsOf(locale: string): ViewerWords {
  return locale.toLowerCase().split('-')[0] === 'zh' ? chinese : english;
}
