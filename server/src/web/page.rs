//! The page for browsers: the sources in server/page/ put together to one document that loads nothing else.
//!
//! It is made once, at the start, and knows nothing of who asks for it. Invariant: only the style and the
//! script that are in it may be used by a browser, for the policy names them by their hashes.

use flate2::{Compress, Compression, Crc, FlushCompress};
use sha2::{Digest, Sha256};

use super::encoding;
use super::http::{Request, Response, Status};

const DOCUMENT: &str = include_str!("../../page/index.html");
const STYLE: &str = include_str!("../../page/style.css");
/// In this order: each names only what is above it when it is read.
const SCRIPTS: [&str; 21] = [
    include_str!("../../page/words.js"),
    include_str!("../../page/bus.js"),
    include_str!("../../page/dom.js"),
    include_str!("../../page/keep.js"),
    include_str!("../../page/talks.js"),
    include_str!("../../page/connection.js"),
    include_str!("../../page/outbox.js"),
    include_str!("../../page/earlier.js"),
    include_str!("../../page/asking.js"),
    include_str!("../../page/rooms.js"),
    include_str!("../../page/session.js"),
    include_str!("../../page/messages.js"),
    include_str!("../../page/alerts.js"),
    include_str!("../../page/log.js"),
    include_str!("../../page/qr.js"),
    include_str!("../../page/sheet.js"),
    include_str!("../../page/panels.js"),
    include_str!("../../page/composer.js"),
    include_str!("../../page/menus.js"),
    include_str!("../../page/enter.js"),
    include_str!("../../page/main.js"),
];

const TYPE: &str = "text/html; charset=utf-8";

/// The page, as it is sent.
pub struct Page {
    /// The document, in UTF-8.
    pub html: Vec<u8>,
    /// The same, in gzip's format.
    pub gzip: Vec<u8>,
    /// The value of `ETag`, with its quotes.
    pub etag: String,
    /// The value of `Content-Security-Policy`.
    pub policy: String,
}

impl Page {
    /// Puts the page together.
    pub fn assemble() -> Page {
        let style = without_margin(STYLE);
        let script = format!(
            "\"use strict\";(() => {{\n{}}})();",
            SCRIPTS.map(without_margin).concat()
        );
        let html = DOCUMENT
            .replace("{STYLE}", &style)
            .replace("{SCRIPT}", &script);
        Page {
            gzip: gzip(html.as_bytes()),
            etag: format!("\"{}\"", &hash(&html)[..22]),
            policy: policy(&style, &script),
            html: html.into_bytes(),
        }
    }
}

impl Page {
    /// The answer to who asks for it: nothing if they have it already.
    pub fn to(&'static self, request: &Request) -> Response {
        let has_it = request.has_token("if-none-match", &self.etag);
        let response = if has_it {
            Response::new(Status::NotModified, TYPE, &[][..])
        } else if request.has_token("accept-encoding", "gzip") {
            Response::new(Status::Ok, TYPE, &self.gzip[..]).with("Content-Encoding", "gzip")
        } else {
            Response::new(Status::Ok, TYPE, &self.html[..])
        };
        response
            .with("ETag", &*self.etag)
            .with("Content-Security-Policy", &*self.policy)
            .with("Cache-Control", "no-cache")
            .with("Vary", "Accept-Encoding")
            .with("Referrer-Policy", "no-referrer")
    }
}

/// What the browser may do: talk with this server, and use the style and the script that are in the page.
fn policy(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; connect-src 'self'; img-src data:; style-src 'sha256-{}'; \
         script-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(style),
        hash(script)
    )
}

fn hash(text: &str) -> String {
    encoding::encode(Sha256::digest(text))
}

/// The lines of a source without what only its readers need: margins, empty lines and lines of comment.
/// No text in the sources goes over several lines.
fn without_margin(source: &str) -> String {
    let lines = source.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("/*"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// RFC 1952: a head without name and time, the compressed bytes, their checksum and their number.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    out.extend_from_slice(&HEAD);
    // Into a vector of this capacity nothing fails.
    let done = Compress::new(Compression::best(), false).compress_vec(
        bytes,
        &mut out,
        FlushCompress::Finish,
    );
    debug_assert!(matches!(done, Ok(flate2::Status::StreamEnd)));
    let mut crc = Crc::new();
    crc.update(bytes);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_page_is_small() {
        let Page { html, gzip, .. } = Page::assemble();
        println!("{} bytes, {} in gzip's format", html.len(), gzip.len());
        assert!(gzip.len() < 30 * 1024, "{}", gzip.len());
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(&gzip[..])
            .read_to_end(&mut back)
            .expect("gzip");
        assert!(back == html);
    }

    #[test]
    fn the_page_loads_nothing_and_inserts_no_html() {
        let page = String::from_utf8(Page::assemble().html).expect("UTF-8");
        for never in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "<link",
            "@import",
            "url(",
            "src=",
            "style=",
            " onclick=",
            "{STYLE}",
            "{SCRIPT}",
        ] {
            assert!(!page.contains(never), "{never}");
        }
        // What images of the page's own are written in.
        let page = page.replace("http://www.w3.org/2000/svg", "");
        for outside in ["http://", "https://"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn style_and_script_are_those_of_the_policy() {
        let Page { html, policy, .. } = Page::assemble();
        let page = String::from_utf8(html).expect("UTF-8");
        for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
            let inside = page.split(open).nth(1).expect(open);
            let (inside, rest) = inside.split_once(close).expect(close);
            assert!(!rest.contains(open), "one {open}");
            assert!(policy.contains(&format!("'sha256-{}'", hash(inside))));
        }
    }
}
