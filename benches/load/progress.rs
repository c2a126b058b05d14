//! What the bench is doing, on the terminal; a line for each step where there is no terminal.

use std::{cell::RefCell, io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

/// The bar of the step that runs.
#[derive(Default)]
pub struct Progress {
    bar: RefCell<Option<ProgressBar>>,
    place: RefCell<String>,
}

impl Progress {
    /// What is measured from here on.
    pub fn place(&self, place: &str) {
        *self.place.borrow_mut() = place.to_owned();
    }

    /// A step of so many parts begins; the one before is over.
    pub fn begin(&self, step: &str, parts: usize) {
        self.end();
        let message = format!("{}: {step}", self.place.borrow());
        if !std::io::stderr().is_terminal() {
            eprintln!("{message} ({parts})");
        }
        let bar = ProgressBar::new(parts as u64).with_message(message);
        if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {pos}/{len} {msg} (about {eta} left)") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        *self.bar.borrow_mut() = Some(bar);
    }

    /// One part is done.
    pub fn step(&self) {
        if let Some(bar) = &*self.bar.borrow() {
            bar.inc(1);
        }
    }

    /// The step is over.
    pub fn end(&self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
