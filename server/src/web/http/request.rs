//! A request: what its head says, as others need it.
//!
//! Invariant: `path` and what `query` and `form` tell are decoded; header names are in small letters.

use super::Fault;
use crate::web::limits::{HEADERS, TARGET_BYTES};

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// A page or a stream.
    Get,
    /// The same without the body.
    Head,
    /// To say something.
    Post,
    /// The same.
    Put,
    /// One that nothing here answers to.
    Other,
}

/// The version of HTTP.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// Without chunks; the conn ends with the answer unless both sides want another request.
    Http10,
    /// And all later 1.x.
    Http11,
}

/// A request with its whole body.
#[derive(PartialEq, Eq, Debug)]
pub struct Request {
    /// What is asked for.
    pub method: Method,
    /// Of what: it begins with `/`, or is `*`.
    pub path: String,
    /// The version of the client.
    pub version: Version,
    /// The host that the client believes to talk to, with a port unless that is the default one. Only HTTP/1.0 may
    /// leave it out.
    pub host: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    query: String,
    headers: Vec<(String, String)>,
}

/// A head, and what it says of the body.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) request: Request,
    pub(super) length: Length,
    /// Whether the client waits for `100 Continue`.
    pub(super) waits: bool,
}

/// Where a body ends.
#[derive(Debug)]
pub(super) enum Length {
    Bytes(usize),
    Chunked,
}

impl Request {
    /// The first value of a header with this name, which is in small letters; Latin-1 is read as that.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// Whether the list of this header has this word, whatever the case.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        let words = self.values(name).flat_map(|value| value.split(','));
        words
            .map(blankless)
            .any(|word| word.eq_ignore_ascii_case(token))
    }

    /// The page that sent it, if a browser says so: a scheme and a host.
    pub fn origin(&self) -> Option<&str> {
        self.header("origin")
    }

    /// The names and values after the `?`.
    pub fn query(&self) -> impl Iterator<Item = (String, String)> {
        form(&self.query)
    }

    /// Whether the client would send another request on this conn.
    pub fn keeps_alive(&self) -> bool {
        match self.version {
            Version::Http11 => !self.has_token("connection", "close"),
            Version::Http10 => self.has_token("connection", "keep-alive"),
        }
    }

    /// Bytes of memory that it owns, beside itself.
    pub fn memory(&self) -> usize {
        let text = |text: &String| text.capacity();
        let headers = self.headers.iter();
        let headers: usize = headers.map(|(name, value)| text(name) + text(value)).sum();
        let own = text(&self.path) + text(&self.query) + self.host.as_ref().map_or(0, text);
        let places = self.headers.capacity() * size_of::<(String, String)>();
        own + headers + places + self.body.capacity()
    }

    /// The values of all headers with this name, as [`Request::header`] gives the first.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.headers.iter().filter(move |(own, _)| own == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The value of a header that may occur only once.
    fn only(&self, name: &str, fault: Fault) -> Result<Option<&str>, Fault> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(fault),
            (value, None) => Ok(value),
        }
    }
}

/// The names and values of a form or a query. What is not UTF-8 or no percent sign of two digits is replaced or
/// left as it is.
pub fn form(text: &str) -> impl Iterator<Item = (String, String)> {
    let decode = |text: &str| {
        let bytes = percent_decoded(&text.replace('+', " "));
        String::from_utf8_lossy(&bytes.unwrap_or_else(|bytes| bytes)).into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(move |pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
}

/// Reads a head whose line ends were checked.
pub(super) fn parse(head: &[u8]) -> Result<Head, Fault> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(Fault::Malformed),
        Err(httparse::Error::TooManyHeaders) => return Err(Fault::HeadTooLarge),
        Err(httparse::Error::Version) => return Err(odd_version(head)),
        Err(_) => return Err(Fault::Malformed),
    }
    let target = parsed.path.unwrap_or_default();
    if target.len() > TARGET_BYTES {
        return Err(Fault::TargetTooLong);
    }
    let headers = parsed.headers.iter().map(|header| {
        let value = str::from_utf8(header.value).map(str::to_owned);
        let value =
            value.unwrap_or_else(|_| header.value.iter().copied().map(char::from).collect());
        (header.name.to_ascii_lowercase(), value)
    });
    let target = Target::parse(target)?;
    let mut request = Request {
        method: match parsed.method {
            Some("GET") => Method::Get,
            Some("HEAD") => Method::Head,
            Some("POST") => Method::Post,
            Some("PUT") => Method::Put,
            _ => Method::Other,
        },
        path: target.path,
        query: target.query,
        version: match parsed.version {
            Some(0) => Version::Http10,
            _ => Version::Http11,
        },
        host: None,
        body: Vec::new(),
        headers: headers.collect(),
    };
    for once in ["origin", "authorization"] {
        request.only(once, Fault::Malformed)?;
    }
    let named = host(&request)?;
    request.host = target.host.or(named);
    let length = length(&request)?;
    let has_body = !matches!(length, Length::Bytes(0));
    let waits = request.version == Version::Http11 && request.has_token("expect", "100-continue");
    Ok(Head {
        request,
        length,
        waits: waits && has_body,
    })
}

/// What a request line is whose last word is no known version: of another HTTP, or not HTTP at all.
fn odd_version(head: &[u8]) -> Fault {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let version = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    match version.strip_prefix(b"HTTP/") {
        // It stands where none is expected.
        Some(b"1.0" | b"1.1") => Fault::Malformed,
        Some([b'0'..=b'9', b'.', b'0'..=b'9']) => Fault::UnknownVersion,
        _ => Fault::Malformed,
    }
}

struct Target {
    path: String,
    query: String,
    /// As in a request to a proxy, which counts more than the header.
    host: Option<String>,
}

impl Target {
    fn parse(target: &str) -> Result<Target, Fault> {
        let (host, path) = match target {
            "*" => (None, target),
            _ if target.starts_with('/') => (None, target),
            _ => {
                let (scheme, rest) = target.split_once("://").ok_or(Fault::Malformed)?;
                let is_ours = ["http", "https"]
                    .iter()
                    .any(|ours| scheme.eq_ignore_ascii_case(ours));
                let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
                if !is_ours || host.is_empty() || !is_host(host) {
                    return Err(Fault::Malformed);
                }
                (Some(host.to_owned()), path)
            }
        };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = percent_decoded(path)
            .ok()
            .and_then(|path| String::from_utf8(path).ok());
        let mut path = path.ok_or(Fault::Malformed)?;
        if target.contains('#') || path.contains(char::is_control) {
            return Err(Fault::Malformed);
        }
        if path.is_empty() {
            path.push('/');
        }
        let query = query.to_owned();
        Ok(Target { path, query, host })
    }
}

/// The bytes that a text stands for; those of the text itself where a percent sign has no two digits.
fn percent_decoded(text: &str) -> Result<Vec<u8>, Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut is_whole = true;
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, after @ ..]) if digit(high).is_some() && digit(low).is_some() => {
                let value = digit(high).unwrap_or(0) * 16 + digit(low).unwrap_or(0);
                decoded.push(value as u8);
                rest = after;
            }
            _ => {
                is_whole &= *first != b'%';
                decoded.push(*first);
            }
        }
    }
    match is_whole {
        true => Ok(decoded),
        false => Err(decoded),
    }
}

/// The header that tells the host.
fn host(request: &Request) -> Result<Option<String>, Fault> {
    match request.only("host", Fault::Host)? {
        None if request.version == Version::Http11 => Err(Fault::Host),
        Some(host) if !is_host(host) => Err(Fault::Host),
        host => Ok(host.map(str::to_owned)),
    }
}

/// Whether these are characters of a host, and of a port.
fn is_host(text: &str) -> bool {
    let is_legal =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte);
    text.bytes().all(is_legal)
}

/// How long the body is. Where two readers could disagree, it is refused.
fn length(request: &Request) -> Result<Length, Fault> {
    let codings: Vec<&str> = request.values("transfer-encoding").collect();
    let lengths = request
        .values("content-length")
        .flat_map(|value| value.split(','));
    let lengths: Vec<&str> = lengths.map(blankless).collect();
    match (&codings[..], &lengths[..]) {
        ([], []) => Ok(Length::Bytes(0)),
        ([], [first, others @ ..]) => {
            let is_number = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number || others.iter().any(|other| other != first) {
                return Err(Fault::Malformed);
            }
            first
                .parse()
                .map(Length::Bytes)
                .map_err(|_| Fault::BodyTooLarge)
        }
        ([_, ..], [_, ..]) => Err(Fault::Malformed),
        _ if request.version == Version::Http10 => Err(Fault::Malformed),
        ([coding], []) if coding.eq_ignore_ascii_case("chunked") => Ok(Length::Chunked),
        _ => Err(Fault::UnknownCoding),
    }
}

/// Without the blanks around it that HTTP permits.
fn blankless(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
