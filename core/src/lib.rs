//! The UniMed engine: a unified medical vision-language model on burn, native and in the browser.
