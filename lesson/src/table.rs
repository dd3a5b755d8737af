//! TOML of a front matter or a block, with errors that name line and field.

use serde::de::DeserializeOwned;

use crate::LessonError;

/// A piece of TOML in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<'a> {
    /// Its text.
    pub(crate) text: &'a str,
    /// Line of the file on which it begins, from 1.
    pub(crate) line: usize,
    /// What it is, for errors.
    pub(crate) of: &'a str,
}

impl Table<'_> {
    /// Its fields.
    ///
    /// # Errors
    ///
    /// [`LessonError::Field`] of what is missing, unknown or of another kind.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, LessonError> {
        toml::from_str(self.text).map_err(|error| {
            let place = error.span().map_or(0, |span| span.start);
            let message = error.message().trim().to_owned();
            LessonError::Field {
                line: self.line + lines_before(self.text, place),
                field: field_of(&message, self.text, place),
                of: self.of.to_owned(),
                what: message,
            }
        })
    }

    /// The error of a field that is there and holds something that it must not.
    pub(crate) fn wrong(&self, field: &str, what: impl Into<String>) -> LessonError {
        let name = field.split(['.', '[']).next().unwrap_or(field);
        let at = self.text.lines().position(|line| {
            let rest = line.trim_start().trim_start_matches('[');
            rest.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([' ', '=', '.', ']']))
        });
        self.wrong_on(at, field, what.into())
    }

    /// As [`Self::wrong`], of a field that is there several times: on the line that holds this value.
    pub(crate) fn wrong_value(&self, field: &str, value: &str, what: String) -> LessonError {
        let at = self.text.lines().position(|line| line.contains(value));
        self.wrong_on(at, field, what)
    }

    fn wrong_on(&self, at: Option<usize>, field: &str, what: String) -> LessonError {
        LessonError::Field {
            line: self.line + at.unwrap_or(0),
            field: field.to_owned(),
            of: self.of.to_owned(),
            what,
        }
    }
}

fn lines_before(text: &str, place: usize) -> usize {
    let bytes = &text.as_bytes()[..place.min(text.len())];
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

/// The field that an error is about: the parser names those that are missing or unknown; else the one of its line.
fn field_of(message: &str, text: &str, place: usize) -> String {
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .into_iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next());
    let line = text.lines().nth(lines_before(text, place));
    let of_line = line.and_then(|line| line.split('=').next()).map(str::trim);
    let field = named.or(of_line).filter(|field| !field.is_empty());
    field.unwrap_or("(none)").to_owned()
}
