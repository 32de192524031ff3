//! What browsers are told to open, as the operator gives it.

/// An address of the web without a slash at its end.
pub(super) fn parse(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let rest = text.strip_prefix("http://");
    let rest = rest.or_else(|| text.strip_prefix("https://")).unwrap_or("");
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}?#@".contains(&byte);
    if rest.is_empty() || rest.starts_with(['/', ':']) || !rest.bytes().all(is_plain) {
        return Err(format!("'{text}' is not like https://chat.example"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_web() {
        for (typed, url) in [
            ("https://chat.example/", "https://chat.example"),
            ("http://[fd00::5]:8080/papo", "http://[fd00::5]:8080/papo"),
        ] {
            assert_eq!(parse(typed).as_deref(), Ok(url));
        }
        for wrong in [
            "chat.example",
            "http://",
            "http:///x",
            "https://a?b",
            "ftp://a",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
