//! Python's pickle, as far as lists of dictionaries of texts go.
//!
//! A pickle is a program, and most of its instructions can do harm. The few here only build texts,
//! numbers, lists and dictionaries; any other instruction is refused.

use std::collections::{BTreeMap, HashMap};

/// A value on the stack.
#[derive(Debug, Clone)]
enum Item {
    Text(String),
    /// Numbers, none, truth: nothing that is asked for here.
    Other,
    List(Vec<Self>),
    Dict(BTreeMap<String, Self>),
    Mark,
}

/// The list of dictionaries of texts in a pickle. Entries that are no texts are left out.
pub(super) fn texts(bytes: &[u8]) -> Result<Vec<BTreeMap<String, String>>, String> {
    let wrong = || "expected a list of dictionaries".to_owned();
    let Item::List(list) = (Machine::new(bytes)).run()? else {
        return Err(wrong());
    };
    list.into_iter()
        .map(|item| {
            let Item::Dict(fields) = item else {
                return Err(wrong());
            };
            let texts = fields.into_iter().filter_map(|(key, value)| match value {
                Item::Text(text) => Some((key, text)),
                _ => None,
            });
            Ok(texts.collect())
        })
        .collect()
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Item>,
    memo: HashMap<usize, Item>,
}

impl<'a> Machine<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            stack: Vec::new(),
            memo: HashMap::new(),
        }
    }

    /// Instructions by their names in Python's `pickletools`.
    fn run(mut self) -> Result<Item, String> {
        loop {
            let place = self.at;
            match self.take(1)?[0] {
                b'.' => return self.pop(),                            // STOP
                0x80 => drop(self.take(1)?),                          // PROTO
                0x95 => drop(self.take(8)?),                          // FRAME
                b'(' => self.stack.push(Item::Mark),                  // MARK
                b']' => self.stack.push(Item::List(Vec::new())),      // EMPTY_LIST
                b'}' => self.stack.push(Item::Dict(BTreeMap::new())), // EMPTY_DICT
                b'X' => self.text(4)?,                                // BINUNICODE
                0x8c | b'U' => self.text(1)?, // SHORT_BINUNICODE, SHORT_BINSTRING
                b'T' => self.text(4)?,        // BINSTRING
                b'N' | 0x88 | 0x89 => self.stack.push(Item::Other), // NONE, NEWTRUE, NEWFALSE
                b'K' => self.number(1)?,      // BININT1
                b'M' => self.number(2)?,      // BININT2
                b'J' => self.number(4)?,      // BININT
                b'G' => self.number(8)?,      // BINFLOAT
                b'q' => self.put(1)?,         // BINPUT
                b'r' => self.put(4)?,         // LONG_BINPUT
                0x94 => self.keep(self.memo.len())?, // MEMOIZE
                b'h' => self.get(1)?,         // BINGET
                b'j' => self.get(4)?,         // LONG_BINGET
                b'a' => {
                    let item = self.pop()?; // APPEND
                    self.extend(vec![item])?;
                }
                b'e' => {
                    let items = self.since_mark()?; // APPENDS
                    self.extend(items)?;
                }
                b's' => {
                    let (value, key) = (self.pop()?, self.pop()?); // SETITEM
                    self.set(vec![key, value])?;
                }
                b'u' => {
                    let items = self.since_mark()?; // SETITEMS
                    self.set(items)?;
                }
                other => {
                    return Err(format!(
                        "instruction {other:#04x} at byte {place} builds more than lists, \
                         dictionaries and texts, and is not run"
                    ));
                }
            }
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self.at.saturating_add(count);
        let taken = self.bytes.get(self.at..end);
        self.at = end;
        taken.ok_or_else(|| format!("it ends early, at byte {}", self.bytes.len()))
    }

    /// A little-endian number of so many bytes.
    fn length(&mut self, count: usize) -> Result<usize, String> {
        let bytes = self.take(count)?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |sum, &byte| sum << 8 | usize::from(byte)))
    }

    fn text(&mut self, count: usize) -> Result<(), String> {
        let length = self.length(count)?;
        let text = std::str::from_utf8(self.take(length)?)
            .map_err(|_| format!("the text before byte {} is not UTF-8", self.at))?;
        self.stack.push(Item::Text(text.to_owned()));
        Ok(())
    }

    fn number(&mut self, count: usize) -> Result<(), String> {
        self.take(count)?;
        self.stack.push(Item::Other);
        Ok(())
    }

    fn put(&mut self, count: usize) -> Result<(), String> {
        let key = self.length(count)?;
        self.keep(key)
    }

    /// Remembers texts. A list or dictionary is remembered when it is still empty and never asked
    /// for again in these files; it would be another list by then.
    fn keep(&mut self, key: usize) -> Result<(), String> {
        let top = self.stack.last().ok_or("its stack is empty")?;
        let kept = match top {
            Item::Text(text) => Item::Text(text.clone()),
            _ => Item::Mark,
        };
        self.memo.insert(key, kept);
        Ok(())
    }

    fn get(&mut self, count: usize) -> Result<(), String> {
        let key = self.length(count)?;
        match self.memo.get(&key) {
            Some(item @ Item::Text(_)) => self.stack.push(item.clone()),
            _ => return Err(format!("it asks for memory {key}, which holds no text")),
        }
        Ok(())
    }

    fn pop(&mut self) -> Result<Item, String> {
        self.stack
            .pop()
            .ok_or_else(|| "its stack is empty".to_owned())
    }

    fn since_mark(&mut self) -> Result<Vec<Item>, String> {
        let mark = self
            .stack
            .iter()
            .rposition(|item| matches!(item, Item::Mark));
        let items = self.stack.split_off(mark.ok_or("a mark is missing")? + 1);
        self.stack.pop();
        Ok(items)
    }

    fn extend(&mut self, items: Vec<Item>) -> Result<(), String> {
        match self.stack.last_mut() {
            Some(Item::List(list)) => list.extend(items),
            _ => return Err("it appends to what is no list".to_owned()),
        }
        Ok(())
    }

    fn set(&mut self, items: Vec<Item>) -> Result<(), String> {
        let Some(Item::Dict(dict)) = self.stack.last_mut() else {
            return Err("it fills what is no dictionary".to_owned());
        };
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            let Item::Text(key) = key else {
                return Err("a key is no text".to_owned());
            };
            dict.insert(key, value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pickle.dumps([{'image': 't_1', 'question': 'Is it?', 'answer': 'yes', 'n': 7},
    /// {'image': 't_1', 'answer': 'no'}], protocol)` of Python 3.
    const PROTOCOL_2: &[u8] = b"\x80\x02]q\x00(}q\x01(X\x05\x00\x00\x00imageq\x02X\x03\x00\x00\x00t_1q\x03X\x08\x00\x00\x00questionq\x04X\x06\x00\x00\x00Is it?q\x05X\x06\x00\x00\x00answerq\x06X\x03\x00\x00\x00yesq\x07X\x01\x00\x00\x00nq\x08K\x07u}q\t(h\x02h\x03h\x06X\x02\x00\x00\x00noq\nue.";
    const PROTOCOL_4: &[u8] = b"\x80\x04\x95O\x00\x00\x00\x00\x00\x00\x00]\x94(}\x94(\x8c\x05image\x94\x8c\x03t_1\x94\x8c\x08question\x94\x8c\x06Is it?\x94\x8c\x06answer\x94\x8c\x03yes\x94\x8c\x01n\x94K\x07u}\x94(h\x02h\x03h\x06\x8c\x02no\x94ue.";

    #[test]
    fn what_python_writes_is_read() {
        for bytes in [PROTOCOL_2, PROTOCOL_4] {
            let list = texts(bytes).unwrap();
            assert_eq!(list.len(), 2);
            assert_eq!(list[0]["question"], "Is it?");
            assert!(!list[0].contains_key("n"));
            assert_eq!(
                (&list[1]["image"][..], &list[1]["answer"][..]),
                ("t_1", "no")
            );
        }
    }

    #[test]
    fn what_could_run_or_ends_early_is_refused() {
        // `cos\nsystem\n(S'x'\ntR.`: the classic.
        let error = texts(b"cos\nsystem\n(S'x'\ntR.").unwrap_err();
        assert!(error.contains("0x63 at byte 0"), "{error}");
        for end in 0..PROTOCOL_4.len() {
            assert!(texts(&PROTOCOL_4[..end]).is_err(), "{end}");
        }
        assert!(texts(b"\x80\x02}q\x00.").unwrap_err().contains("a list"));
    }
}
