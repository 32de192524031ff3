//! An address as a QR code, for a phone that joins: as lines for a terminal and as an image for the page.
//!
//! It draws and decides nothing but what cannot be scanned. Invariant: around each code is the quiet zone of the
//! standard, and its light modules are drawn, so a light terminal shows it inverted, which phones read as well.

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules on each side.
const QUIET: i32 = 4;
/// A terminal's line has no room for more modules, and longer addresses are hard to scan.
const WIDEST: i32 = 72;

/// The lines of a code, two rows of modules in each, with an end for each line; none for an address that only this
/// host reaches, or that is too long.
pub fn lines(address: &str) -> Option<String> {
    let code = code(address)?;
    let size = code.size();
    let is_light = |x, y| y < size + QUIET && !code.get_module(x, y);
    let mut lines = String::new();
    for y in (-QUIET..size + QUIET).step_by(2) {
        lines.extend(
            (-QUIET..size + QUIET).map(|x| match (is_light(x, y), is_light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }),
        );
        lines.push('\n');
    }
    Some(lines)
}

/// The same as an image (SVG), black on white.
pub fn svg(address: &str) -> Option<String> {
    let code = code(address)?;
    let all = code.size() + 2 * QUIET;
    let mut dark = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            dark += &format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {all} {all}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{all}v{all}H0z\"/><path d=\"{dark}\"/></svg>\n"
    ))
}

/// The address of a room, given the one of its server.
pub fn of_room(address: &str, room: &str) -> String {
    let mut address = format!("{address}/");
    for byte in room.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' => {
                address.push(byte.into());
            }
            _ => address += &format!("%{byte:02X}"),
        }
    }
    address
}

fn code(address: &str) -> Option<QrCode> {
    let (_, host) = address.split_once("://")?;
    let is_only_here = ["127.", "localhost", "[::1]"]
        .iter()
        .any(|here| host.starts_with(here));
    let code = QrCode::encode_text(address, QrCodeEcc::Low).ok()?;
    (!is_only_here && code.size() + 2 * QUIET <= WIDEST).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "http://192.168.1.5:12345";

    #[test]
    fn lines_and_image_show_the_modules_of_the_code() {
        let code = QrCode::encode_text(ADDRESS, QrCodeEcc::Low).expect("it is short");
        let all = code.size() + 2 * QUIET;
        let lines = lines(ADDRESS).expect("it is short");
        assert_eq!(lines.lines().count() as i32, (all + 1) / 2);
        assert!(lines.lines().all(|line| line.chars().count() as i32 == all));
        let svg = svg(ADDRESS).expect("it is short");
        let mut dark = 0;
        for (y, line) in (0..).step_by(2).zip(lines.lines()) {
            for (x, shown) in (0..).zip(line.chars()) {
                let upper = !matches!(shown, '█' | '▀');
                let lower = !matches!(shown, '█' | '▄');
                for (y, is_dark) in [(y, upper), (y + 1, lower)] {
                    if y < all {
                        assert_eq!(is_dark, code.get_module(x - QUIET, y - QUIET), "{x} {y}");
                        dark += usize::from(is_dark);
                        let drawn = svg.contains(&format!("M{x} {y}h1v1h-1z"));
                        assert_eq!(is_dark, drawn, "{x} {y}");
                    }
                }
            }
        }
        assert_eq!(dark, svg.matches("h1v1h-1z").count());
    }

    #[test]
    fn a_room_is_a_path() {
        assert_eq!(
            of_room(ADDRESS, "ação"),
            format!("{ADDRESS}/a%C3%A7%C3%A3o")
        );
    }

    #[test]
    fn what_no_phone_can_use_has_no_code() {
        let long = format!("http://{}.example", "x".repeat(400));
        for address in [
            "http://127.0.0.1:12345",
            "http://[::1]:12345",
            "http://localhost:12345",
            "no address",
            &long,
        ] {
            assert_eq!((lines(address), svg(address)), (None, None), "{address}");
        }
        assert!(lines("https://chat.example/papo").is_some());
    }
}
