//! Counts test cases out of what test runners print.

use std::fmt;
use std::ops::AddAssign;

/// How many test cases passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Those that passed.
    pub(crate) passed: usize,
    /// Those that failed.
    pub(crate) failed: usize,
}

impl Count {
    /// A suite that is one check.
    pub(crate) fn one(passed: bool) -> Self {
        Self {
            passed: usize::from(passed),
            failed: usize::from(!passed),
        }
    }

    /// Counts and reports one check by name.
    pub(crate) fn check(&mut self, name: &str, passed: bool) {
        println!("{} {name}", if passed { "ok    " } else { "FAILED" });
        *self += Self::one(passed);
    }

    /// The sum over the closing lines of `cargo test` or of `wasm-bindgen-test`.
    ///
    /// A runner that failed without such a failure (it did not compile, it crashed) counts as one failed case.
    pub(crate) fn from_cargo(output: &str, success: bool) -> Self {
        let mut count = Self::default();
        for line in output.lines() {
            let Some((_, result)) = plain(line)
                .split_once("test result: ")
                .map(|(a, b)| (a.len(), b.to_owned()))
            else {
                continue;
            };
            for part in result.split(['.', ';']) {
                match part.trim().split_once(' ') {
                    Some((number, "passed")) => count.passed += number.parse().unwrap_or(0),
                    Some((number, "failed")) => count.failed += number.parse().unwrap_or(0),
                    _ => {}
                }
            }
        }
        count.or_one_failure(success)
    }

    /// The closing lines of node's test runner, in its `spec` form; cancelled cases count as failed.
    pub(crate) fn from_node(output: &str, success: bool) -> Self {
        let mut count = Self::default();
        for line in output.lines() {
            let line = plain(line);
            let mut words = line.split_whitespace();
            let (Some("ℹ" | "#"), Some(what), Some(number), None) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                continue;
            };
            let number = number.parse().unwrap_or(0);
            match what {
                "pass" => count.passed += number,
                "fail" | "cancelled" => count.failed += number,
                _ => {}
            }
        }
        count.or_one_failure(success)
    }

    fn or_one_failure(mut self, success: bool) -> Self {
        if !success && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// The line without terminal colours.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // An escape sequence of colour ends with its first letter.
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_results_are_summed() {
        let output = "running 2 tests\ntest a ... ok\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: \u{1b}[31mFAILED\u{1b}[0m. 5 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(
            Count::from_cargo(output, false),
            Count {
                passed: 7,
                failed: 3
            }
        );
    }

    #[test]
    fn a_crash_without_a_result_is_a_failure() {
        assert_eq!(
            Count::from_cargo("error: could not compile", false),
            Count {
                passed: 0,
                failed: 1
            }
        );
        let output = "test result: ok. 2 passed; 0 failed; 0 ignored\nsignal: 11, SIGSEGV";
        assert_eq!(
            Count::from_cargo(output, false),
            Count {
                passed: 2,
                failed: 1
            }
        );
    }

    #[test]
    fn node_results_are_read() {
        let output = "✔ opens (12ms)\nℹ tests 5\nℹ suites 0\nℹ pass 3\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\n";
        assert_eq!(
            Count::from_node(output, false),
            Count {
                passed: 3,
                failed: 2
            }
        );
        assert_eq!(
            Count::from_node("# pass 4\n# fail 0\n", true),
            Count {
                passed: 4,
                failed: 0
            }
        );
        assert_eq!(
            Count::from_node("SyntaxError", false),
            Count {
                passed: 0,
                failed: 1
            }
        );
    }

    #[test]
    fn the_closing_line_has_the_agreed_form() {
        assert_eq!(
            Count {
                passed: 12,
                failed: 0
            }
            .to_string(),
            "12 passed, 0 failed"
        );
    }
}
