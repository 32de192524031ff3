//! The options of TLS, as the command line gives them.

use std::path::{Path, PathBuf};

use crate::net::listen::{Kind, Spec};
use crate::store::certificate::Source;

/// What `--tls` says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Words {
    is_own: bool,
    is_only: bool,
}

/// TLS, as it is to be spoken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// Where the certificate is.
    pub source: Source,
    /// Whether nobody is served in clear.
    pub is_only: bool,
}

impl Words {
    /// Parses `self`, `only`, or both with a comma.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub(super) fn parse(text: &str) -> Result<Words, String> {
        let mut words = Words {
            is_own: false,
            is_only: false,
        };
        for word in text.split(',') {
            match word {
                "self" => words.is_own = true,
                "only" => words.is_only = true,
                _ => return Err(format!("'{word}' is none of self, only; self,only is both")),
            }
        }
        Ok(words)
    }
}

/// What is wanted all in all. Where all is encrypted, listeners for browsers expect nothing else.
///
/// # Errors
/// A sentence that says what does not fit.
pub(super) fn wanted(
    words: Option<Words>,
    files: (Option<PathBuf>, Option<PathBuf>),
    data: &Path,
    listen: &mut [Spec],
) -> Result<Option<Wanted>, String> {
    let is_own = words.is_some_and(|words| words.is_own);
    let is_only = words.is_some_and(|words| words.is_only);
    let source = match files {
        (Some(_), None) => return Err("--tls-cert needs --tls-key FILE".into()),
        (None, Some(_)) => return Err("--tls-key needs --tls-cert FILE".into()),
        (Some(_), Some(_)) if is_own => {
            return Err("--tls self and --tls-cert are two certificates; say one of them".into());
        }
        (Some(certificate), Some(key)) => Some(Source::Files { certificate, key }),
        (None, None) => is_own.then(|| Source::Own {
            directory: data.to_owned(),
        }),
    };
    if source.is_none() && is_only {
        return Err(
            "--tls only needs a certificate: --tls self,only, or --tls-cert and --tls-key".into(),
        );
    }
    if source.is_none() && listen.iter().any(|spec| spec.secure) {
        return Err("--listen PORT/tls needs --tls self, or --tls-cert and --tls-key".into());
    }
    let browsers = listen.iter_mut().filter(|spec| spec.kind == Kind::Web);
    browsers.for_each(|spec| spec.secure |= is_only);
    Ok(source.map(|source| Wanted { source, is_only }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{options, parsed};
    use super::*;

    #[test]
    fn a_certificate_of_ones_own_or_from_files() {
        let wanted = |line: &str| options(line).tls;
        assert_eq!(wanted(""), None);
        let own = Source::Own {
            directory: "/d".into(),
        };
        let files = Source::Files {
            certificate: "c".into(),
            key: "k".into(),
        };
        for (line, source, is_only) in [
            ("--data /d --tls self", &own, false),
            ("--data /d --tls self,only", &own, true),
            ("--tls-cert c --tls-key k", &files, false),
            ("--tls-cert c --tls-key k --tls only", &files, true),
            ("--tls-cert c --tls-key k --listen 443/tls", &files, false),
        ] {
            let source = source.clone();
            assert_eq!(wanted(line), Some(Wanted { source, is_only }), "{line}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        for line in [
            "--tls",
            "--tls yes",
            "--tls only",
            "--tls-cert c",
            "--tls-key k",
            "--tls self --tls-cert c --tls-key k",
            "--listen 443/tls",
        ] {
            let fault = parsed(line).expect_err(line);
            assert!(fault.contains("--tls") || fault.contains("self"), "{fault}");
        }
    }
}
