//! Findings about rule files: a diagnostic and the text it points into.

use std::path::Path;
use std::sync::Arc;

use crate::lang::diagnostic::Level;
use crate::lang::{Diagnostic, Span};

/// A diagnostic and the text that its spans point into: the file, or the query where that cannot be found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub diagnostic: Diagnostic,
    pub source: Arc<str>,
}

impl Finding {
    /// Returns an error about a place in a file.
    pub fn error(
        code: &'static str,
        message: impl Into<String>,
        span: Span,
        label: &str,
        path: &Path,
        source: &Arc<str>,
    ) -> Self {
        let diagnostic = Diagnostic::error(code, message, span, label).in_file(path);
        Self {
            diagnostic,
            source: Arc::clone(source),
        }
    }

    /// Returns a warning about a place in a file.
    pub fn warning(
        code: &'static str,
        message: impl Into<String>,
        span: Span,
        label: &str,
        path: &Path,
        source: &Arc<str>,
    ) -> Self {
        let mut finding = Self::error(code, message, span, label, path, source);
        finding.diagnostic.level = Level::Warning;
        finding
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic.help = Some(help.into());
        self
    }

    /// Returns whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.diagnostic.level == Level::Error
    }

    /// Draws the finding with its place under a caret.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        self.diagnostic.render(&self.source, color)
    }

    /// Returns `path:line:column: message` in one line, safe for a terminal.
    #[must_use]
    pub fn line(&self) -> String {
        let path = self
            .diagnostic
            .path
            .as_ref()
            .map(|path| path.to_string_lossy().into_owned())
            .unwrap_or_default();
        let at = self.diagnostic.position(&self.source);
        let at = at.filter(|_| !self.source.is_empty());
        let at = at.map(|(line, column)| format!(":{line}:{column}"));
        let text = format!(
            "{path}{}: {}",
            at.unwrap_or_default(),
            self.diagnostic.message
        );
        crate::text::visible(&text, crate::text::Marks::default()).into_owned()
    }
}
