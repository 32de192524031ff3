//! The conversation on a screen of its own (`--full`): the rooms above, who is here beside, a status line, and what was
//! said between them, a page for each room. It sends nothing itself: `press` tells what to send.
//!
//! Invariant: the page that is seen is that of the room in which the user speaks, so that nothing is said into a room
//! that is not on the screen.

mod layout;
mod page;
mod people;

use super::keys::Key;
use super::search::QUERY_CHARS;
use super::times;
use super::view::Colours;
use crate::reading::Reading;
use crate::session::people::People;
use crate::session::protocol::Line;
use crate::session::{Received, Shown};
use crate::words::Language;
pub(super) use layout::Bottom;
use layout::Row;
use page::{Page, Window};

/// More rooms than one can be in (20). Of those that were left the oldest pages go.
const PAGES: usize = 32;
/// How many rows of a page are seen again after PgUp.
const OVERLAP: usize = 2;

/// See the top of this file.
#[derive(Debug)]
pub(super) struct Full {
    reading: Reading,
    colours: Colours,
    /// The first has no name until a room is known.
    pages: Vec<Page>,
    current: usize,
    /// Whether the window has the focus, as far as the terminal tells.
    has_focus: bool,
    /// The rooms of the user.
    rooms: Vec<String>,
    /// To which room a key leads: what comes of that command is not shown.
    going: Option<String>,
    /// What is searched on the page.
    query: Option<String>,
    /// The rows of the text on the screen.
    height: usize,
    /// The rows as they stand on the screen; none if that is not known.
    drawn: Vec<Row>,
}

/// What the session knows while something is shown or drawn.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) language: Language,
    pub(super) name: Option<&'a str>,
    /// Where the user speaks.
    pub(super) room: Option<String>,
    pub(super) rooms: Vec<&'a str>,
    pub(super) people: Option<&'a People>,
    pub(super) is_away: bool,
    /// Rows and columns of the window.
    pub(super) size: (usize, usize),
}

/// What a key did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    /// Something was moved or marked.
    Taken,
    /// This command goes to the room of another page.
    Send(String),
    /// The key is not for this screen.
    Other,
}

impl Full {
    pub(super) fn of(reading: Reading, colours: Colours) -> Full {
        let first = Page::of("", reading.clone(), colours);
        Full {
            reading,
            colours,
            pages: vec![first],
            current: 0,
            has_focus: true,
            rooms: Vec::new(),
            going: None,
            query: None,
            height: 0,
            drawn: Vec::new(),
        }
    }

    /// Add something to the page it belongs to. What tells somebody who looks elsewhere of it is returned.
    pub(super) fn show(&mut self, shown: Shown, scene: &Scene) -> String {
        self.arrange(scene);
        if self.comes_of_going(&shown) {
            return String::new();
        }
        let (at, shown) = self.placed(shown);
        let is_looked_at = at == self.current && self.has_focus;
        let window = self.window(scene);
        self.pages[at].show(shown, times::now(), &window, is_looked_at)
    }

    /// The window has the focus now, or has it no more.
    pub(super) fn focus(&mut self, is_here: bool) {
        self.has_focus = is_here;
    }

    /// Nothing of what was drawn is known to be on the screen.
    pub(super) fn forget(&mut self) {
        self.drawn.clear();
    }

    /// Show the newest rows again.
    pub(super) fn go_to_end(&mut self) {
        self.query = None;
        self.page().go_to_end();
    }

    /// The last row that was shown, for the screen that comes after this one.
    pub(super) fn last_row(&self) -> String {
        self.pages[self.current].last_row()
    }

    /// What is searched, if something is, and whether it was not found.
    pub(super) fn search(&self) -> Option<(&str, bool)> {
        let query = self.query.as_deref()?;
        let has_failed = !query.is_empty() && !self.pages[self.current].has_found();
        Some((query, has_failed))
    }

    /// A key that moves the page, searches it or leads to another one.
    pub(super) fn press(&mut self, key: Key) -> Pressed {
        if let Some(query) = self.query.take() {
            return self.search_on(query, key);
        }
        let step = self.height.saturating_sub(OVERLAP).max(1);
        match key {
            Key::PageUp => self.page().scroll_up(step),
            Key::PageDown => self.page().scroll_down(step),
            Key::Escape if self.page().is_scrolled() => self.go_to_end(),
            Key::Control('s') => self.query = Some(String::new()),
            Key::Alt('a') => {
                let is_new = |page: &&Page| page.has_news() && self.rooms.contains(&page.name);
                let first = self
                    .pages
                    .iter()
                    .filter(is_new)
                    .min_by_key(|page| !page.is_meant());
                return self.lead(first.map(|page| page.name.clone()));
            }
            Key::Alt(digit @ '1'..='9') => {
                let at = digit as usize - '1' as usize;
                let room = self.listed().nth(at).map(|page| page.name.clone());
                return self.lead(room);
            }
            _ => return Pressed::Other,
        }
        Pressed::Taken
    }

    /// A key of the search. Any that does not belong to it ends it and has its usual meaning.
    fn search_on(&mut self, mut query: String, key: Key) -> Pressed {
        let height = self.height;
        match key {
            Key::Char(c) | Key::Pasted(c) if !c.is_control() => {
                // What was not found is not found with more behind it.
                let may_be_found = query.is_empty() || self.page().has_found();
                if query.chars().count() < QUERY_CHARS {
                    query.push(c);
                    if may_be_found {
                        self.page().find_longer(&query, height);
                    }
                }
            }
            Key::Backspace => {
                query.pop();
                self.page().find_first(&query, height);
            }
            Key::Control('s') | Key::Up => self.page().find_older(&query, height),
            Key::Down => self.page().find_newer(&query, height),
            Key::PasteEnd => {}
            Key::Enter => {
                self.page().end_search();
                return Pressed::Taken;
            }
            Key::Escape | Key::Control('g' | 'c') => {
                self.go_to_end();
                return Pressed::Taken;
            }
            key => {
                self.page().end_search();
                return self.press(key);
            }
        }
        self.query = Some(query);
        Pressed::Taken
    }

    /// The command that leads to this room, unless the user is there.
    fn lead(&mut self, room: Option<String>) -> Pressed {
        let here = &self.pages[self.current].name;
        match room.filter(|room| room != here && !room.is_empty()) {
            Some(room) => {
                let command = format!("/join {room}");
                self.going = Some(room);
                Pressed::Send(command)
            }
            None => Pressed::Taken,
        }
    }

    /// Whether it is the command to go to another page, or the answer that the user is there: the page itself tells
    /// that.
    fn comes_of_going(&mut self, shown: &Shown) -> bool {
        let Some(room) = &self.going else {
            return false;
        };
        match shown {
            Shown::Typed(typed) => typed.strip_prefix("/join ") == Some(room),
            Shown::Received(heard) => {
                let is_there = heard.room.is_none()
                    && Line::parse(&heard.line).speaks_in() == Some(room.as_str());
                if is_there || heard.line.starts_with('!') {
                    self.going = None;
                }
                is_there
            }
            Shown::Own { .. } | Shown::Note(_) => false,
        }
    }

    /// A page for each room of the user, and that of the room in which they speak on the screen.
    fn arrange(&mut self, scene: &Scene) {
        self.rooms = scene.rooms.iter().map(|&room| room.to_owned()).collect();
        if let Some(room) = &scene.room {
            if self.pages[0].name.is_empty() {
                self.pages[0].name.clone_from(room);
            }
            let before = self.current;
            self.current = self.page_of(room);
            if self.current != before {
                self.query = None;
                self.pages[before].end_search();
            }
            for room in &scene.rooms {
                self.page_of(room);
            }
        }
        while self.pages.len() > PAGES {
            let is_old = |(at, page): &(usize, &Page)| {
                *at != self.current && !self.rooms.contains(&page.name)
            };
            let Some((at, _)) = self.pages.iter().enumerate().find(is_old) else {
                return;
            };
            self.pages.remove(at);
            self.current -= usize::from(at < self.current);
        }
    }

    /// The place of a room's page.
    fn page_of(&mut self, room: &str) -> usize {
        let known = self.pages.iter().position(|page| page.name == room);
        known.unwrap_or_else(|| {
            let page = Page::of(room, self.reading.clone(), self.colours);
            self.pages.push(page);
            self.pages.len() - 1
        })
    }

    /// On which page something is shown: a line of a room on its own, without the name that it has among others, and
    /// all else where the user is.
    fn placed(&mut self, mut shown: Shown) -> (usize, Shown) {
        let (Shown::Received(Received { line, .. }) | Shown::Own { line, .. }) = &mut shown else {
            return (self.current, shown);
        };
        let Line::OtherRoom { room, .. } = Line::parse(line) else {
            return (self.current, shown);
        };
        let (room, mark) = (room.to_owned(), room.len() + "# ".len());
        line.drain(..mark);
        (self.page_of(&room), shown)
    }

    fn page(&mut self) -> &mut Page {
        &mut self.pages[self.current]
    }

    /// The pages of the user's rooms, in the order of their numbers.
    fn listed(&self) -> impl Iterator<Item = &Page> {
        let current = &self.pages[self.current].name;
        let is_listed =
            move |page: &&Page| &page.name == current || self.rooms.contains(&page.name);
        self.pages.iter().filter(is_listed)
    }

    /// As a page of text sees the window.
    fn window<'a>(&self, scene: &Scene<'a>) -> Window<'a> {
        Window {
            language: scene.language,
            name: scene.name,
            rows: scene.size.0,
            columns: layout::text_columns(scene),
        }
    }
}
