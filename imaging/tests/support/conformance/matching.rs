//! Whether what was found holds what was expected.

use serde_json::Value;

/// Relative tolerance of numbers.
const RELATIVE: f64 = 1e-6;
/// Absolute tolerance near zero.
const ABSOLUTE: f64 = 1e-9;

/// Whether two numbers are the same but for rounding.
pub(super) fn near(found: f64, want: f64) -> bool {
    (found - want).abs() <= RELATIVE * want.abs() + ABSOLUTE
}

/// Compares what is named in `want`; differences go to `out`, with the path to them.
pub(super) fn subset(path: &str, found: &Value, want: &Value, out: &mut Vec<String>) {
    match (found, want) {
        (Value::Object(found), Value::Object(want)) => {
            for (key, want) in want {
                let path = format!("{path}.{key}");
                match found.get(key) {
                    Some(found) => subset(&path, found, want, out),
                    None => out.push(format!("{path} is missing, expected {want}")),
                }
            }
        }
        (Value::Array(found), Value::Array(want)) if is_contained(path) => {
            for want in want {
                if !holds(found, want) {
                    out.push(format!("{path}: none contains {want}: {found:?}"));
                }
            }
        }
        (Value::Array(found), Value::Array(want)) => {
            if found.len() != want.len() {
                out.push(format!(
                    "{path} has {} items, expected {}: {}",
                    found.len(),
                    want.len(),
                    short(&Value::Array(found.clone()))
                ));
                return;
            }
            for (i, (found, want)) in found.iter().zip(want).enumerate() {
                subset(&format!("{path}[{i}]"), found, want, out);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) else {
                return out.push(format!("{path}: numbers out of range"));
            };
            if !near(a, b) {
                out.push(format!("{path} is {a}, expected {b}"));
            }
        }
        _ if found == want => {}
        _ => out.push(format!("{path} is {}, expected {want}", short(found))),
    }
}

/// Lists of sentences: what is expected must be among them.
fn is_contained(path: &str) -> bool {
    path.ends_with(".notes") || path.ends_with(".problems")
}

fn holds(found: &[Value], want: &Value) -> bool {
    let has = |item: &Value, words: &str| match item {
        Value::String(text) => text.contains(words),
        Value::Object(map) => map
            .values()
            .any(|v| v.as_str().is_some_and(|text| text.contains(words))),
        _ => false,
    };
    match want {
        Value::String(words) => found.iter().any(|item| has(item, words)),
        Value::Object(map) => match map.get("without").and_then(Value::as_str) {
            Some(words) => !found.iter().any(|item| has(item, words)),
            None => found.iter().any(|item| {
                let mut differences = Vec::new();
                subset("", item, want, &mut differences);
                differences.is_empty()
            }),
        },
        _ => false,
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
