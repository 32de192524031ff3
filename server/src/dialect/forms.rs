//! How lines look: a table with the forms of papo itself and of the older systems, and the one renderer
//! over it. Its words come from words/, and which notices there are is the hub's affair.
//!
//! Invariant: the server writes what a line begins with, and in each form no name and no text can begin a
//! line as another kind does (docs/protocol.md). Public and private lines are copied into place without
//! allocation.

mod lower;
mod table;

use crate::clock::{Clock, Day};
use crate::dialect::words::{self, Lines, Own, Verb};
use crate::dialect::{Dialect, Ids, Style, tags};
use crate::hub::name::Name;
use crate::hub::{
    self, Asked, Crowd, Deed, Letter, Notice, Page, Reference, Said, SaidKind, ShortId, Tag, Told,
};
use crate::web::qr;

/// What stands before and after a name or a time.
type Around = [&'static str; 2];

/// How the lines of one dialect look. What has words in it is there in each language.
pub(super) struct Form {
    /// Around the name of a public line.
    public: Around,
    /// Around the name of an action.
    action: Around,
    /// Around the name of a private line.
    private: [Around; 2],
    /// Around what is remarked of a public line after its speaker's name: whom it answers, or that it was
    /// edited.
    remark: Around,
    /// Around the time of a line of before, where other lines have none.
    past: Around,
    /// Around the time of day, if it stands before what happens.
    time: Option<Around>,
    /// Before what the operator says.
    operator: [&'static str; 2],
    /// Before what else the server tells.
    event: [&'static str; 2],
    /// Before what could not be done.
    refusal: [&'static str; 2],
    /// Around the question for a name or its password.
    question: Around,
    /// After each line.
    end: &'static str,
    /// Commands by the names that they had.
    own: Own,
    /// The commands that are told at the welcome.
    commands: &'static [Verb],
    /// Whether a user is told their own join.
    own_join: bool,
    /// Whether names are shown in lower case.
    lower_case: bool,
    /// Before who is online, if names are told without numbers.
    online: Option<&'static str>,
}

impl Style {
    /// Whether the time of day is in some of its lines.
    pub fn has_time(self) -> bool {
        let is_data = matches!(self.dialect, Dialect::Web | Dialect::Events(_));
        is_data || self.ids == Ids::Tags || table::of(self).time.is_some()
    }

    /// Whether the question for a name leaves the cursor where its answer is typed.
    pub fn asks_in_the_row(self) -> bool {
        !table::of(self).question[1].ends_with('\n')
    }
}

/// See [`super::render`].
pub(super) fn render(style: Style, clock: Clock, stamp: &str, notice: &Notice, out: &mut Vec<u8>) {
    match (style.ids, notice) {
        (Ids::Tags, _) if tags::tell(style, clock, stamp, notice, out) => return,
        (Ids::Hidden | Ids::Short, Notice::Tag(tag)) if tag.is_for_programs() => return,
        _ => {}
    }
    let form = table::of(style);
    let lowered = form.lower_case.then(|| lower::in_lower_case(notice));
    let notice = lowered.as_ref().unwrap_or(notice);
    let stamp = match happens(notice) {
        true => {
            put(out, &[stamp]);
            form.put_time(clock, out);
            ""
        }
        false => stamp,
    };
    match notice {
        Notice::Public { from, text } => form.say(form.public, from.shown(), text, out),
        Notice::Action { from, text } => form.say(form.action, from.shown(), text, out),
        Notice::Private { from, text } => {
            let around = form.private[style.lang as usize];
            form.say(around, from.shown(), text, out);
        }
        Notice::Refer(reference) => form.refer(style, reference, out),
        Notice::Pins { room, said } => {
            form.tell(style, stamp, notice, out);
            form.replay_all(style, clock, (room, hub::Lines::Bare), said, out);
        }
        Notice::Letter(letter) => form.letter(style, clock, stamp, letter, out),
        Notice::History {
            room, lines, said, ..
        } if !said.is_empty() => form.replay_all(style, clock, (room, *lines), said, out),
        Notice::Page(page) => form.page(style, clock, stamp, page, out),
        Notice::Missed { elsewhere, missed } => {
            let mark = form.event[style.lang as usize];
            let mut lines = Lines::begin(out, stamp, mark, form.end, form.own);
            words::missed(style.lang, clock, elsewhere.as_ref(), *missed, &mut lines);
            lines.end();
        }
        Notice::Help(None) | Notice::HelpOperator => {
            form.tell(style, stamp, notice, out);
            let all = *notice == Notice::HelpOperator;
            let listed = Verb::ALL.into_iter();
            for verb in listed.filter(|verb| all || !verb.is_for_operators()) {
                form.tell(style, stamp, &Notice::Help(Some(verb)), out);
            }
        }
        Notice::Welcome { name, .. } => {
            if form.own_join {
                let names = vec![name.clone()];
                let joined = Notice::Joined(Crowd { names, others: 0 });
                render(style, clock, stamp, &joined, out);
            }
            form.tell(style, stamp, notice, out);
            for verb in form.commands {
                form.tell(style, stamp, &Notice::Help(Some(*verb)), out);
            }
        }
        // The older systems show a few lines at a time, and some of them a few bytes.
        Notice::Address(address) if style.dialect == Dialect::Text => {
            form.tell(style, stamp, notice, out);
            form.code(style, stamp, address, out);
        }
        Notice::Online { .. } => form.tell_online(style, stamp, notice, out),
        _ => form.tell(style, stamp, notice, out),
    }
}

/// Whether a notice is about what happens just now, rather than an answer.
fn happens(notice: &Notice) -> bool {
    matches!(
        notice,
        Notice::Public { .. }
            | Notice::Action { .. }
            | Notice::Private { .. }
            | Notice::Joined(_)
            | Notice::Back(_)
            | Notice::Left { .. }
            | Notice::Went { .. }
            | Notice::Renamed { .. }
            | Notice::TopicChanged { .. }
            | Notice::Refer(_)
            | Notice::Announced(_)
            | Notice::DirectJoined(_)
            | Notice::DirectLeft { .. }
    )
}

impl Form {
    /// A line of a user.
    fn say(&self, [before, after]: Around, from: &str, text: &str, out: &mut Vec<u8>) {
        put(out, &[before, from, after, text, self.end]);
    }

    /// A line about another one: what is said is a line of its speaker with a remark, the rest an event.
    fn refer(&self, style: Style, reference: &Reference, out: &mut Vec<u8>) {
        let Reference { by, quote, deed } = reference;
        let (text, remark) = match deed {
            Deed::Replied(text) => (text, words::remark(style.lang, Some(&quote.from), false)),
            Deed::Edited(text) => (text, words::remark(style.lang, None, true)),
            Deed::Deleted | Deed::Reacted(_) | Deed::Pinned | Deed::Unpinned => {
                return self.tell(style, "", &Notice::Refer(Box::new(reference.clone())), out);
            }
        };
        let [before, after] = self.public;
        let [open, close] = self.remark;
        put(out, &[before, by.shown(), open, &remark, close, after]);
        words::quote(quote, style.ids == Ids::Short, out);
        put(out, &[" ", text, self.end]);
    }

    /// Lines of the server.
    fn tell(&self, style: Style, stamp: &str, notice: &Notice, out: &mut Vec<u8>) {
        let lang = style.lang as usize;
        let (mark, end) = match notice {
            Notice::AskName | Notice::AskPassword(_) | Notice::AskNewPassword(_) => {
                (self.question[0], self.question[1])
            }
            Notice::Announced(_) => (self.operator[lang], self.end),
            Notice::Refused(_) | Notice::Tag(Tag::Refused { .. }) => (self.refusal[lang], self.end),
            _ => (self.event[lang], self.end),
        };
        let mut lines = Lines::begin(out, stamp, mark, end, self.own);
        lines.ids = style.ids;
        words::say(style.lang, notice, &mut lines);
        lines.end();
    }

    /// An address for phones to scan.
    fn code(&self, style: Style, stamp: &str, address: &str, out: &mut Vec<u8>) {
        let mark = self.event[style.lang as usize];
        for line in qr::lines(address).unwrap_or_default().lines() {
            put(out, &[stamp, mark, line, self.end]);
        }
    }

    /// Who is online.
    fn tell_online(&self, style: Style, stamp: &str, notice: &Notice, out: &mut Vec<u8>) {
        let Some(mark) = self.online else {
            return self.tell(style, stamp, notice, out);
        };
        let mut lines = Lines::begin(out, stamp, mark, self.end, self.own);
        words::online(style.lang, notice, &mut lines);
        lines.end();
    }

    /// Lines of before in this room.
    fn replay_all(
        &self,
        style: Style,
        clock: Clock,
        (room, lines): (&Name, hub::Lines),
        said: &[Said],
        out: &mut Vec<u8>,
    ) {
        let marked = (lines == hub::Lines::Marked).then_some(room);
        let mut day = clock.now().day;
        for said in said {
            match style.ids {
                Ids::Tags => tags::replay(clock, room, said, out),
                Ids::Hidden | Ids::Short => {
                    self.replay(style, clock, marked, (&mut day, said), out);
                }
            }
        }
    }

    /// Lines of before that were asked for.
    fn page(&self, style: Style, clock: Clock, stamp: &str, page: &Page, out: &mut Vec<u8>) {
        if page.asked != Asked::Last || page.lines.is_empty() {
            let mark = self.event[style.lang as usize];
            let mut lines = Lines::begin(out, stamp, mark, self.end, self.own);
            words::page(style.lang, clock, page, &mut lines);
            lines.end();
        }
        let mut day = clock.now().day;
        for Told { room, at, said } in &page.lines {
            let mut said = said.clone();
            said.age = at.map_or(said.age, |at| clock.since(at));
            let marked = (*room != page.here).then_some(room);
            match style.ids {
                Ids::Tags => tags::replay(clock, room, &said, out),
                Ids::Hidden | Ids::Short => {
                    self.replay(style, clock, marked, (&mut day, &said), out);
                }
            }
        }
        if page.has_more {
            self.tell(style, stamp, &Notice::More, out);
        }
    }

    /// A line of before, and its day before it unless that is the day of the last line. Where other lines
    /// have no time its beginning is its own, so that no program takes it for a new one.
    fn replay(
        &self,
        style: Style,
        clock: Clock,
        room: Option<&Name>,
        (day, said): (&mut Day, &Said),
        out: &mut Vec<u8>,
    ) {
        let then = clock.ago(said.age);
        if std::mem::replace(day, then.day) != then.day {
            let mark = self.event[style.lang as usize];
            let mut lines = Lines::begin(out, "", mark, self.end, self.own);
            words::day(style.lang, then.day, &mut lines);
            lines.end();
        }
        match self.time {
            Some([before, after]) => put(out, &[before, &then.with_seconds().to_string(), after]),
            None => put(
                out,
                &[self.past[0], &then.minute().to_string(), self.past[1]],
            ),
        }
        if let Some(room) = room {
            put(out, &["#", room.shown(), " "]);
        }
        if style.ids == Ids::Short {
            put(out, &["[", &ShortId::from(said.id).to_string(), "] "]);
        }
        let ([before, after], [open, close]) = match said.kind {
            SaidKind::Line => (self.public, self.remark),
            SaidKind::Action => (self.action, [" (", ")"]),
        };
        let re = said.re.as_deref();
        put(out, &[before, said.from.shown()]);
        if re.is_some() || said.is_edited {
            let remark = words::remark(style.lang, re.map(|quote| &quote.from), said.is_edited);
            put(out, &[open, &remark, close]);
        }
        put(out, &[after]);
        if let Some(quote) = re {
            words::quote(quote, style.ids == Ids::Short, out);
            put(out, &[" "]);
        }
        put(out, &[&said.text, self.end]);
    }

    /// A private line of before: the time, and the day if that was another one, stands after the name.
    fn letter(&self, style: Style, clock: Clock, stamp: &str, letter: &Letter, out: &mut Vec<u8>) {
        let then = clock.local(letter.at.saturating_mul(1000));
        let from = match self.lower_case {
            true => letter.from.to_lowercase(),
            false => letter.from.to_string(),
        };
        let minute = then.minute();
        let from = match then.day == clock.now().day {
            true => format!("{from}, {minute}"),
            false => {
                let (year, month, day) = (then.day.year(), then.day.month() + 1, then.day.day());
                format!("{from}, {year}-{month:02}-{day:02} {minute}")
            }
        };
        let from = match letter.is_again {
            true => format!("{from}, {}", words::again(style.lang)),
            false => from,
        };
        put(out, &[stamp]);
        self.say(self.private[style.lang as usize], &from, &letter.text, out);
    }

    fn put_time(&self, clock: Clock, out: &mut Vec<u8>) {
        if let Some([before, after]) = self.time {
            put(out, &[before, &clock.to_string(), after]);
        }
    }
}

/// Lines from `start` on end as telnet wants them.
pub(super) fn end_in_cr_lf(out: &mut Vec<u8>, start: usize) {
    for byte in out.split_off(start) {
        out.extend_from_slice(if byte == b'\n' {
            b"\r\n"
        } else {
            std::slice::from_ref(&byte)
        });
    }
}

fn put(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}
