//! The rows of a terminal, as its user sees them: what a client prints and what its user types.

/// Everything so far. What a user types stands on the row of a question, or on a row of its own
/// that begins with `> `.
#[derive(Default)]
pub(crate) struct Terminal(Vec<u8>);

impl Terminal {
    /// These bytes are printed.
    pub(crate) fn shows(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.extend(bytes.as_ref());
    }

    /// Its user types this and presses Enter.
    pub(crate) fn types(&mut self, text: &str) {
        if self.0.is_empty() || self.0.ends_with(b"\n") {
            self.shows("> ");
        }
        self.shows(text);
        self.shows("\n");
    }

    pub(crate) fn rows(&self) -> String {
        String::from_utf8(self.0.clone()).expect("the server writes UTF-8")
    }
}
