//! Looks up what was said, page by page, beside the writer. Changes nothing.
//!
//! Invariant: no read lasts longer than a call, which looks at [`RECALL_VISITS`] lines at most.

use std::path::{Path, PathBuf};

use super::changes::place_of;
use super::{
    Connection, Fault, OpenFlags, OptionalExtension, SqlResult, SqlRow, check_kind, corrupt,
    explain, identity, params, refers,
};
use crate::hub::archive::entry::{Kind, LineId};
use crate::hub::name::Name;
use crate::hub::recall::{Found, Past, Place, Recall, State, Wish};
use crate::limits::{ACCOUNTS_LOCKED, RECALL_BYTES, RECALL_VISITS};

/// See the top of this file.
pub(in crate::store::archive) struct Lookup {
    file: PathBuf,
    /// Device and number of the file that was opened.
    opened: Option<(u64, u64)>,
    connection: Connection,
}

/// The columns of a line, for `past`.
const PAST: &str =
    "id, at, kind, sender, text, more, epoch, number, refers_epoch, refers_number, state,
    proved, room";

/// The row of a room, and what it is called.
type Room = (i64, Box<str>);

/// A page that is being filled.
struct Page {
    lines: Vec<Past>,
    most: usize,
    bytes: usize,
}

impl Lookup {
    /// The database, if its file is still the one that was opened; else it is opened again.
    pub(in crate::store::archive) fn open<'a>(
        file: &Path,
        opened: &'a mut Option<Lookup>,
    ) -> Result<&'a mut Lookup, Fault> {
        *opened = opened
            .take()
            .filter(|lookup| lookup.opened == identity(file));
        match opened {
            Some(lookup) => Ok(lookup),
            none => Ok(none.insert(Lookup::new(file)?)),
        }
    }

    fn new(file: &Path) -> Result<Lookup, Fault> {
        let explain = |error| explain(file, &error);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = identity(file);
        let connection = Connection::open_with_flags(file, flags).map_err(explain)?;
        connection.busy_timeout(ACCOUNTS_LOCKED).map_err(explain)?;
        check_kind(file, &connection)?;
        Ok(Lookup {
            file: file.to_owned(),
            opened,
            connection,
        })
    }

    /// The answer to a question.
    pub(in crate::store::archive) fn find(&mut self, recall: &Recall) -> Result<Found, Fault> {
        let found = self.try_find(recall);
        found.map_err(|error| explain(&self.file, &error))
    }

    fn try_find(&mut self, recall: &Recall) -> SqlResult<Found> {
        // One transaction, so that all of an answer is of one moment.
        let read = self.connection.transaction()?;
        let page = Page {
            lines: Vec::new(),
            most: recall.most.max(1),
            bytes: 0,
        };
        let mut rooms = Vec::new();
        for key in &recall.rooms {
            let mut query = read.prepare("SELECT id, shown FROM rooms WHERE key = ?1")?;
            let room = |row: &SqlRow<'_>| Ok((row.get(0)?, row.get(1)?));
            rooms.extend(query.query_row([key], room).optional()?);
        }
        let Some(room) = rooms.first() else {
            let is_whole = !matches!(recall.wish, Wish::After { .. });
            return Ok(Found {
                is_whole,
                ..Found::default()
            });
        };
        match &recall.wish {
            Wish::After { after, upto } => missed(&read, room, (*after, *upto), page),
            Wish::Last { before } => last(&read, room, *before, page),
            Wish::Since { at, after } => since(&read, room, (*at, *after), page),
            Wish::From { name, before } => {
                let by =
                    |past: &Past| Name::parse(&past.from).is_ok_and(|from| from.key() == &**name);
                search(&read, &rooms, *before, page, by)
            }
            Wish::Search { words, before } => {
                let words = words.to_lowercase();
                let has = |past: &Past| {
                    let text = past.text.to_lowercase();
                    words.split_whitespace().all(|word| text.contains(word))
                };
                search(&read, &rooms, *before, page, has)
            }
        }
    }
}

impl Page {
    /// Adds a line, unless the page is full; whether it did.
    fn add(&mut self, past: Past) -> bool {
        let bytes = past.text.len() + past.from.len();
        let is_full = self.lines.len() >= self.most || self.bytes + bytes > RECALL_BYTES;
        if is_full && !self.lines.is_empty() {
            return false;
        }
        self.bytes += bytes;
        self.lines.push(past);
        true
    }

    /// The page, which was filled from its end, and goes on before this place.
    fn backward(mut self, more: Option<Place>) -> Found {
        self.lines.reverse();
        Found {
            lines: self.lines,
            more,
            is_whole: true,
        }
    }
}

/// The entries of a room after an id, up to another one.
fn missed(
    read: &Connection,
    room: &Room,
    (after, upto): (LineId, LineId),
    mut page: Page,
) -> SqlResult<Found> {
    let Some(start) = place_of(read, room.0, after)? else {
        return Ok(Found::default());
    };
    let mut query = read.prepare(&format!(
        "SELECT {PAST} FROM lines
        WHERE room = ?1 AND id > ?2 ORDER BY id"
    ))?;
    let mut rows = query.query([room.0, start])?;
    let (mut last, mut is_whole, mut more) = (after, true, None);
    while last != upto
        && let Some(row) = rows.next()?
    {
        let past = past(row, &room.1)?;
        let id = past.id;
        if !page.add(past) {
            more = page.lines.last().map(|last| last.place);
            break;
        }
        is_whole &= id == last.next();
        last = id;
    }
    is_whole &= more.is_some() || last == upto;
    Ok(Found {
        lines: page.lines,
        more,
        is_whole,
    })
}

/// The last lines said in a room before a place.
fn last(read: &Connection, room: &Room, before: Option<Place>, mut page: Page) -> SqlResult<Found> {
    let mut query = read.prepare(&format!(
        "SELECT {PAST} FROM lines
        WHERE room = ?1 AND id < ?2 ORDER BY id DESC"
    ))?;
    let before = before.map_or(i64::MAX, |before| before.0);
    let mut rows = query.query(params![room.0, before])?;
    let mut next = Place(before);
    for _ in 0..RECALL_VISITS {
        let Some(row) = rows.next()? else {
            return Ok(page.backward(None));
        };
        let past = past(row, &room.1)?;
        let place = past.place;
        if is_said(&past) && !page.add(past) {
            break;
        }
        next = place;
    }
    Ok(page.backward(Some(next)))
}

/// The lines said in a room from a time on.
fn since(
    read: &Connection,
    room: &Room,
    (at, after): (i64, Option<Place>),
    mut page: Page,
) -> SqlResult<Found> {
    let start = match after {
        Some(after) => after.0 + 1,
        None => first_at(read, at)?,
    };
    let mut query = read.prepare(&format!(
        "SELECT {PAST} FROM lines
        WHERE room = ?1 AND id >= ?2 ORDER BY id"
    ))?;
    let mut rows = query.query(params![room.0, start])?;
    let mut more = Some(Place(start - 1));
    for _ in 0..RECALL_VISITS {
        let Some(row) = rows.next()? else {
            more = None;
            break;
        };
        let past = past(row, &room.1)?;
        let place = past.place;
        if is_said(&past) && past.at >= at && !page.add(past) {
            break;
        }
        more = Some(place);
    }
    Ok(Found {
        lines: page.lines,
        more,
        is_whole: true,
    })
}

/// The first place at or after this time. Places are in the order of their times, but for a clock that was
/// set back; then it is one of those between which the time lies.
fn first_at(read: &Connection, at: i64) -> SqlResult<i64> {
    let sql = "SELECT id, at FROM lines WHERE id >= ?1 ORDER BY id LIMIT 1";
    let mut next = read.prepare(sql)?;
    let sql = "SELECT ifnull(min(id), 0), ifnull(max(id), 0) + 1 FROM lines";
    let both = |row: &SqlRow<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let (mut low, mut high) = read.query_row(sql, [], both)?;
    while low < high {
        let middle = low + (high - low) / 2;
        let found = next.query_row([middle], both).optional()?;
        match found {
            Some((place, time)) if time < at => low = place + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The last lines said in these rooms that pass.
fn search(
    read: &Connection,
    rooms: &[Room],
    before: Option<Place>,
    mut page: Page,
    passes: impl Fn(&Past) -> bool,
) -> SqlResult<Found> {
    let mut query = read.prepare(&format!(
        "SELECT {PAST} FROM lines
        WHERE id < ?1 ORDER BY id DESC"
    ))?;
    let before = before.map_or(i64::MAX, |before| before.0);
    let mut rows = query.query([before])?;
    let mut next = Place(before);
    for _ in 0..RECALL_VISITS {
        let Some(row) = rows.next()? else {
            return Ok(page.backward(None));
        };
        let of: Option<i64> = row.get(12)?;
        let place = Place(row.get(0)?);
        if let Some((_, name)) = rooms.iter().find(|(room, _)| of == Some(*room)) {
            let past = past(row, name)?;
            if is_said(&past) && passes(&past) && !page.add(past) {
                break;
            }
        }
        next = place;
    }
    Ok(page.backward(Some(next)))
}

fn is_said(past: &Past) -> bool {
    matches!(past.kind, Kind::Line | Kind::Action) && past.state != State::Deleted
}

fn past(row: &SqlRow<'_>, room: &str) -> SqlResult<Past> {
    Ok(Past {
        room: room.into(),
        place: Place(row.get(0)?),
        at: row.get(1)?,
        kind: Kind::of(row.get(2)?).ok_or_else(|| corrupt("a line of no kind".to_owned()))?,
        from: row.get(3)?,
        text: row.get(4)?,
        more: row.get::<_, i64>(5)? as u64,
        id: LineId {
            epoch: row.get::<_, i64>(6)? as u64,
            number: row.get::<_, i64>(7)? as u64,
        },
        refers: refers(row.get(8)?, row.get(9)?),
        state: State::of(row.get(10)?).ok_or_else(|| corrupt("a line in no state".to_owned()))?,
        is_proved: row.get(11)?,
    })
}
