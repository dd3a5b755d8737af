//! Simulated medical images with exact facts, and the text made from the facts.
