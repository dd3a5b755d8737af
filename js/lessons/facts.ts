// Facts of a case in words. Lessons in English use the simulator's own; these are the terms of Chinese radiology, pathology and
// endoscopy for the same.

import type { Case } from './types.js';

const findings: Record<string, string> = {
  cardiomegaly: '心影增大',
  effusion: '胸腔积液',
  pneumothorax: '气胸',
  consolidation: '肺实变',
  nodule: '肺结节',
  mass: '肺肿块',
  exudates: '硬性渗出',
  hemorrhages: '视网膜出血',
  'cotton-wool': '棉绒斑',
  drusen: '玻璃膜疣',
  cupping: '视杯扩大',
  glioma: '胶质瘤',
  plaques: '多发性硬化斑块',
  infarct: '脑梗死',
  hemorrhage: '脑出血',
  ventriculomegaly: '脑室扩大',
  'ct-hemorrhage': '脑内出血',
  subdural: '硬膜下血肿',
  hydrocephalus: '脑积水',
  'ct-nodule': '肺结节',
  'ct-effusion': '胸腔积液',
  'ct-pneumothorax': '气胸',
  'liver-lesion': '肝脏病灶',
  aneurysm: '主动脉瘤',
  'intraretinal-fluid': '视网膜内积液',
  'subretinal-fluid': '视网膜下积液',
  'pigment-epithelial-detachment': '色素上皮脱离',
  'macular-drusen': '黄斑玻璃膜疣',
  'epiretinal-membrane': '视网膜前膜',
  'macular-hole': '黄斑裂孔',
  'simple-cyst': '单纯囊肿',
  'solid-mass': '实性肿块',
  'thyroid-nodule': '甲状腺结节',
  gallstones: '胆囊结石',
  hydronephrosis: '肾积水',
  ascites: '腹水',
  carcinoma: '癌',
  necrosis: '坏死',
  lymphocytes: '淋巴细胞浸润',
  mitoses: '核分裂象',
  'ki-67': 'Ki-67 阳性',
  her2: 'HER2 表达',
  polyp: '息肉',
  ulcer: '溃疡',
  bleeding: '出血',
  inflammation: '黏膜炎症',
  stool: '粪便残留',
  instrument: '器械',
};

const values: Record<string, string> = {
  yes: '有',
  no: '无',
  left: '左侧',
  right: '右侧',
  both: '双侧',
  small: '小',
  moderate: '中等',
  large: '大',
  mild: '轻度',
  severe: '重度',
  one: '1 个',
  two: '2 个',
  three: '3 个',
  four: '4 个',
  few: '少量',
  many: '大量',
  smooth: '边缘光滑',
  irregular: '边缘不规则',
  'upper zone': '上肺野',
  'middle zone': '中肺野',
  'lower zone': '下肺野',
  'frontal lobe': '额叶',
  'parietal lobe': '顶叶',
  'occipital lobe': '枕叶',
  'above the macula': '黄斑上方',
  'below the macula': '黄斑下方',
  'at the fovea': '中心凹处',
  'nasal to the fovea': '中心凹鼻侧',
  'temporal to the fovea': '中心凹颞侧',
  'in the upper left': '左上',
  'in the upper right': '右上',
  'in the lower left': '左下',
  'in the lower right': '右下',
  'low-grade': '低级别',
  'high-grade': '高级别',
  curved: '凸阵探头',
  linear: '线阵探头',
};

/** A value of a fact in a language. */
export function valueIn(language: string, value: string): string {
  return language === 'zh' ? (values[value] ?? value) : value;
}

/** The name of a finding in a language. */
export function findingIn(language: string, finding: string): string {
  return language === 'zh' ? (findings[finding] ?? finding) : finding.replaceAll('-', ' ');
}

/** What a case shows, in a sentence; empty where it is normal. */
export function truthIn(language: string, { facts, finding, caption }: Case): string {
  if (finding === null) return '';
  if (language !== 'zh') return caption;
  const shown = Object.keys(facts).filter((key) => key.endsWith('.present') && facts[key] === 'yes');
  const sentences = shown.map((key) => {
    const name = key.slice(0, -'.present'.length);
    const details = Object.entries(facts).filter(([other]) => other.startsWith(`${name}.`) && other !== key);
    const said = details.map(([, value]) => valueIn('zh', value)).join('，');
    return said ? `${findingIn('zh', name)}（${said}）` : findingIn('zh', name);
  });
  return `${sentences.join('；')}。`;
}
