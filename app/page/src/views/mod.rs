//! What is seen: components that show the state and call actions.

pub(crate) mod answer;
pub(crate) mod bar;
pub(crate) mod burned_in;
pub(crate) mod conversation;
pub(crate) mod conversation_head;
pub(crate) mod dependence;
pub(crate) mod difference;
pub(crate) mod drawer;
pub(crate) mod error_card;
pub(crate) mod icons;
pub(crate) mod keyboard;
pub(crate) mod models;
pub(crate) mod number_field;
pub(crate) mod painting;
pub(crate) mod panel;
pub(crate) mod panels;
pub(crate) mod privacy;
pub(crate) mod progress_line;
pub(crate) mod prompt;
pub(crate) mod thumbnails;
pub(crate) mod update;
pub(crate) mod viewer;
pub(crate) mod welcome;
