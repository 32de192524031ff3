//! What programs that know Slack post to a hook, as text: JSON, or a form with the JSON in its field `payload`.
//!
//! Slack's incoming webhooks have a `text`, `attachments` (title, text, fields, blocks) and `blocks`; what nobody
//! can read in a line of text, such as colours, buttons and images, is left out. A `channel` is not looked at.
//! Sources: Slack's references "Sending messages using incoming webhooks", "Legacy: secondary message attachments",
//! "Formatting text for app surfaces".
//!
//! Invariant: only what the payload says is in the text, and its lines are in its order.

use serde_json::{Map, Value};

use super::http::form;
use crate::dialect::clean::clean;

/// A message for a room.
#[derive(PartialEq, Eq, Debug)]
pub struct Posted {
    /// What the program calls itself, if it does.
    pub label: Option<String>,
    /// The text; it has at least one line that is not blank.
    pub text: String,
}

/// Why there is no message; the words are Slack's, which its senders know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Neither JSON nor a form with it.
    InvalidPayload,
    /// Nothing to read in it.
    NoText,
}

impl Fault {
    /// The body of the answer.
    pub fn word(self) -> &'static str {
        match self {
            Fault::InvalidPayload => "invalid_payload",
            Fault::NoText => "no_text",
        }
    }
}

/// The message of a request's body, whatever its type says: `curl -d` calls JSON a form.
///
/// # Errors
/// Why there is none.
pub fn read(body: &[u8]) -> Result<Posted, Fault> {
    let body = std::str::from_utf8(body).map_err(|_| Fault::InvalidPayload)?;
    // Programs on Windows begin with a byte order mark.
    let body = body.trim_start_matches('\u{feff}');
    let payload = match body.trim_start().starts_with('{') {
        true => body.to_owned(),
        false => payload_of(body).ok_or(Fault::InvalidPayload)?,
    };
    let parsed = serde_json::from_str(&payload).map_err(|_| Fault::InvalidPayload)?;
    let Value::Object(message) = parsed else {
        return Err(Fault::InvalidPayload);
    };
    let mut lines = Vec::new();
    // Beside blocks a text is for notifications, which show no blocks.
    blocks(&message, &mut lines);
    if lines.is_empty() {
        said(&message, "text", &mut lines);
    }
    let mut attachments = Vec::new();
    for attachment in objects(&message, "attachments") {
        attached(attachment, &mut attachments);
    }
    // Some say their text twice, for clients that show no attachments.
    let again = if attachments.starts_with(&lines) {
        lines.len()
    } else {
        0
    };
    lines.extend(attachments.into_iter().skip(again));
    match lines.is_empty() {
        true => Err(Fault::NoText),
        false => Ok(Posted {
            label: label(&message),
            text: lines.join("\n"),
        }),
    }
}

fn payload_of(body: &str) -> Option<String> {
    let found = form(body.trim_end()).find(|(name, _)| name == "payload");
    found.map(|(_, value)| value)
}

fn label(message: &Map<String, Value>) -> Option<String> {
    let label = message.get("username")?.as_str()?;
    let label = clean(label.as_bytes());
    let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
    (!label.is_empty()).then_some(label)
}

fn attached(attachment: &Map<String, Value>, lines: &mut Vec<String>) {
    let before = lines.len();
    said(attachment, "pretext", lines);
    let link = attachment.get("title_link").and_then(Value::as_str);
    let mut title = Vec::new();
    said(attachment, "title", &mut title);
    if let (Some(title), Some(link)) = (title.last_mut(), link)
        && !link.is_empty()
    {
        *title += &format!(" {link}");
    }
    lines.append(&mut title);
    said(attachment, "text", lines);
    for field in objects(attachment, "fields") {
        let of = |name| {
            let mut texts = Vec::new();
            said(field, name, &mut texts);
            texts.join(" ")
        };
        match (of("title"), of("value")) {
            (title, value) if title.is_empty() || value.is_empty() => {
                lines.extend(Some(title + &value).filter(|line| !line.is_empty()));
            }
            (title, value) => lines.push(format!("{title}: {value}")),
        }
    }
    blocks(attachment, lines);
    if lines.len() == before {
        said(attachment, "fallback", lines);
    }
}

/// The texts of Slack's newer blocks: headers, sections with fields, contexts, rich text.
fn blocks(of: &Map<String, Value>, lines: &mut Vec<String>) {
    for block in objects(of, "blocks") {
        match block.get("text") {
            Some(Value::Object(text)) => said(text, "text", lines),
            _ => said(block, "text", lines),
        }
        for part in objects(block, "fields") {
            said(part, "text", lines);
        }
        for part in objects(block, "elements") {
            match part.contains_key("elements") {
                true => rich(part, lines),
                false => said(part, "text", lines),
            }
        }
    }
}

/// A paragraph of rich text, or a list of them.
fn rich(of: &Map<String, Value>, lines: &mut Vec<String>) {
    let is_list = of.get("type").and_then(Value::as_str) == Some("rich_text_list");
    if !is_list {
        let inline: String = objects(of, "elements").map(inline).collect();
        return lines.extend(readable(&inline));
    }
    for item in objects(of, "elements") {
        let before = lines.len();
        rich(item, lines);
        if let Some(first) = lines.get_mut(before) {
            first.insert_str(0, "- ");
        }
    }
}

/// What stands in a row of rich text: text, a link, somebody, a sign.
fn inline(of: &Map<String, Value>) -> String {
    let is = |name| {
        of.get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    match (is("text"), is("url")) {
        (Some(text), Some(url)) if text != url => format!("{text} ({url})"),
        (Some(text), _) => text.to_owned(),
        (None, Some(url)) => url.to_owned(),
        (None, None) => match (is("name"), is("user_id").or(is("range"))) {
            (Some(sign), _) => format!(":{sign}:"),
            (None, Some(whom)) => format!("@{whom}"),
            (None, None) => String::new(),
        },
    }
}

fn objects<'a>(
    of: &'a Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'a Map<String, Value>> {
    let list = of.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

/// The lines of a field, as people read them.
fn said(of: &Map<String, Value>, name: &str, lines: &mut Vec<String>) {
    let text = match of.get(name) {
        Some(Value::String(text)) => plain(text),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(is)) => is.to_string(),
        _ => return,
    };
    lines.extend(readable(&text));
}

/// The lines of a text that are not blank, as they may be shown.
fn readable(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().map(|line| clean(line.as_bytes()));
    let lines = lines.map(|line| line.trim_end().to_owned());
    lines.filter(|line| !line.trim().is_empty())
}

/// Slack's marks as text: `<http://a|b>` is `b (http://a)`, `<!here>` is `@here`, and three characters are escaped.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, marked)) = rest.split_once('<') {
        plain += before;
        let end = marked
            .find(['<', '>'])
            .filter(|end| marked.as_bytes()[*end] == b'>');
        let mark = end.map(|end| (&marked[..end], &marked[end + 1..]));
        let Some((mark, after)) = mark.filter(|(mark, _)| is_mark(mark)) else {
            plain.push('<');
            rest = marked;
            continue;
        };
        plain += &unmarked(mark);
        rest = after;
    }
    plain += rest;
    plain
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn is_mark(mark: &str) -> bool {
    let is_link = mark.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    is_link || mark.starts_with(['!', '@', '#'])
}

fn unmarked(mark: &str) -> String {
    let (target, label) = match mark.split_once('|') {
        Some((target, label)) if !label.is_empty() => (target, Some(label)),
        Some((target, _)) => (target, None),
        None => (mark, None),
    };
    match (target.strip_prefix('!'), label) {
        (Some(_), Some(label)) => label.to_owned(),
        (Some(whom), None) => format!("@{whom}"),
        (None, Some(label)) if target.starts_with(['@', '#']) || label == target => {
            label.to_owned()
        }
        (None, Some(label)) => format!("{label} ({target})"),
        (None, None) => target.to_owned(),
    }
}

#[cfg(test)]
mod tests;
